"""Random imports, refunds, actions and undos: purchases and balances agree with a few lines of arithmetic."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor
from random import Random
from typing import Any

import pytest
from django.utils import timezone

from blitzrocket.audit.context import AuditContext
from blitzrocket.emails import Email
from blitzrocket.jobs.queue import run_all_jobs
from contests.imports import start_import, start_undo
from contests.models import Contest, Entry
from contests.services import create_entry
from purchases.models import PendingRefund, Purchase, PurchaseImport
from purchases.services import (
    NewPurchase,
    PurchaseVoided,
    RefundExceedsPurchase,
    move_purchase,
    record_purchase,
    refund_order,
    refund_purchase,
    restore_purchase,
    void_purchase,
)
from purchases.services.refund import PurchaseNotFound
from tests.profiles import times
from tests.purchases.imports.past_orders import upload
from tests.purchases.orders import faults
from tests.support import Shop

SEEDS, STEPS = range(times(2, 5)), 120
PEOPLE = ("ada", "grace")
ORDERS = [str(number) for number in range(8)]

Row = tuple[str, str, int, int]  # order id, owner, cents, points


@dataclass
class Order:
    """The machine's own account of an order."""

    owner: str
    amount: int
    amount_left: int
    points_earned: int
    points_now: int
    file: int | None  # that brought it; None: recorded here
    included: bool = False
    is_undone: bool = False
    at_void: int | None = None
    refunds: int = 0
    is_touched: bool = False  # by a refund or a person

    def points_for(self, points: int) -> int:
        """What stays of these points with what is left of its amount."""
        if self.amount_left <= 0:
            return 0
        if self.file is None:  # one point per 1.00, rounded half up
            return min(points, floor(Fraction(self.amount_left, 100) + Fraction(1, 2)))
        return min(points, floor(Fraction(self.points_earned * self.amount_left, self.amount)))


