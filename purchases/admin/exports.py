"""Exports of all entries, purchases or ledger lines of a contest, as CSV."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, StreamingHttpResponse
from unfold.decorators import action

from blitzrocket.accounts.admin.team_scoped import ALL_ROLES, TeamScopedAdmin
from blitzrocket.adminsite.audited import audit_context
from blitzrocket.adminsite.csv_export import csv_response
from blitzrocket.audit.models import AuditEvent
from blitzrocket.postgres.cursors import rows_in_chunks
from blitzrocket.postgres.replica import alias_for_reads, may_read_replica
from contests.models import Contest, Entry, PointTransaction
from contests.money import in_minor_units
from purchases.models import Purchase

ROWS_AT_ONCE = 2000
MAX_COUNTED = 10_000
ExportRow = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Export:
    """A kind of export: its rows, its columns by heading, and the order of the rows."""

    rows: Callable[[Contest], QuerySet[Any]]
    columns: dict[Any, str]
    order: tuple[str, ...] = ("id",)
    finish: Callable[[ExportRow], ExportRow] = tuple

    def of(self, contest: Contest, database: str) -> Iterator[ExportRow]:
        """The rows, through a server-side cursor, so that no more than `ROWS_AT_ONCE` are in memory."""
        rows = self.rows(contest).using(database).order_by(*self.order).values_list(*self.columns.values())
        return map(self.finish, rows_in_chunks(rows, ROWS_AT_ONCE))

    def size_of(self, contest: Contest) -> dict[str, Any]:
        """The number of rows for the activity log, counted up to `MAX_COUNTED`."""
        count = self.rows(contest)[: MAX_COUNTED + 1].count()
        return {"rows": MAX_COUNTED, "more": True} if count > MAX_COUNTED else {"rows": count}


def _entries(contest: Contest) -> QuerySet[Any]:
    return Entry.objects.filter(contest=contest)


def _purchases(contest: Contest) -> QuerySet[Any]:
    return Purchase.objects.filter(contest=contest)


def _ledger(contest: Contest) -> QuerySet[Any]:
    # The ledger's app is below this one, so a line has its purchase's id and no relation.
    order = Purchase.objects.filter(contest=OuterRef("contest"), pk=OuterRef("purchase_id"))
    return PointTransaction.objects.filter(contest=contest).annotate(order_id=Subquery(order.values("order_id")))


def _in_its_currency(row: ExportRow) -> ExportRow:
    order_id, email, amount, refunded, currency, *others = row
    money: tuple[Decimal, Decimal] = in_minor_units(amount, currency), in_minor_units(refunded, currency)
    return (order_id, email, *money, currency, *others)


ENTRIES = Export(
    _entries,
    {
        "Email": "email",
        "Name": "name",
        "Phone": "phone",
        "Confirmed": "email_confirmed",
        "Disqualified": "is_disqualified",
        "Points": "points",
        "Referral code": "referral_code",
        "Referred by": "referred_by__referral_code",
        "Entered at (UTC)": "created_at",
        "Entry ID": "id",
    },
)
PURCHASES = Export(
    _purchases,
    {
        "Order ID": "order_id",
        "Email": "entry__email",
        "Amount": "amount",
        "Refunded": "refunded_amount",
        "Currency": "currency",
        "Status": "status",
        "Points awarded": "points_awarded",
        "Points now": "points_now",
        "Purchased at (UTC)": "purchased_at",
        "Recorded at (UTC)": "created_at",
        "Purchase ID": "id",
        "Entry ID": "entry_id",
    },
    finish=_in_its_currency,
)
LEDGER = Export(
    _ledger,
    {
        "Email": "entry__email",
        "No.": "number",
        "Kind": "kind",
        "Points": "points",
        "Balance": "balance",
        "Order ID": "order_id",
        "Reason": "reason",
        "By": "actor__username",
        "Happened at (UTC)": "occurred_at",
        "Written at (UTC)": "created_at",
        "Entry ID": "entry_id",
        "Line ID": "id",
    },
    order=("entry_id", "number"),
)
EXPORT_ACTIONS: Iterable[str] = ("export_entries", "export_purchases", "export_ledger")


class ExportMixin(TeamScopedAdmin):
    """Adds exports for the whole team to a contest's page; each is recorded in the activity log."""

    @action(description="Export entries", icon="download", permissions=["view"])
    def export_entries(self, request: HttpRequest, object_id: str) -> StreamingHttpResponse:
        return self._export(request, object_id, "entries", ENTRIES)

    @action(description="Export purchases", icon="download", permissions=["view"])
    def export_purchases(self, request: HttpRequest, object_id: str) -> StreamingHttpResponse:
        return self._export(request, object_id, "purchases", PURCHASES)

    @action(description="Export ledger", icon="download", permissions=["view"])
    def export_ledger(self, request: HttpRequest, object_id: str) -> StreamingHttpResponse:
        return self._export(request, object_id, "ledger", LEDGER)

    @may_read_replica
    def _export(self, request: HttpRequest, object_id: str, kind: str, export: Export) -> StreamingHttpResponse:
        contest = self.get_for_roles(request, object_id, ALL_ROLES)
        after = {"exported": kind} | export.size_of(contest)
        audit_context(request).record(AuditEvent.Action.EXPORTED, contest, contest=contest, after=after)
        database = alias_for_reads()  # the rows are read after this view
        return csv_response(f"{contest.slug}-{kind}", export.columns, export.of(contest, database), database)
