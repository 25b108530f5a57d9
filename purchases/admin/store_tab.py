"""The tab of a contest with its store connections, and the form that connects another store."""

from dataclasses import dataclass
from typing import Any

from django.contrib.admin.utils import quote
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import urlencode

from blitzrocket.accounts.admin.team_scoped import change_url
from blitzrocket.adminsite.audited import FORM_USED, audit_context
from blitzrocket.audit.context import RequestIdReused
from contests.admin.contest_pages import ContestPagesMixin
from contests.models import Contest
from purchases.admin.order_page import Badge
from purchases.admin.store_connections import connection_page
from purchases.admin.store_forms import ConnectionForm
from purchases.admin.store_page import badge_of, deliveries_url, kind_of
from purchases.models import StoreConnection
from purchases.stores.connection_changes import connect_store
from purchases.stores.kinds import STORE_KINDS
from purchases.stores.provider import SecretSource, StoreKind
from purchases.support.open_items import capped_count
from purchases.support.store_failures import failures_in


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    connection: StoreConnection
    store: str
    url: str
    badge: Badge
    failures: str
    failures_url: str


@dataclass(frozen=True, slots=True)
class StoreCard:
    """A kind of store to choose."""

    kind: StoreKind
    url: str


class StoresMixin(ContestPagesMixin):
    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        urls = [
            path("<str:object_id>/stores/", wrap(self.stores), name="contests_contest_stores"),
            path("<str:object_id>/stores/add/", wrap(self.add_store), name="contests_contest_add_store"),
        ]
        return [*urls, *super().get_urls()]

    def stores(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The contest's connections; before the first, the stores to choose from."""
        contest: Contest = self.get_visible_or_404(request, object_id)
        is_owner = self.has_change_permission(request, contest)
        context = {
            "rows": _rows(contest),
            "cards": _cards(contest),
            "add_url": _add_url(contest) if is_owner else "",
        }
        return self.contest_page(request, contest, "stores", "admin/purchases/stores.html", context)

    def add_store(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Choose a store; then its name and choices. The connection's page says what to do in the store."""
        contest: Contest = self.get_for_roles(request, object_id, self.editors)
        if "store" not in request.GET:
            context = {"title": "Connect a store", "cards": _cards(contest)}
            return self.contest_page(request, contest, "stores", "admin/purchases/store_choice.html", context)
        kind = STORE_KINDS.get(request.GET["store"])
        if kind is None:
            raise Http404
        form = ConnectionForm(kind, None, request.POST if request.method == "POST" else None)
        if form.is_valid():
            return self._connect(request, contest, form)
        return self._form_page(request, contest, form)

    def _form_page(self, request: HttpRequest, contest: Contest, form: ConnectionForm) -> HttpResponse:
        title = f"Connect {form.kind.title}"
        context: dict[str, Any] = {"title": title, "kind": form.kind, "form": form, "add_url": _add_url(contest)}
        return self.contest_page(request, contest, "stores", "admin/purchases/store_add.html", context)

    def _connect(self, request: HttpRequest, contest: Contest, form: ConnectionForm) -> HttpResponse:
        kind, page = form.kind, connection_page()
        audit = audit_context(request, request_id=form.cleaned_data["request_id"])
        secret = "" if kind.secret_source == SecretSource.STORE else kind.new_secret()
        try:
            connection = connect_store(
                contest,
                kind=kind.kind,
                name=form.cleaned_data["name"],
                options=form.chosen(),
                secret=secret,
                audit=audit,
            )
        except RequestIdReused:
            connected = audit.find_object(StoreConnection.objects.filter(contest=contest))
            if connected is not None:
                return page.secret_again(request, connected, audit)
            form.add_error(None, FORM_USED)
            return self._form_page(request, contest, form)
        if not secret:
            return redirect(change_url(connection))
        return page.page(request, connection, new_secret=secret)


def _add_url(contest: Contest) -> str:
    return reverse("admin:contests_contest_add_store", args=[quote(contest.pk)])


def _cards(contest: Contest) -> list[StoreCard]:
    return [StoreCard(kind, f"{_add_url(contest)}?{urlencode({'store': kind.kind})}") for kind in STORE_KINDS.values()]


def _rows(contest: Contest) -> list[ConnectionRow]:
    failures, now = failures_in([contest.pk]), timezone.now()
    return [
        ConnectionRow(
            connection,
            kind_of(connection).title,
            change_url(connection),
            badge_of(connection, now),
            capped_count(failures[connection.pk]) if failures[connection.pk] else "",
            deliveries_url(connection),
        )
        for connection in StoreConnection.objects.filter(contest=contest).order_by("-is_active", "-created_at")
    ]