class History:
    """Performs random actions, and computes what must come of them."""

    def __init__(self, shop: Shop, seed: int) -> None:
        self.shop, self.random = shop, Random(seed)
        create_entry(shop.contest, "grace@example.com")
        self.contest = Contest.objects.select_related("rule_set").get(pk=shop.contest.pk)
        self.entries = {entry.email.partition("@")[0]: entry for entry in self.contest.entries.all()}
        self.orders: dict[str, Order] = {}
        self.files: list[tuple[PurchaseImport, list[Row]]] = []
        self.undone: set[int] = set()
        self.balances = dict.fromkeys(PEOPLE, 0)
        self.pending: dict[str, list[int | None]] = {}
        self.refunds = 0
        self.actions: list[str] = []
        self.weights: dict[Callable[[], None], int] = {  # with how often each happens
            self.a_file_is_imported: 3,
            self.a_file_comes_again: 3,
            self.an_import_is_undone: 4,
            self.a_refund_comes: 4,
            self.support_voids: 2,
            self.support_restores: 2,
            self.support_moves: 3,
            self.the_shop_sends: 2,
        }

    def step(self) -> None:
        """Perform a random action, and note its name for the message of a failure."""
        (action,) = self.random.choices(list(self.weights), list(self.weights.values()))
        self.actions.append(action.__name__)
        action()

    def cents(self) -> int:
        return self.random.choice([1, 1000, 4999, self.random.randint(1, 9000)])

    def purchase(self, order_id: str) -> Purchase:
        return Purchase.objects.get(contest=self.contest, order_id=order_id)

    def a_file_is_imported(self) -> None:
        points = [0, 1, 50, self.random.randint(0, 10**6)]
        rows = [
            (order_id, self.random.choice([*PEOPLE, *PEOPLE, "nobody"]), self.cents(), self.random.choice(points))
            for order_id in self.random.choices(ORDERS, k=self.random.randint(1, 5))
        ]
        self.import_rows(rows)

    def a_file_comes_again(self) -> None:
        if self.files:
            self.import_rows(self.random.choice(self.files)[1])

    def import_rows(self, rows: list[Row]) -> None:
        adds = self.random.choice([True, False])
        text = [
            f"{order_id},{owner}@example.com,{amount / 100:.2f},USD,2025-01-01,{points_earned}\n"
            for order_id, owner, amount, points_earned in rows
        ]
        purchase_import = upload(self.contest, *text, adds_points=adds)
        start_import(purchase_import, audit=AuditContext())
        run_all_jobs()
        self.files.append((purchase_import, rows))
        expected = []
        used: set[str] = set()
        for order_id, owner, amount, points_earned in rows:
            expected.append("duplicate" if order_id in used else self.row(order_id, owner, amount, points_earned, adds))
            used.add(order_id)
        assert list(purchase_import.rows.order_by("line").values_list("outcome", flat=True)) == expected

    def row(self, order_id: str, owner: str, amount: int, points_earned: int, adds: bool) -> str:
        existing = self.orders.get(order_id)
        if existing is not None and not existing.is_undone:
            return "known"
        if owner == "nobody":
            return "no_entry"
        refunded = existing.amount - existing.amount_left if existing else 0
        if existing is not None and refunded and amount != existing.amount:
            return "error"
        order = Order(
            owner, amount, amount - refunded, points_earned, points_earned, len(self.files) - 1, included=not adds
        )
        order.is_touched, order.refunds = (existing.is_touched, existing.refunds) if existing else (False, 0)
        order.points_now = order.points_for(points_earned)
        self.orders[order_id] = order
        self.balances[owner] += order.points_now - (0 if adds else points_earned)
        for refund_amount in self.pending.pop(order_id, []):
            self.take_refund(order, refund_amount)
        return "imported"

    def take_refund(self, order: Order, cents: int | None) -> bool:
        cents = order.amount_left if cents is None else cents
        if (
            order.amount_left <= 0 or cents > order.amount_left + order.refunds + 1
        ):  # a cent for each refund, this one too
            return False
        order.amount_left -= min(cents, order.amount_left)
        order.refunds += 1
        order.is_touched = True
        points = order.points_for(order.points_now)
        self.balances[order.owner] += points - order.points_now
        order.points_now = points
        return True

    def an_import_is_undone(self) -> None:
        imported_files = {
            number
            for number, (purchase_import, _rows) in enumerate(self.files)
            if purchase_import.count_outcomes().get("imported")
        }
        open_files = sorted(imported_files - self.undone)
        if not open_files:
            return
        number = self.random.choice(open_files)
        start_undo(PurchaseImport.objects.get(pk=self.files[number][0].pk), audit=AuditContext(reason="?"))
        run_all_jobs()
        self.undone.add(number)
        for order in self.orders.values():
            if order.file != number or order.is_touched:
                continue
            self.balances[order.owner] += (order.points_earned if order.included else 0) - order.points_now
            order.is_undone, order.at_void, order.points_now = True, order.points_now, 0

    def a_refund_comes(self) -> None:
        order_id, cents = self.random.choice(ORDERS), self.random.choice([None, self.cents()])
        self.refunds += 1
        amount = None if cents is None else Decimal(cents) / 100
        now = timezone.now()
        order = self.orders.get(order_id)
        if order is None:
            with pytest.raises(PurchaseNotFound):
                refund_order(
                    self.contest,
                    order_id,
                    refund_id=str(self.refunds),
                    amount=amount,
                    audit=AuditContext(),
                    received_at=now,
                )
            self.pending.setdefault(order_id, []).append(cents)
            return

        def refund() -> Any:
            return refund_purchase(
                self.purchase(order_id),
                refund_id=str(self.refunds),
                amount=amount,
                audit=AuditContext(),
                received_at=now,
            )

        if self.take_refund(order, cents):
            refund()
        else:
            with pytest.raises(RefundExceedsPurchase):
                refund()

    def pick_order(self) -> tuple[str, Order] | None:
        return self.random.choice(sorted(self.orders.items(), key=lambda item: item[0])) if self.orders else None

    def support_voids(self) -> None:
        choice = self.pick_order()
        if choice is None or choice[1].at_void is not None:
            return
        order_id, order = choice
        void_purchase(self.purchase(order_id), audit=AuditContext())
        self.balances[order.owner] -= order.points_now
        order.at_void, order.points_now, order.is_touched = order.points_now, 0, True

    def support_restores(self) -> None:
        choice = self.pick_order()
        if choice is None or choice[1].at_void is None:
            return
        order_id, order = choice
        assert restore_purchase(self.purchase(order_id), audit=AuditContext()).is_finished
        order.points_now = order.points_for(order.at_void or 0)
        self.balances[order.owner] += order.points_now - (
            order.points_earned if order.is_undone and order.included else 0
        )
        order.at_void, order.is_undone, order.is_touched = None, False, True

    def support_moves(self) -> None:
        choice, owner = self.pick_order(), self.random.choice(PEOPLE)
        if choice is None or choice[1].owner == owner:
            return
        order_id, order = choice
        if order.at_void is not None:
            with pytest.raises(PurchaseVoided):
                move_purchase(self.purchase(order_id), self.entries[owner], audit=AuditContext())
            return
        move_purchase(self.purchase(order_id), self.entries[owner], audit=AuditContext())
        self.balances[order.owner] -= order.points_now
        self.balances[owner] += order.points_now
        order.owner, order.is_touched = owner, True

    def the_shop_sends(self) -> None:
        order_id, owner, amount = self.random.choice(ORDERS), self.random.choice(PEOPLE), self.cents()
        new_purchase = NewPurchase(
            email=Email.parse(f"{owner}@example.com"),
            order_id=order_id,
            amount=Decimal(amount) / 100,
            currency="USD",
            purchased_at=timezone.now(),
        )
        answer = record_purchase(
            self.contest.pk, new_purchase, api_key=self.shop.keys["private"], received_at=new_purchase.purchased_at
        )
        assert answer.already_exists == (order_id in self.orders)
        if answer.already_exists:
            assert answer.points_awarded == 0
            return
        points_earned = floor(Fraction(amount, 100) + Fraction(1, 2))
        self.orders[order_id] = order = Order(owner, amount, amount, points_earned, points_earned, None)
        self.balances[owner] += points_earned
        for refund_amount in self.pending.pop(order_id, []):
            self.take_refund(order, refund_amount)

    def check(self) -> None:
        assert faults() == []
        self.check_orders_and_balances()
        waiting = set(PendingRefund.objects.filter(state="pending").values_list("order_id", flat=True))
        assert waiting == set(self.pending)

    def check_orders_and_balances(self) -> None:
        stored_orders = {
            purchase.order_id: (
                purchase.entry_id, purchase.amount, purchase.amount - purchase.refunded_amount, purchase.points_awarded,
                purchase.points_now, purchase.is_voided, purchase.is_imported, purchase.import_undone_at is not None,
            )
            for purchase in Purchase.objects.all()
        }  # fmt: skip
        assert stored_orders == {
            order_id: (
                self.entries[order.owner].pk, Decimal(order.amount) / 100, Decimal(order.amount_left) / 100,
                order.points_earned, order.points_now, order.at_void is not None, order.file is not None,
                order.is_undone,
            )
            for order_id, order in self.orders.items()
        }  # fmt: skip
        points = dict(Entry.objects.values_list("email", "points"))
        assert points == {f"{owner}@example.com": balance for owner, balance in self.balances.items()}


@pytest.mark.parametrize("seed", SEEDS)
def test_any_sequence_of_imports_refunds_undos_and_actions(shop: Shop, seed: int) -> None:
    history = History(shop, seed)
    for _ in range(STEPS):
        history.step()
        history.check()
    assert len(set(history.actions)) == len(history.weights), "each of them happened"
