"""Whatever shops, owners and agents do, in any order: the books agree with a few lines of arithmetic.

The machine keeps its own account of each order (what is left of its money and points, whose it is, whether it is void)
and compares it with the database after each step. Every run is one transaction that is rolled back.
"""

from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from blitzrocket.emails import Email
from contests.models import Contest, Entry, PointTransaction
from contests.scoring import score
from contests.services import BalanceTooLow, adjust_points, check_adjustment, create_entry
from contests.services.preview import PointChanges
from purchases.models import PendingRefund, Purchase, Refund, RejectedPurchase
from purchases.services import (
    AlreadyHandled,
    EntryMissing,
    NewPurchase,
    NotAttached,
    NotHeld,
    PurchaseNotFound,
    PurchaseVoided,
    RefundInOtherCurrency,
    RefundNotPositive,
    RefundRefused,
    attach_purchase,
    changes_by_attaching,
    changes_by_detaching,
    changes_by_moving,
    changes_by_recording,
    changes_by_refunding,
    changes_by_restoring,
    changes_by_voiding,
    check_dismissal,
    check_dismissible,
    check_reopenable,
    detach_purchase,
    dismiss_refund,
    dismiss_rejected_purchase,
    move_purchase,
    record_purchase,
    record_rejected_purchase,
    refund_order,
    release_held_purchases,
    reopen_refund,
    reopen_rejected_purchase,
    restore_purchase,
    void_purchase,
)
from tests.profiles import times
from tests.purchases.order_account import MINOR, Order, Sent
from tests.purchases.orders import faults, only_reads
from tests.support import Shop, make_shop, set_rules

EXAMPLES = times(25, 1000)
STEPS = 8
TABLES = "contests_entry, contests_pointtransaction, audit_auditevent, purchases_purchase, purchases_rejectedpurchase"
ENTRANTS, LATE_ENTRANTS = ["ada", "grace"], ["late", "lost"]  # who has an entry from the start, and who may get one
NO_CAPS: dict[str, Any] = {"cap_per_purchase": None, "cap_per_entry": None, "rounding": "nearest"}
RULES: list[tuple[list[dict[str, Any]], dict[str, Any]]] = [
    ([{}], NO_CAPS),
    ([{}], NO_CAPS | {"cap_per_purchase": 50, "cap_per_entry": 120}),
    ([{}, {"points_per_unit": 0, "fixed_points": 100, "amount_from": "20"}], NO_CAPS),
    ([{}, {"points_per_unit": 0, "fixed_points": 30, "first_purchase_only": True}], NO_CAPS),
    ([{"points_per_unit": "0.333333", "fixed_points": 7, "amount_to": "50"}], NO_CAPS | {"rounding": "up"}),
    ([{"points_per_unit": 2, "currency": "JPY"}, {"currency": "USD"}], NO_CAPS | {"rounding": "down"}),
]
orders = st.sampled_from(["1", "2", "3"])
people = st.sampled_from(ENTRANTS + LATE_ENTRANTS)
amounts = st.one_of(st.sampled_from([1, 1000, 2000, 4999]), st.integers(1, 12_000)).map(Decimal)
picks = st.integers(0, 2)
sent_refunds = st.builds(
    Sent,
    amount=st.one_of(st.none(), amounts.map(lambda amount: amount / 100)),
    currency=st.sampled_from(["", "", "USD", "JPY"]),
)


