"""The pages that import past orders from a file."""

from typing import Any, cast

from django import forms
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from unfold.decorators import action
from unfold.widgets import UnfoldBooleanWidget

from blitzrocket.accounts.models import User
from contests.admin.file_imports import ImportKind, ImportViews, UploadForm
from contests.admin.history import HistoryMixin
from contests.models import Contest, Entry, FileImport, FileImportRow
from purchases.imports.csv_columns import COLUMNS, VOCABULARY, InvalidOrder, PastOrder
from purchases.imports.rows import count_low_balances, create_purchase_import, set_adds_points
from purchases.models import PurchaseImport, PurchaseImportRow

Outcome = PurchaseImportRow.Outcome


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


def _keep(contest: Contest, form: UploadForm, by: User) -> PurchaseImport:
    return create_purchase_import(contest, *form.upload(), adds_points=form.cleaned_data["adds_points"], by=by)


def _context(file_import: FileImport, rows: list[FileImportRow]) -> dict[str, Any]:
    """The changes that an import would make: in total, and for the rows on the page."""
    purchase_import = cast("PurchaseImport", file_import)
    new = purchase_import.rows.filter(contest=purchase_import.contest_id, outcome=Outcome.NEW)
    keys = [row.email_key for row in rows if row.outcome == Outcome.NEW]  # type: ignore[attr-defined]
    points_by_email = new.filter(email_key__in=keys).values_list("email_key").annotate(Sum("points"))
    gained = dict(points_by_email) if purchase_import.adds_points else {}
    entries = Entry.objects.filter(contest=purchase_import.contest_id, email_key__in=keys)
    balances = dict(entries.values_list("email_key", "points"))
    for row in rows:
        _show(row, purchase_import, balances, gained)
    return {
        "sums": new.aggregate(points=Sum("points"), entries=Count("email_key", distinct=True)),
        "low_balances": 0
        if purchase_import.adds_points or not purchase_import.can_start
        else count_low_balances(purchase_import),
    }


def _show(row: Any, purchase_import: PurchaseImport, balances: dict[str, int], gained: dict[str, int]) -> None:
    """Add to a row what the page shows of it: the order, and its entry's balance before and after."""
    try:
        row.order = PastOrder.parse(row.values, day_first=purchase_import.day_first, now=timezone.now())
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


class PurchaseImportViews(ImportViews):
    def urls(self) -> list[Any]:
        view = self.admin.admin_site.admin_view(self.points)
        address = f"<str:object_id>/{self.kind.name}s/<str:import_id>/points/"
        return [path(address, view, name=f"contests_contest_{self.kind.name}_points"), *super().urls()]

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
