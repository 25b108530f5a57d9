"""The pages that import past orders from a file."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from unfold.decorators import action
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldBooleanWidget

from blitzrocket.accounts.models import User
from contests.admin.file_imports import ImportKind, ImportViews, UploadForm
from contests.admin.history import HistoryMixin
from contests.models import Contest, Entry, FileImport, FileImportRow
from purchases.imports.csv_columns import COLUMNS, VOCABULARY, InvalidOrder, PastOrder
from purchases.imports.rows import count_low_balances, create_purchase_import, set_adds_points
from purchases.imports.store_files import ORDER_FILES
from purchases.imports.store_files.order_file import read_saved
from purchases.imports.store_rows import create_store_import
from purchases.models import PurchaseImport, PurchaseImportRow, StoreConnection
from purchases.stores.providers import PROVIDERS

Outcome = PurchaseImportRow.Outcome
MAX_DAYS = 3650
MAX_REASONS = 20


class PastOrdersForm(UploadForm):
    adds_points = forms.BooleanField(
        label="Add these points",
        required=False,
        widget=UnfoldBooleanWidget,
        help_text="Leave off if the imported balances already include these points.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        example = "1001,ada@example.com,49.99,USD,2026-11-20 18:00:00 +0100,50"
        self.fields["text"].widget.attrs["placeholder"] = f"{VOCABULARY.example}\n{example}"


class StoreOrdersForm(UploadForm):
    """A store's own file; `of` makes the form of one connection."""

    days = forms.IntegerField(
        label="How many days back",
        required=False,
        min_value=1,
        max_value=MAX_DAYS,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="Leave empty for all since the contest's start. Orders before it or after its end are skipped.",
    )

    def __init__(self, *args: Any, connection: StoreConnection, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        file = ORDER_FILES[connection.kind]
        upload, text = self.fields["file"], self.fields["text"]
        upload.label = f"File from {PROVIDERS[connection.kind].title}"
        upload.help_text = f"{file.help_text} {upload.help_text}"
        upload.widget.attrs["accept"] = ".csv,.txt,.tsv,.json,text/csv,application/json"
        text.widget.attrs["placeholder"] = file.vocabulary.example


def _keep_store_orders(connection: StoreConnection, contest: Contest, form: UploadForm, by: User) -> PurchaseImport:
    days = form.cleaned_data["days"]
    since = timezone.now() - timedelta(days=days) if days else None
    return create_store_import(connection, *form.upload(), since=since, by=by)


def _keep(contest: Contest, form: UploadForm, by: User) -> PurchaseImport:
    return create_purchase_import(contest, *form.upload(), adds_points=form.cleaned_data["adds_points"], by=by)


def _context(file_import: FileImport, rows: list[FileImportRow]) -> dict[str, Any]:
    """The changes that an import would make: in total, and for the rows on the page."""
    purchase_import = cast("PurchaseImport", file_import)
    connection = purchase_import.find_connection()
    new = purchase_import.rows.filter(contest=purchase_import.contest_id, outcome=Outcome.NEW)
    keys = [row.email_key for row in rows if row.outcome == Outcome.NEW]  # type: ignore[attr-defined]
    points_by_email = new.filter(email_key__in=keys).values_list("email_key").annotate(Sum("points"))
    gained = dict(points_by_email) if purchase_import.adds_points else {}
    entries = Entry.objects.filter(contest=purchase_import.contest_id, email_key__in=keys)
    balances = dict(entries.values_list("email_key", "points"))
    for row in rows:
        _show(row, purchase_import, balances, gained)
    if connection is not None:
        return {
            "sums": new.aggregate(points=Sum("points"), entries=Count("email_key", distinct=True)),
            "connection": connection,
            "store": PROVIDERS[connection.kind].title,
            "to_hold": purchase_import.rows.filter(contest=purchase_import.contest_id, outcome=Outcome.TO_HOLD).count(),
            "reasons": _why_skipped(purchase_import),
        }
    return {
        "sums": new.aggregate(points=Sum("points"), entries=Count("email_key", distinct=True)),
        "low_balances": 0
        if purchase_import.adds_points or not purchase_import.can_start
        else count_low_balances(purchase_import),
    }


def _why_skipped(purchase_import: PurchaseImport) -> list[tuple[str, int]]:
    """The reasons for which rows are skipped, with the number of rows of each."""
    skipped = purchase_import.rows.filter(contest=purchase_import.contest_id, outcome=Outcome.SKIPPED)
    return list(skipped.values_list("note").annotate(count=Count("pk")).order_by("-count", "note")[:MAX_REASONS])


def _show(row: Any, purchase_import: PurchaseImport, balances: dict[str, int], gained: dict[str, int]) -> None:
    """Add to a row what the page shows of it: the order, and its entry's balance before and after."""
    read = read_saved if purchase_import.connection_id else PastOrder.parse
    try:
        row.order = read(row.values, day_first=purchase_import.day_first, now=timezone.now())
    except InvalidOrder:
        row.order = None
    if row.outcome == Outcome.NEW and row.email_key in balances:
        row.balance = balances[row.email_key]
        row.balance_after = row.balance + gained.get(row.email_key, 0)


PAST_ORDERS = ImportKind(
    name="purchaseimport",
    model=PurchaseImport,
    outcomes=Outcome,
    title="Import past orders",
    columns=COLUMNS,
    problems=(Outcome.ERROR, Outcome.NO_ENTRY),
    list_template="admin/purchases/imports.html",
    page_template="admin/purchases/import.html",
    form=PastOrdersForm,
    keep=_keep,
    context=_context,
)


def _sources(
    request: HttpRequest, stores: Sequence[StoreConnection], chosen: StoreConnection | None
) -> Iterator[dict[str, Any]]:
    """Where a file may come from, as links to its form."""
    yield {"title": "Our CSV", "url": request.path, "is_open": chosen is None}
    for store in stores:
        kind = PROVIDERS[store.kind].title
        title = store.name if kind.casefold() in store.name.casefold() else f"{kind}: {store.name}"
        url = f"{request.path}?{urlencode({'connection': store.pk})}"
        yield {"title": title, "url": url, "is_open": store is chosen}


class PurchaseImportViews(ImportViews):
    def urls(self) -> list[Any]:
        view = self.admin.admin_site.admin_view(self.points)
        address = f"<str:object_id>/{self.kind.name}s/<str:import_id>/points/"
        return [path(address, view, name=f"contests_contest_{self.kind.name}_points"), *super().urls()]

    def upload(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The upload form: of a file with points given elsewhere, or with ``connection``, of that store's own file."""
        contest: Contest = self.admin.get_for_roles(request, object_id, self.admin.editors)
        connections = StoreConnection.objects.filter(contest=contest, kind__in=list(ORDER_FILES))
        stores = list(connections.select_related("contest", "api_key").order_by("created_at", "pk"))
        chosen = next((store for store in stores if store.pk == request.GET.get("connection")), None)
        more: dict[str, Any] = {"sources": list(_sources(request, stores, chosen)), "connection": chosen}
        if chosen is None:
            return self.upload_page(request, contest, self.kind.form, self.kind.keep, more)
        more["title"] = f"Import past orders of {chosen.name}"
        form_class, keep = partial(StoreOrdersForm, connection=chosen), partial(_keep_store_orders, chosen)
        return self.upload_page(request, contest, form_class, keep, more)

    def points(self, request: HttpRequest, object_id: str, import_id: str) -> HttpResponse:
        """Choose whether the points are added to the balances, before the import is started."""
        purchase_import = self.import_of(request, object_id, import_id)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        self._run_action(
            request,
            lambda: set_adds_points(
                cast("PurchaseImport", purchase_import), adds_points=request.POST.get("adds_points") == "yes"
            ),
        )
        return redirect(self.url_of(purchase_import))

    def actions(self) -> tuple[str, ...]:
        return (*super().actions(), "points")


class PastOrderImportMixin(HistoryMixin):
    """Adds the import of past orders to the contest's pages."""

    def get_urls(self) -> list[Any]:
        return [*PurchaseImportViews(self, PAST_ORDERS).urls(), *super().get_urls()]

    @action(description="Import past orders", icon="history", permissions=["import"])
    def purchaseimports(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return PurchaseImportViews(self, PAST_ORDERS).upload(request, object_id)

    def import_views(self) -> dict[str, ImportViews]:
        return super().import_views() | {"Past orders": PurchaseImportViews(self, PAST_ORDERS)}