class Orders(RuleBasedStateMachine):
    shop: Shop

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.contest = Contest.objects.get(pk=self.shop.contest.pk)
        self.entries = {entry.email.partition("@")[0]: entry for entry in self.contest.entries.all()}
        self.orders: dict[str, Order] = {}
        self.refunds: dict[str, set[str]] = {}
        self.waiting: dict[str, dict[str, Sent]] = {}
        self.refused: dict[str, set[str]] = {}
        self.adjusted: dict[tuple[str, str], int] = {}
        self.rejections: dict[str, RejectedPurchase] = {}
        self.attached: set[str] = set()
        self.done: list[Callable[[], Any]] = []

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    # What is looked at

    def purchase(self, order_id: str) -> Purchase:
        return Purchase.objects.select_related("rule_set").get(contest=self.contest, order_id=order_id)

    def pick(self, pick: int) -> str:
        """One of the recorded orders."""
        order_ids = sorted(self.orders)
        return order_ids[pick % len(order_ids)]

    def pick_rejected(self, pick: int) -> RejectedPurchase:
        order_ids = sorted(self.rejections)
        return RejectedPurchase.objects.get(pk=self.rejections[order_ids[pick % len(order_ids)]].pk)

    def snapshot(self) -> list[Any]:
        """All that an act could change."""
        columns: dict[Any, tuple[str, ...]] = {
            Purchase: ("pk", "entry_id", "status", "points_now", "refunded_amount"),
            Entry: ("pk", "points", "line_count"),
            RejectedPurchase: ("pk", "state", "purchase_id"),
            PendingRefund: ("pk", "state", "is_dismissed"),
        }
        rows = [list(model.objects.order_by("pk").values_list(*names)) for model, names in columns.items()]
        return [*rows, *(model.objects.count() for model in (AuditEvent, Refund, PointTransaction))]

    def do(self, call: Callable[[], Any], changes: Callable[[], PointChanges] | None = None) -> Any:
        """Perform an action, and keep it to be repeated; it has to change what its preview says."""
        before = self.points()
        shown = None if changes is None else self.only_read(changes)
        result = call()
        if shown is not None:
            assert self.points() == {pk: points + shown.get(pk, 0) for pk, points in before.items()}
        self.done.append(call)
        return result

    def refuses(
        self, error: type[Exception], call: Callable[[], Any], changes: Callable[[], Any] | None = None
    ) -> None:
        """The action is refused, and so is its preview."""
        if changes is not None:
            with pytest.raises(error):
                self.only_read(changes)
        with pytest.raises(error):
            call()

    def only_read(self, changes: Callable[[], Any]) -> Any:
        with only_reads():
            return changes()

    def points(self) -> dict[str, int]:
        return dict(Entry.objects.values_list("pk", "points"))

    # What shops do

    @initialize(amount=amounts, held=amounts, currency=st.sampled_from(["USD", "USD", "JPY"]))
    def some_orders_come(self, amount: Decimal, held: Decimal, currency: str) -> None:
        self.record_order("1", "ada", amount, currency)
        self.record_order("2", "late", held, "USD")

    @rule(order_id=orders, person=people, amount=amounts, currency=st.sampled_from(["USD", "USD", "JPY"]))
    def record(self, order_id: str, person: str, amount: Decimal, currency: str) -> None:
        self.record_order(order_id, person, amount, currency)

    def record_order(self, order_id: str, person: str, amount: Decimal, currency: str) -> None:
        order = self.order(order_id, person, amount, currency)
        try:
            recorded = record_purchase(
                self.contest.pk, order, api_key=self.shop.keys["private"], received_at=order.purchased_at
            )
        except EntryMissing:
            assert order_id not in self.orders
            assert person not in self.entries
            code = RejectedPurchase.Code.ENTRY
            self.rejections[order_id] = RejectedPurchase.objects.get(order_id=order_id, code=code)
            return
        assert recorded.already_exists == (order_id in self.orders)
        if not recorded.already_exists:
            self.note_recorded(order_id, person)

    def order(self, order_id: str, person: str, amount: Decimal, currency: str) -> NewPurchase:
        return NewPurchase(
            email=Email.parse(f"{person}@example.com"),
            order_id=order_id,
            amount=amount * MINOR[currency],
            currency=currency,
            purchased_at=timezone.now(),
        )

    def note_recorded(self, order_id: str, person: str) -> None:
        """An order is recorded for the first time, and its pending refunds are applied in the order they were sent."""
        purchase = self.purchase(order_id)
        assert purchase.rule_set is not None
        points = score(purchase.rule_set.terms, purchase.scoring_facts).points
        assert purchase.points_awarded == points
        self.orders[order_id] = order = Order(person, purchase.currency, purchase.money, points)
        for refund_id, sent in self.waiting.pop(order_id, {}).items():
            self.settle(order_id, refund_id, order.fits(sent, len(self.refunds.get(order_id, ()))))

    def settle(self, order_id: str, refund_id: str, result: Decimal | type[RefundRefused]) -> None:
        """Note that a refund is made, or refused."""
        if isinstance(result, type):
            self.refused.setdefault(order_id, set()).add(refund_id)
            return
        order = self.orders[order_id]
        order.left -= result
        order.points = order.keep(self.purchase(order_id), order.points)
        self.refunds.setdefault(order_id, set()).add(refund_id)
        self.refused.get(order_id, set()).discard(refund_id)

    @rule(order_id=orders, refund_id=st.sampled_from(["r1", "r2", "r3"]), sent=sent_refunds)
    def refund(self, order_id: str, refund_id: str, sent: Sent) -> None:
        self.refund_of(order_id, refund_id, sent)

    @precondition(lambda self: self.orders)
    @rule(pick=picks, refund_id=st.sampled_from(["r5", "r6"]), excess=st.integers(-1, 4))
    def refund_about_what_is_left(self, pick: int, refund_id: str, excess: int) -> None:
        """As shops do that round each part of an order by itself."""
        order = self.orders[self.pick(pick)]
        amount = order.left + excess * MINOR[order.currency]
        self.refund_of(self.pick(pick), refund_id, Sent(amount, order.currency))

    def refund_of(self, order_id: str, refund_id: str, sent: Sent) -> None:
        def happens() -> bool:
            try:
                answer = refund_order(
                    self.contest,
                    order_id,
                    refund_id=refund_id,
                    amount=sent.amount,
                    currency=sent.currency,
                    audit=AuditContext(),
                    received_at=timezone.now(),
                )
            except PurchaseNotFound:
                return False
            return not answer.already_exists

        order, is_repeat = self.orders.get(order_id), refund_id in self.refunds.get(order_id, ())
        if is_repeat:
            assert not self.do(happens)
        elif order is not None:
            result = order.fits(sent, len(self.refunds.get(order_id, ())))
            purchase = self.purchase(order_id)
            is_foreseen = result is not RefundInOtherCurrency  # the dialog's amount is in the order's currency
            foresee = (lambda: changes_by_refunding(purchase, sent.amount)) if is_foreseen else None
            self.try_refund(happens, result, foresee)
            self.settle(order_id, refund_id, result)
        elif sent.in_minor_units(sent.currency) == 0:
            self.try_refund(happens, RefundNotPositive)
            if refund_id not in self.waiting.get(order_id, {}):
                self.refused.setdefault(order_id, set()).add(refund_id)
        else:
            assert not self.do(happens)
            self.waiting.setdefault(order_id, {}).setdefault(refund_id, sent)
            self.refused.get(order_id, set()).discard(refund_id)

    def try_refund(
        self,
        happens: Callable[[], bool],
        result: Decimal | type[RefundRefused],
        changes: Callable[[], PointChanges] | None = None,
    ) -> None:
        if isinstance(result, type):
            self.refuses(result, happens, changes)
        else:
            assert self.do(happens, changes)

    @precondition(lambda self: PendingRefund.objects.filter(state__in=PendingRefund.OPEN).exists())
    @rule(pick=picks)
    def dismiss_or_reopen_a_refund(self, pick: int) -> None:
        rows = PendingRefund.objects.filter(state__in=PendingRefund.OPEN).order_by("refund_id", "order_id")
        row, audit = rows[pick % len(rows)], AuditContext()
        do, other = (reopen_refund, dismiss_refund) if row.is_dismissed else (dismiss_refund, reopen_refund)
        self.refuses(
            AlreadyHandled,
            lambda: other(row, audit=AuditContext()),
            lambda: check_dismissal(row, is_dismissed=row.is_dismissed),
        )
        check_dismissal(row, is_dismissed=not row.is_dismissed)
        self.do(lambda: do(row, audit=audit))

    # What agents do

    @precondition(lambda self: self.orders)
    @rule(pick=picks)
    def void(self, pick: int) -> None:
        purchase, audit = self.purchase(self.pick(pick)), AuditContext()
        order = self.orders[purchase.order_id]
        if order.voided_points is not None:
            assert changes_by_voiding(purchase) == {purchase.entry_id: 0}
            assert void_purchase(purchase, audit=audit).lines == []
            return
        before = self.snapshot()
        changes = changes_by_voiding(purchase)
        assert self.snapshot() == before
        self.do(lambda: void_purchase(purchase, audit=audit), lambda: changes)
        order.voided_points, order.points = order.points, 0

    def voided(self) -> list[str]:
        return [order_id for order_id, order in self.orders.items() if order.voided_points is not None]

    @precondition(lambda self: self.voided())
    @rule(pick=picks)
    def restore(self, pick: int) -> None:
        voided, audit = self.voided(), AuditContext()
        purchase = self.purchase(voided[pick % len(voided)])
        self.do(lambda: restore_purchase(purchase, audit=audit), lambda: changes_by_restoring(purchase))
        assert restore_purchase(purchase, audit=AuditContext()).lines == []
        self.restored(purchase)

    @precondition(lambda self: self.voided())
    @rule(sent=sent_refunds)
    def refund_a_voided_order(self, sent: Sent) -> None:
        self.refund_of(self.voided()[0], "r4", sent)

    def restored(self, purchase: Purchase) -> None:
        order = self.orders[purchase.order_id]
        order.points, order.voided_points = order.keep(purchase, order.voided_points or 0), None

    @precondition(lambda self: self.orders)
    @rule(pick=picks, person=people)
    def move(self, pick: int, person: str) -> None:
        if person not in self.entries:
            return
        purchase, audit = self.purchase(self.pick(pick)), AuditContext()
        order, to = self.orders[purchase.order_id], self.entries[person]

        def changes() -> PointChanges:
            return changes_by_moving(purchase, to.pk)

        if order.person != person and order.voided_points is not None:
            self.refuses(PurchaseVoided, lambda: move_purchase(purchase, to, audit=audit), changes)
        elif order.person != person:
            self.do(lambda: move_purchase(purchase, to, audit=audit), changes)
            order.person = person

    @rule(
        person=st.sampled_from(ENTRANTS),
        points=st.integers(-60, 60).filter(bool),
        number=st.sampled_from(["a", "b", "c"]),
    )
    def adjust(self, person: str, points: int, number: str) -> None:
        audit = AuditContext()
        too_low = points < 0 and self.balance(person) + points < 0
        entry = Entry.objects.get(pk=self.entries[person].pk)
        if too_low and (person, number) not in self.adjusted:
            self.refuses(
                BalanceTooLow,
                lambda: adjust_points(entry, points, adjustment_id=number, audit=audit),
                lambda: check_adjustment(entry, points),
            )
            return
        if (person, number) not in self.adjusted:
            check_adjustment(entry, points)
        self.do(lambda: adjust_points(self.entries[person], points, adjustment_id=number, audit=audit))
        self.adjusted.setdefault((person, number), points)

    @precondition(lambda self: self.rejections)
    @rule(pick=picks, person=people)
    def attach(self, pick: int, person: str) -> None:
        if person not in self.entries:
            return
        rejected, audit, entry = self.pick_rejected(pick), AuditContext(), self.entries[person]

        def changes() -> PointChanges:
            return changes_by_attaching(rejected, entry)

        if not rejected.is_held:
            self.refuses(NotHeld, lambda: attach_purchase(rejected, entry, audit=audit), changes)
            return
        purchase = self.do(lambda: attach_purchase(rejected, entry, audit=audit), changes)
        self.attached.add(purchase.order_id)
        self.now_with(purchase.order_id, person)

    def now_with(self, order_id: str, person: str) -> None:
        """A held order is recorded for this entry now."""
        if order_id in self.orders:
            self.restored(self.purchase(order_id))
            self.orders[order_id].person = person
        else:
            self.note_recorded(order_id, person)

    @precondition(lambda self: self.rejections)
    @rule(pick=picks)
    def detach(self, pick: int) -> None:
        rejected, audit = self.pick_rejected(pick), AuditContext()
        order = self.orders.get(rejected.order_id)
        if order is None or rejected.order_id not in self.attached or order.voided_points is not None:
            self.refuses(
                NotAttached, lambda: detach_purchase(rejected, audit=audit), lambda: changes_by_detaching(rejected)
            )
            return
        self.do(lambda: detach_purchase(rejected, audit=audit), lambda: changes_by_detaching(rejected))
        self.attached.remove(rejected.order_id)
        order.voided_points, order.points = order.points, 0

    @precondition(lambda self: self.rejections)
    @rule(pick=picks)
    def dismiss_or_reopen(self, pick: int) -> None:
        rejected, audit = self.pick_rejected(pick), AuditContext()
        if rejected.is_open:
            check_dismissible(rejected)
            self.do(lambda: dismiss_rejected_purchase(rejected, audit=audit))
            return
        self.refuses(
            AlreadyHandled,
            lambda: dismiss_rejected_purchase(rejected, audit=AuditContext()),
            lambda: check_dismissible(rejected),
        )
        order = self.orders.get(rejected.order_id)
        if rejected.state == "dismissed" and (order is None or order.voided_points is not None):
            person = next((name for name, entry in self.entries.items() if entry.email_key == rejected.email_key), None)
            check_reopenable(rejected)
            self.do(lambda: reopen_rejected_purchase(rejected, audit=audit))
            if person is not None:  # its entry has appeared meanwhile
                self.attached.discard(rejected.order_id)
                self.now_with(rejected.order_id, person)
        else:
            self.refuses(
                AlreadyHandled,
                lambda: reopen_rejected_purchase(rejected, audit=audit),
                lambda: check_reopenable(rejected),
            )

    @precondition(lambda self: self.rejections)
    @rule(pick=picks, person=st.sampled_from(ENTRANTS), amount=amounts)
    def record_by_hand(self, pick: int, person: str, amount: Decimal) -> None:
        rejected, audit = self.pick_rejected(pick), AuditContext()
        order = self.order(rejected.order_id, person, amount, "USD")

        def happens() -> Any:
            return record_rejected_purchase(rejected, self.contest, order, audit=audit)

        def changes() -> PointChanges:
            return changes_by_recording(rejected, self.contest, order)

        if not rejected.is_open:
            self.refuses(AlreadyHandled, happens, changes)
            return
        existing = self.orders.get(order.order_id)
        if existing is not None and existing.voided_points is not None:
            self.refuses(PurchaseVoided, happens, changes)
            return
        recorded = self.do(happens, changes)
        assert recorded.already_exists == (order.order_id in self.orders)
        if not recorded.already_exists:
            self.note_recorded(order.order_id, person)

    @precondition(lambda self: len(self.entries) < len(ENTRANTS + LATE_ENTRANTS))
    @rule()
    def somebody_enters(self) -> None:
        person = next(name for name in LATE_ENTRANTS if name not in self.entries)
        self.entries[person] = create_entry(self.contest, f"{person}@example.com")
        key = self.entries[person].email_key
        waited = RejectedPurchase.objects.filter(state="held", email_key=key).order_by("first_received_at")
        order_ids = [rejected.order_id for rejected in waited]
        assert release_held_purchases(self.entries[person]) == len(order_ids)
        for order_id in order_ids:
            self.attached.discard(order_id)
            self.now_with(order_id, person)
        assert release_held_purchases(self.entries[person]) == 0

    @rule(number=st.integers(0, len(RULES) - 1))
    def rules_change(self, number: int) -> None:
        rules, of_contest = RULES[number]
        set_rules(self.contest, *rules, **of_contest)

    @precondition(lambda self: self.done)
    @rule(pick=st.integers(0, 60))
    def the_same_again(self, pick: int) -> None:
        before = self.snapshot()
        # A refund that waited, and was refused when its order came, still is.
        with suppress(RefundRefused):
            self.done[pick % len(self.done)]()
        assert self.snapshot() == before

    # What holds after each step

    def balance(self, person: str) -> int:
        order_points = sum(order.points for order in self.orders.values() if order.person == person)
        return order_points + sum(
            points for (adjusted_person, _), points in self.adjusted.items() if adjusted_person == person
        )

    @invariant()
    def the_books_agree(self) -> None:
        assert faults() == []

    @invariant()
    def each_order_is_where_the_account_has_it(self) -> None:
        columns = ("order_id", "entry_id", "status", "amount", "refunded_amount", "points_now", "points_awarded")
        stored_orders = {}
        for order_id, entry_id, status, amount, refunded, points, awarded in Purchase.objects.values_list(*columns):
            stored_orders[order_id] = (entry_id, amount - refunded, points, status == "voided")
            assert 0 <= refunded <= amount
            assert 0 <= points <= awarded
            assert points == 0 or (refunded < amount and status in {"recorded", "partially_refunded"})
        assert stored_orders == {
            order_id: (self.entries[order.person].pk, order.left, order.points, order.voided_points is not None)
            for order_id, order in self.orders.items()
        }

    @invariant()
    def each_balance_is_what_the_account_says(self) -> None:
        balances = dict(Entry.objects.values_list("pk", "points"))
        assert balances == {entry.pk: self.balance(person) for person, entry in self.entries.items()}

    @invariant()
    def each_refund_is_made_or_waits_or_was_refused(self) -> None:
        applied = set(Refund.objects.values_list("order_id", "refund_id"))
        assert applied == {(order_id, each) for order_id, ids in self.refunds.items() for each in ids}
        for state, account in (("pending", self.waiting), ("refused", self.refused)):
            refund_ids = set(PendingRefund.objects.filter(state=state).values_list("order_id", "refund_id"))
            assert refund_ids == {(order_id, each) for order_id, ids in account.items() for each in ids}

    @precondition(lambda self: self.rejections and self.orders)
    @invariant()
    def no_order_that_counts_needs_anybody(self) -> None:
        open_ones = set(RejectedPurchase.objects.open().values_list("order_id", flat=True))
        counts = {order_id for order_id, order in self.orders.items() if order.voided_points is None}
        assert open_ones & counts == set()


@pytest.mark.django_db(transaction=True)
def test_any_order_of_acts() -> None:
    shop = make_shop()
    create_entry(shop.contest, "grace@example.com")
    machine_count = 0

    def machine() -> RuleBasedStateMachine:
        nonlocal machine_count
        machine_count += 1
        if machine_count % 100 == 0:  # rows of runs that were rolled back would slow down the later ones
            with connection.cursor() as cursor:
                cursor.execute(f"VACUUM {TABLES}")
        return Orders()

    Orders.shop = shop
    run_state_machine_as_test(
        machine,  # type: ignore[arg-type]
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert machine_count >= EXAMPLES
    assert Purchase.objects.count() == 0
