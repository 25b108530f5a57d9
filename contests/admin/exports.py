"""Entries, purchases and ledger of a contest as CSV, whole."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from contests.admin.audit import act_of
from contests.admin.scope import EVERYBODY, TeamAdmin
from contests.admin.spreadsheet import csv_answer
from contests.currencies import in_minor_units
from contests.models import AuditLine, Contest, Entry, PointTransaction
from purchases.models import Purchase

ROWS_AT_ONCE = 2000
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Export:
    """One kind of export: columns by heading, and which of their rows come first."""

    rows: Callable[[Contest], QuerySet[Any]]
    columns: dict[Any, str]
    order: tuple[str, ...] = ("id",)
    finish: Callable[[Row], Row] = tuple

    def of(self, contest: Contest) -> Iterator[Row]:
        """Read through a cursor of the database, so that no more than `ROWS_AT_ONCE` are in memory."""
        rows = self.rows(contest).order_by(*self.order).values_list(*self.columns.values())
        return map(self.finish, rows.iterator(chunk_size=ROWS_AT_ONCE))


def _entries(contest: Contest) -> QuerySet[Any]:
    return Entry.objects.filter(contest=contest)


def _purchases(contest: Contest) -> QuerySet[Any]:
    return Purchase.objects.filter(contest=contest)


def _ledger(contest: Contest) -> QuerySet[Any]:
    return PointTransaction.objects.filter(contest=contest)


def _in_its_currency(row: Row) -> Row:
    order_id, email, amount, refunded, currency, *others = row
    money: tuple[Decimal, Decimal] = in_minor_units(amount, currency), in_minor_units(refunded, currency)
    return (order_id, email, *money, currency, *others)


ENTRIES = Export(
    _entries,
    {
        _("Email"): "email",
        _("Name"): "name",
        _("Phone"): "phone",
        _("Confirmed"): "email_confirmed",
        _("Disqualified"): "is_disqualified",
        _("Points"): "points",
        _("Referral code"): "referral_code",
        _("Referred by"): "referred_by__referral_code",
        _("Entered at (UTC)"): "created_at",
        _("Entry id"): "id",
    },
)
PURCHASES = Export(
    _purchases,
    {
        _("Order id"): "order_id",
        _("Email"): "entry__email",
        _("Amount"): "amount",
        _("Refunded"): "refunded_amount",
        _("Currency"): "currency",
        _("Status"): "status",
        _("Points awarded"): "points_awarded",
        _("Points now"): "points_now",
        _("Purchased at (UTC)"): "purchased_at",
        _("Recorded at (UTC)"): "created_at",
        _("Purchase id"): "id",
        _("Entry id"): "entry_id",
    },
    finish=_in_its_currency,
)
LEDGER = Export(
    _ledger,
    {
        _("Email"): "entry__email",
        _("No."): "number",
        _("Kind"): "kind",
        _("Points"): "points",
        _("Balance"): "balance",
        _("Order id"): "purchase__order_id",
        _("Reason"): "reason",
        _("By"): "actor__username",
        _("Happened at (UTC)"): "occurred_at",
        _("Written at (UTC)"): "created_at",
        _("Entry id"): "entry_id",
        _("Line id"): "id",
    },
    order=("entry_id", "number"),
)
EXPORT_ACTIONS: Iterable[str] = ("export_entries", "export_purchases", "export_ledger")


class Exports(TeamAdmin):
    """Everybody who reads the contest exports it; that they did is kept."""

    @action(description=_("Export entries"), icon="download", permissions=["view"])
    def export_entries(self, request: HttpRequest, object_id: str) -> StreamingHttpResponse:
        return self._export(request, object_id, "entries", ENTRIES)

    @action(description=_("Export purchases"), icon="download", permissions=["view"])
    def export_purchases(self, request: HttpRequest, object_id: str) -> StreamingHttpResponse:
        return self._export(request, object_id, "purchases", PURCHASES)

    @action(description=_("Export ledger"), icon="download", permissions=["view"])
    def export_ledger(self, request: HttpRequest, object_id: str) -> StreamingHttpResponse:
        return self._export(request, object_id, "ledger", LEDGER)

    def _export(self, request: HttpRequest, object_id: str, kind: str, export: Export) -> StreamingHttpResponse:
        contest = self.get_own_as(request, object_id, EVERYBODY)
        act_of(request).note(AuditLine.Action.EXPORTED, contest, contest=contest, after={"exported": kind})
        return csv_answer(f"{contest.slug}-{kind}", export.columns, export.of(contest))
