"""Daily stats: the rolled-up figures are those of the rows at any time."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from random import Random
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction

from blitzrocket.audit.context import AuditContext
from blitzrocket.emails import Email
from contests.models import Entry
from contests.services import adjust_points, create_entry, enter
from contests.services.entries import NewEntry
from purchases.models import DailyStat, DuplicateCount, Purchase, RejectedPurchase, RollupCursor
from purchases.services import (
    NotAttached,
    NotHeld,
    PurchaseVoided,
    RefundExceedsPurchase,
    attach_purchase,
    detach_purchase,
    move_purchase,
    refund_purchase,
    restore_purchase,
    void_purchase,
)
from purchases.stats import (
    FigureTotal,
    catch_up,
    catch_up_all,
    figures_of,
    figures_of_purchases,
    prove,
    purchases_by_rule_set,
)
from purchases.stats.rollup import closed_until, rebuild
from tests.clock import Clock, clock
from tests.support import Shop, hold, make_shop, record, set_rules

__all__ = ["clock"]


@pytest.fixture
def shop(db: None, clock: Clock) -> Shop:
    return make_shop()


Stats = dict[tuple[date, str, str], tuple[int, Decimal]]


def stored_stats(shop: Shop) -> Stats:
    rows = DailyStat.objects.filter(contest=shop.contest).values_list("day", "figure", "key", "count", "amount")
    return {(day, figure, key): (count, amount) for day, figure, key, count, amount in rows}


def audit(clock: Clock) -> AuditContext:
    return AuditContext(reason="r", at=clock.now())


def day_of(moment: datetime) -> date:
    return moment.astimezone(UTC).date()


class Books:
    """Performs random actions, and computes in a few lines of its own what the figures of each day must be."""

    def __init__(self, shop: Shop, clock: Clock, seed: int) -> None:
        self.shop, self.clock, self.random = shop, clock, Random(seed)
        self.count: Counter[tuple[date, str, str]] = Counter()
        self.amount: Counter[tuple[date, str, str]] = Counter()
        self.people = [shop.entry, create_entry(shop.contest, "grace@example.com")]
        self._note("entries", count=2)

    def _note(self, figure: str, key: str = "", *, count: int = 0, amount: Any = 0) -> None:
        self.count[day_of(self.clock.at), figure, key] += count
        self.amount[day_of(self.clock.at), figure, key] += amount

    def _worth(self, purchase: Purchase) -> Decimal:
        fresh = Purchase.objects.get(pk=purchase.pk)
        return Decimal(0) if fresh.is_voided else fresh.amount - fresh.refunded_amount

    def _noting_worth(self, purchase: Purchase, do: Any) -> None:
        before = self._worth(purchase)
        with suppress(RefundExceedsPurchase, PurchaseVoided, NotAttached, NotHeld):
            do()
        self._note("revenue", purchase.currency, amount=self._worth(purchase) - before)

    def _note_purchase(self, purchase: Purchase) -> None:
        self._note("purchases", count=1, amount=purchase.points_awarded)
        self._note("rule_set", purchase.rule_set_id or "", count=1, amount=purchase.points_awarded)
        self._note("revenue", purchase.currency, count=1, amount=purchase.amount)
        explanation = purchase.explain()
        for line in explanation["rules"]:
            if line["matched"] and not explanation["notEarning"]:
                self._note("rule", line["ruleId"], count=1, amount=Decimal(line["points"]))

    def record(self) -> None:
        order = f"o{self.random.randrange(60)}"
        is_duplicate = Purchase.objects.filter(contest=self.shop.contest, order_id=order).exists()
        email, currency = self.random.choice(self.people), self.random.choice(["USD", "USD", "EUR"])
        cents = self.random.randrange(1, 9000)
        figures = record(
            self.shop, f"{cents / 100:.2f}", order_id=order, email=Email.parse(email.email), currency=currency
        )
        if is_duplicate:
            self._note("duplicates", count=1)
        else:
            self._note_purchase(Purchase.objects.get(pk=figures.purchase_id))

    def change(self) -> None:
        purchase = Purchase.objects.order_by("id")[self.random.randrange(Purchase.objects.count())]
        part = Decimal(self.random.randrange(1, 2000)) / 100
        now = self.clock.now()
        action: list[Any] = [
            lambda: refund_purchase(
                purchase, refund_id=str(self.clock.at), amount=part, audit=audit(self.clock), received_at=now
            ),
            lambda: refund_purchase(purchase, refund_id=str(self.clock.at), audit=audit(self.clock), received_at=now),
            lambda: void_purchase(purchase, audit=audit(self.clock)),
            lambda: restore_purchase(purchase, audit=audit(self.clock)),
            lambda: move_purchase(purchase, self.random.choice(self.people), audit=audit(self.clock)),
        ]
        self._noting_worth(purchase, self.random.choice(action))

    def wait_and_attach(self) -> None:
        run = hold(self.shop, "late@example.com", order_id=f"late{self.clock.at}")
        self.clock.go(hours=self.random.randrange(30))
        purchase = attach_purchase(run, self.people[0], audit=audit(self.clock))
        self._note_purchase(purchase)
        if self.random.random() < 0.5:
            self.clock.go(hours=self.random.randrange(30))
            self._noting_worth(
                purchase, lambda: detach_purchase(RejectedPurchase.objects.get(pk=run.pk), audit=audit(self.clock))
            )

    def new_rules(self) -> None:
        extra = {"points_per_unit": 0, "fixed_points": 5, "amount_from": str(self.random.randrange(1, 80))}
        set_rules(self.shop.contest, {}, extra, cap_per_purchase=self.random.choice([None, 30]))

    def sign_up(self) -> None:
        enter(
            self.shop.contest,
            NewEntry(email=Email.parse(f"{self.clock.at:%d%H%M%S%f}@example.com")),
            audit=AuditContext(),
        )
        self._note("entries", count=1)
        adjust_points(self.people[1], 3, adjustment_id=str(self.clock.at), audit=audit(self.clock))

    def expected(self) -> dict[tuple[date, str, str], tuple[int, Decimal]]:
        keys = {key for key in [*self.count, *self.amount] if self.count[key] or self.amount[key]}
        return {key: (self.count[key], Decimal(self.amount[key])) for key in keys}


@pytest.mark.parametrize("seed", range(5))
def test_daily_stats_add_up_after_any_actions(shop: Shop, clock: Clock, seed: int) -> None:
    books = Books(shop, clock, seed)
    books.record()
    doing = [books.record] * 5 + [books.change] * 4 + [books.wait_and_attach, books.new_rules, books.sign_up]
    for _ in range(60):
        books.random.choice(doing)()
        clock.go(minutes=books.random.choice([1, 10, 200]))
        if books.random.random() < 0.3:
            catch_up_all()
            clock.go(minutes=books.random.choice([1, 60]))
            figures = figures_of([shop.contest.pk], 90)
            totals = figures_of_purchases(shop.contest)
            assert figures.is_complete
            assert figures.of_key("purchases").count == totals["count"]
            assert figures.of_key("purchases").amount == totals["pointsAwarded"]
            assert {currency: total.amount for currency, total in figures.keys("revenue")} == totals["revenue"]
    clock.go(days=2)
    catch_up_all()
    stored = {key: row for key, row in stored_stats(shop).items() if key[1] != "ledger"}
    expected = books.expected()
    assert {key: row[0] for key, row in stored.items()} == {key: row[0] for key, row in expected.items()}
    for key, (_count, amount) in expected.items():
        if key[1] not in ("entries", "duplicates"):
            assert stored[key][1] == amount, key
    points = sum(row[1] for key, row in stored_stats(shop).items() if key[1] == "ledger")
    assert points == sum(Entry.objects.values_list("points", flat=True))
    assert prove(shop.contest.pk) == []
    before = stored_stats(shop)
    rebuild(shop.contest.pk)
    assert stored_stats(shop) == before


def test_closed_hours_are_rolled_up_and_later_ones_are_read(shop: Shop, clock: Clock) -> None:
    record(shop)  # at 9:30
    assert figures_of([shop.contest.pk], 7).of_key("purchases").count == 1
    assert stored_stats(shop) == {}
    clock.go(minutes=44)  # 10:14
    assert figures_of([shop.contest.pk], 7).of_key("purchases").count == 1
    assert stored_stats(shop) == {}
    clock.go(minutes=2)
    record(shop)
    assert figures_of([shop.contest.pk], 7).of_key("purchases").count == 2
    assert stored_stats(shop) == {}, "the chore rolls up, not who looks"
    catch_up_all()
    assert figures_of([shop.contest.pk], 7).of_key("purchases").count == 2
    assert stored_stats(shop)[day_of(clock.at), "purchases", ""] == (1, Decimal(50))
    clock.go(hours=1)
    catch_up_all()
    assert figures_of([shop.contest.pk], 7).of_key("purchases").count == 2
    assert stored_stats(shop)[day_of(clock.at), "purchases", ""] == (2, Decimal(100))


def test_days_are_in_utc(shop: Shop, clock: Clock) -> None:
    clock.at = datetime(2026, 3, 2, 23, 59, 59, tzinfo=UTC)
    record(shop)
    clock.go(seconds=2)
    record(shop)
    for minutes in (0, 20, 600):
        clock.go(minutes=minutes)
        catch_up_all()
        figures = figures_of([shop.contest.pk], 7)
        assert figures.days == [date(2026, 2, 25) + timedelta(days=number) for number in range(7)]
        assert [figures.of_day("purchases", day).count for day in figures.days] == [0, 0, 0, 0, 0, 1, 1]
    clock.go(days=7)
    catch_up_all()
    assert figures_of([shop.contest.pk], 7).of_key("purchases").count == 0
    assert figures_of([shop.contest.pk], 30).of_key("purchases").count == 2


def test_a_duplicate_counts_on_the_day_it_is_received(shop: Shop, clock: Clock) -> None:
    for hours in (0, 1, 22, 3):
        clock.go(hours=hours)
        record(shop, order_id="same")
    other = record(shop, order_id="other")
    record(shop, order_id="other")
    assert list(DuplicateCount.objects.order_by("id").values_list("day", "times")) == [
        (date(2026, 3, 2), 1), (date(2026, 3, 3), 2), (date(2026, 3, 3), 1),
    ]  # fmt: skip
    assert Purchase.objects.get(pk=other.purchase_id).duplicates == 1
    for _ in range(3):
        catch_up_all()
        figures = figures_of([shop.contest.pk], 7)
        assert [figures.of_day("duplicates", date(2026, 3, day)).count for day in (2, 3)] == [1, 3]
        assert figures.of_key("duplicates").count == 4
        clock.go(hours=8)


def test_purchases_are_counted_by_rule_set(shop: Shop, clock: Clock) -> None:
    first = shop.contest.rule_set_id
    record(shop)
    clock.go(days=3)
    record(shop)
    set_rules(shop.contest, {"points_per_unit": 3})
    record(shop)
    catch_up_all()
    assert purchases_by_rule_set(shop.contest) == {first: 2, shop.contest.rule_set_id: 1}


def test_points_by_rule_leave_out_purchases_that_earned_nothing(shop: Shop, clock: Clock) -> None:
    rule = shop.contest.rules.get()
    record(shop, "10.40")
    set_rules(shop.contest, {"points_per_unit": 2, "id": rule.pk}, tracking_enabled=False)
    record(shop, "10.40")
    figures = figures_of([shop.contest.pk], 7)
    assert figures.of_key("rule", rule.pk) == FigureTotal(1, Decimal("10.4"))
    assert figures.of_key("purchases") == FigureTotal(2, Decimal(10))


def test_each_contest_has_its_own_figures(shop: Shop, clock: Clock) -> None:
    other = make_shop("eve@example.com")
    record(shop)
    clock.go(days=1)
    record(other)
    record(other)
    catch_up_all()
    figures = figures_of([shop.contest.pk, other.contest.pk], 7)
    assert figures.of_contest("purchases", shop.contest.pk).count == 1
    assert figures.of_contest("purchases", other.contest.pk).count == 2
    assert figures.of_key("purchases").count == 3
    assert figures_of([shop.contest.pk], 7).of_key("purchases").count == 1


def test_figures_are_incomplete_until_the_chore_has_rolled_up(shop: Shop, clock: Clock) -> None:
    record(shop)
    clock.go(hours=2)
    record(shop)
    assert figures_of([shop.contest.pk], 90).is_complete, "a new contest's first hours are read"
    clock.go(days=100)
    record(shop)
    figures = figures_of([shop.contest.pk], 90)
    assert (figures.is_complete, figures.of_key("purchases").count) == (False, 1)
    catch_up_all()
    assert figures_of([shop.contest.pk], 90).is_complete
    assert figures_of([shop.contest.pk], 90).of_key("purchases").count == 1
    assert sum(purchases_by_rule_set(shop.contest).values()) == 3


def test_hours_that_closed_since_the_chore_ran_are_read(shop: Shop, clock: Clock) -> None:
    record(shop)
    catch_up_all()
    for hours in (0, 1, 1):
        clock.go(hours=hours)
        record(shop)
    stored = stored_stats(shop)
    figures = figures_of([shop.contest.pk], 7)
    assert (figures.is_complete, figures.of_key("purchases").count) == (True, 4)
    assert stored_stats(shop) == stored


def command(*options: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("update_daily_stats", *options, stdout=out, stderr=out)
    except SystemExit as error:
        return int(str(error.code)), out.getvalue()
    return 0, out.getvalue()


@pytest.mark.django_db(transaction=True)
def test_the_command_rolls_up_proves_and_rebuilds(transactional_db: None, clock: Clock) -> None:
    shop = make_shop()
    record(shop)
    clock.go(days=2)
    record(shop)
    clock.go(days=1)
    assert command() == (0, "The stats are up to date.\n")
    assert command("--prove")[0] == 0
    rows = DailyStat.objects.filter(contest=shop.contest)
    rows.filter(day=date(2026, 3, 2), figure="revenue").update(amount=1)
    rows.filter(day=date(2026, 3, 4), figure="purchases").delete()
    DailyStat.objects.create(contest=shop.contest, day=date(2026, 3, 3), figure="entries", count=7, amount=0)
    code, text = command("--prove", "--contest", shop.contest.pk)
    assert code == 1
    assert "2026-03-02 revenue USD: stored 1, 1; expected 1, 49.99" in text
    assert "2026-03-03 entries: stored 7, 0; expected nothing" in text
    assert "2026-03-04 purchases: stored nothing; expected 1, 50" in text
    assert "3 faults" in text
    command("--rebuild", "--since", "2026-03-03")
    assert "1 fault." in command("--prove")[1]
    command("--rebuild", "--contest", shop.contest.pk)
    assert command("--prove")[0] == 0
    with pytest.raises(CommandError):
        command("--rebuild", "--contest", "no-such")


@pytest.mark.django_db(transaction=True)
def test_two_processes_roll_up_once(transactional_db: None, clock: Clock) -> None:
    shop = make_shop()
    for _ in range(5):
        record(shop)
        clock.go(days=9)
    closed = closed_until()

    def roll_up(_number: int) -> None:
        try:
            catch_up([shop.contest.pk], closed)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(roll_up, range(12)))
    assert RollupCursor.objects.get().until == closed
    assert prove(shop.contest.pk) == []
    assert figures_of([shop.contest.pk], 90).of_key("purchases").count == 5


@pytest.mark.django_db(transaction=True)
def test_concurrent_duplicates_are_all_counted(transactional_db: None) -> None:
    shop = make_shop()

    def send(_number: int) -> None:
        try:
            for order in ("a", "b", "c"):
                record(shop, order_id=order)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(send, range(24)))
    assert sum(DuplicateCount.objects.values_list("times", flat=True)) == 3 * 23
    for purchase in Purchase.objects.all():
        assert DuplicateCount.objects.get(purchase=purchase).times == purchase.duplicates == 23


@pytest.mark.django_db(transaction=True)
def test_an_hour_with_an_open_transaction_is_not_closed(transactional_db: None, clock: Clock) -> None:
    shop = make_shop()

    def look(_number: int) -> datetime:
        try:
            return closed_until()
        finally:
            connections.close_all()

    with transaction.atomic(), ThreadPoolExecutor(1) as pool:
        record(shop)
        with connection.cursor() as cursor:
            cursor.execute("SELECT now()")
            (began,) = cursor.fetchone()
        clock.at = began + timedelta(hours=5)
        (closed,) = pool.map(look, [0])
        assert closed <= began - timedelta(minutes=15)
    assert closed_until() > began


def test_transactions_of_other_servers_are_waited_for(clock: Clock, db: None) -> None:
    """Where contests are spread, which Citus' view of all servers says; another one stands for it here."""
    began = clock.now() - timedelta(minutes=30)
    with connection.cursor() as cursor:
        cursor.execute("CREATE FUNCTION citus_backend_gpid() RETURNS bigint LANGUAGE sql AS 'SELECT 1'")
        cursor.execute(
            "CREATE VIEW citus_stat_activity AS SELECT current_database() AS datname, '1'::xid AS backend_xid, "
            f"'client backend' AS backend_type, 2 AS global_pid, '{began.isoformat()}'::timestamptz AS xact_start"
        )
    alone = closed_until()
    connection.connection.is_spread = True
    try:
        assert closed_until() <= began - timedelta(minutes=15)
    finally:
        connection.connection.is_spread = False
    assert alone > began - timedelta(hours=1)
