"""The people: what each of them and their shops do in a day, one act after the other, and what that must come to.

An act says what is done and, beside it, what the model makes of it. The acts of a person follow one another; those of
different people happen at the same time.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from random import Random
from threading import Lock
from typing import Any

from tests.simulation.account import Account, Order
from tests.simulation.calls import Api, Desk, Stores, Unexpected, url_of
from tests.simulation.receiver import Receiver
from tests.simulation.stores import STORES

NOT_FOUND = (200, 201, 404)  # what has no entry or order yet is kept
NUMBERS_OF_A_PERSON = 10_000
WAYS = ("api", "api", "batch", "hook", *STORES)


@dataclass
class World:
    """What all people share: the clients, the rules of the day, and who is given what others had by mistake."""

    api: Callable[[], Api]
    desk: Callable[[], Desk]
    stores: Callable[[], Stores]
    receiver: Receiver
    rejected_id: Callable[[str], str]  # of an order
    local_time: Callable[[], str]
    points_per_unit: int = 1
    acts: dict[str, int] = field(default_factory=dict)  # how often each was done
    events: dict[str, int] = field(default_factory=dict)  # of the activity log, by action
    lock: Lock = field(default_factory=Lock)
    root: Desk | None = None  # a superuser's browser, once there is one

    def __post_init__(self) -> None:
        self.heir = Account("heir@example.com", has_entry=True)
        self.others: list[Account] = []  # who only signed up, or was imported
        self.people: list[Person] = []

    def accounts(self) -> list[Account]:
        return [self.heir, *self.others, *(person.account for person in self.people)]

    def count(self, act: str) -> None:
        with self.lock:
            self.acts[act] = self.acts.get(act, 0) + 1

    def log(self, action: str) -> None:
        """An act is in the activity log, as one line."""
        with self.lock:
            self.events[action] = self.events.get(action, 0) + 1


class Person:
    """Somebody with a fate: ``enters_on`` is the day on which they get an entry; None: never."""

    def __init__(self, world: World, number: int, seed: int, enters_on: int | None) -> None:
        self.world, self.number, self.enters_on = world, number, enters_on
        self.chance = Random(f"{seed}-{number}")
        self.account = Account(f"person-{number}@example.com")
        self.entry_id = ""
        self.purchase_ids: dict[str, str] = {}
        self.later: list[Order] = []  # announced by an early refund
        self.is_tired = False
        self._numbers = count(number * NUMBERS_OF_A_PERSON)

    def live(self, day: int) -> None:
        self.is_tired = False
        if day == self.enters_on:
            self.enter()
        for _ in range(self.chance.randint(2, 5)):
            if self.is_tired:  # something was interrupted, and may be done in the night only
                return
            acts = [act for act in self.possible() for _ in range(WEIGHTS.get(act.__name__, 1))]
            act = self.chance.choice(acts)
            self.world.count(act.__name__)
            act()

    def possible(self) -> Iterator[Callable[[], None]]:
        yield self.buy
        if self.account.orders:
            yield from (self.repeat, self.look, self.refund, self.void)
        if any(order.is_voided for order in self.account.orders.values()):
            yield self.restore
        if self.later:
            yield self.buy_what_was_refunded
        if self.account.has_entry:
            yield from (self.adjust, self.refund_early, self.preview, self.change_name, self.reconcile, self.move)
            yield self.disqualify if not self.account.is_disqualified else self.reinstate
        if self.account.held:
            yield from (self.dismiss, self.attach, self.record_by_hand)
        if self.account.dismissed:
            yield self.reopen

    # Entries

    def enter(self) -> None:
        """By the API, by a webhook, or in the admin."""
        body = {"email": self.account.email, "name": f"Person {self.number}", "emailConfirmed": True}
        way = self.chance.choice(["api", "hook", "admin"])
        self.world.count(f"enter: {way}")
        if way == "api":
            self.entry_id = self.world.api().post("/contests/:contest/entries", body)["id"]
        elif way == "hook":
            contest_id = self.world.api().target.contest_id
            self.entry_id = self.world.api().hook(f"/signup/{contest_id}", body)["entryId"]
        else:
            contest_id, email = self.world.api().target.contest_id, self.account.email
            form = {"contest": contest_id, "email": email, "name": f"Person {self.number}", "email_confirmed": "on"}
            self.world.desk().page("/contests/entry/add/")
            self.world.desk().post("/contests/entry/add/", form)
            self.entry_id = self.world.api().get("/entries/lookup", contestId=contest_id, email=email)["id"]
        self.is_tired = bool(self.account.held)  # interrupted, the background process records them
        self.account.enter()

    def adjust(self) -> None:
        points, number = self.chance.randint(1, 50), next(self._numbers)
        if self.chance.random() < 0.5:
            body = {"points": points, "reason": "Sorry", "adjustmentId": f"adjustment-{number}"}
            for _ in range(self.chance.choice([1, 2])):
                self.world.api().post(f"/entries/{self.entry_id}/points", body)
        else:
            self.world.desk().act(url_of("contests/entry", self.entry_id, "adjust"), points=str(points))
        self.account.adjustments[f"adjustment-{number}"] = points
        self.world.log("adjusted")

    def disqualify(self) -> None:
        self.set_disqualified(is_disqualified=True)

    def reinstate(self) -> None:
        self.set_disqualified(is_disqualified=False)

    def set_disqualified(self, *, is_disqualified: bool) -> None:
        body = {"disqualified": is_disqualified, "reason": "Entered twice"}
        self.world.api().post(f"/entries/{self.entry_id}/disqualify", body)
        self.account.is_disqualified = is_disqualified

    def change_name(self) -> None:
        answer = self.world.api().put(f"/entries/{self.entry_id}", {"name": f"Person {next(self._numbers)}"})
        expect(answer["points"] == self.account.points, f"{self.account.email}: {answer['points']} points")

    # Orders

    def buy(self) -> None:
        way = self.chance.choice(WAYS)
        if way == "batch":
            self.buy_in_batch()
        elif way in STORES:
            self.buy_at(way)
        else:
            self.buy_by_api(self.order(way), way)

    def order(self, source: str) -> Order:
        number = next(self._numbers)
        amount = Decimal(self.chance.randint(100, 30_000)) / 100
        if source in STORES:
            return Order(number, STORES[source].order_id(number), source, amount, STORES[source].currency)
        return Order(number, f"order-{number}", source, amount, self.chance.choice(["USD", "EUR"]))

    def buy_by_api(self, order: Order, way: str) -> None:
        for _ in range(self.chance.choice([1, 1, 1, 2])):
            answer = self.send(order, way)
        self.account.buy(order, self.world.points_per_unit)
        self.check_answer(order, answer)

    def send(self, order: Order, way: str) -> Any:
        body, accepted = body_of(order, self.account.email), NOT_FOUND
        if way == "hook":
            return self.world.api().hook(f"/purchase/{self.world.api().target.contest_id}", body, accepted)
        return self.world.api().post("/contests/:contest/purchases", body, accepted=accepted)

    def check_answer(self, order: Order, answer: Any) -> None:
        """A recorded order has an id; one that is held is answered as not found."""
        expect(("purchaseId" in answer) == self.account.has_entry, f"{order.order_id}: {answer}")
        if self.account.has_entry:
            self.purchase_ids[order.order_id] = answer["purchaseId"]
            awarded = answer["pointsAwarded"]
            expect(answer.get("alreadyExists") or awarded == order.awarded, f"{order.order_id}: {awarded} points")

    def buy_in_batch(self) -> None:
        orders = [self.order("batch") for _ in range(3)]
        body = {"purchases": [body_of(order, self.account.email) for order in orders]}
        results = self.world.api().post("/contests/:contest/purchases/batch", body)["results"]
        for order, answer in zip(orders, results, strict=True):
            self.account.buy(order, self.world.points_per_unit)
            self.check_answer(order, answer)

    def buy_at(self, kind: str) -> None:
        order = self.order(kind)
        self.deliver(order, "order")
        self.account.buy(order, self.world.points_per_unit)

    def deliver(self, order: Order, what: str) -> None:
        """Have the store of the order deliver what happened to it; one in four comes twice."""
        kind = order.source
        topic, body = getattr(STORES[kind], what)(order.number, self.account.email, order)
        for _ in range(self.chance.choice([1, 1, 1, 2])):
            self.is_tired |= self.world.stores().deliver(kind, topic, body) > 1

    def repeat(self) -> None:
        order = self.pick()
        if order.source in STORES:
            if not order.refunds and not order.is_voided:
                self.deliver(order, "order")
        else:
            answer = self.send(order, "hook" if order.source == "hook" else "api")
            expect(answer["alreadyExists"] and answer["pointsAwarded"] == 0, f"{order.order_id}: {answer}")

    def pick(self) -> Order:
        return self.chance.choice([*self.account.orders.values()])

    def look(self) -> None:
        """The order with its explanation, and the entry, have the points of the model."""
        order = self.pick()
        answer = self.world.api().get(f"/contests/:contest/purchases/{self.purchase_id(order)}")
        points = (answer["pointsAwarded"], answer["pointsNow"])
        expect(points == (order.awarded, order.points), f"{order.order_id}: {points}, not {order}")
        entry = self.world.api().get(f"/entries/{self.entry_id}")
        expect(entry["points"] == self.account.points, f"{self.account.email}: {entry['points']} points")

    def purchase_id(self, order: Order) -> str:
        if order.order_id not in self.purchase_ids:
            rows = self.world.api().get("/contests/:contest/purchases", orderId=order.order_id)
            expect(len(rows) == 1, f"{order.order_id}: {rows}")
            self.purchase_ids[order.order_id] = rows[0]["id"]
        return self.purchase_ids[order.order_id]

    def preview(self) -> None:
        order = self.order("api")
        answer = self.world.api().post("/contests/:contest/purchases/preview", body_of(order, self.account.email))
        scored = Account(self.account.email, True, self.account.is_disqualified, dict(self.account.orders))
        scored.buy(order, self.world.points_per_unit)
        expect(answer["pointsAwarded"] == order.points, f"preview: {answer}, not {order}")

    def reconcile(self) -> None:
        """Each order is recorded, one is missing."""
        orders = [*self.account.orders.values()]
        sent = [body_of(order, self.account.email) for order in [*orders, self.order("api")]]
        answer = self.world.api().post("/contests/:contest/purchases/reconcile", {"orders": sent})
        results = [(row["status"], row.get("purchaseStatus")) for row in answer["results"]]
        expected = [("recorded", order.status) for order in orders] + [("missing", None)]
        expect(results == expected, f"reconcile: {results}, not {expected}")

    # Refunds

    def refund(self) -> None:
        order = self.pick()
        if order.left <= 0 or order.is_voided:
            return
        amount = order.left if self.chance.random() < 0.3 else self.part_of(order.left)
        refund_id = f"refund-{next(self._numbers)}"
        if order.source in STORES:
            order.refund(refund_id, amount)
            self.deliver(order, "refund")
        elif self.chance.random() < 0.5:
            self.refund_by_api(order, refund_id, amount)
            order.refund(refund_id, amount)
        else:
            self.world.desk().act(url_of("purchases/purchase", self.purchase_id(order), "refund"), amount=f"{amount}")
            order.refund(refund_id, amount)

    def refund_by_api(self, order: Order, refund_id: str, amount: Decimal) -> None:
        body = {"orderId": order.order_id, "refundId": refund_id, "amount": float(amount)}
        for _ in range(self.chance.choice([1, 2])):
            self.world.api().post("/contests/:contest/refunds", body, accepted=NOT_FOUND)

    def part_of(self, amount: Decimal) -> Decimal:
        return max((amount * self.chance.randint(1, 80) / 100).quantize(Decimal("0.01")), Decimal("0.01"))

    def refund_early(self) -> None:
        order = self.order("api")
        refund_id, amount = f"refund-{next(self._numbers)}", self.part_of(order.amount)
        self.refund_by_api(order, refund_id, amount)
        self.account.refund_early(order.order_id, refund_id, amount)
        self.later.append(order)

    def buy_what_was_refunded(self) -> None:
        self.buy_by_api(self.later.pop(0), "api")

    # Voids, and what support puts right

    def void(self) -> None:
        order = self.pick()
        kind = order.source
        if kind in STORES:
            if STORES[kind].cancel and not order.is_voided and not order.refunds:
                order.void()
                self.deliver(order, "cancel")
        elif not order.is_voided:
            self.void_by_person(order)

    def void_by_person(self, order: Order) -> None:
        if self.chance.random() < 0.5:
            path = f"/contests/:contest/purchases/{self.purchase_id(order)}/void"
            self.world.api().post(path, {"reason": "Not shipped"})
        else:
            self.world.desk().act(url_of("purchases/purchase", self.purchase_id(order), "void"))
        order.void()

    def restore(self) -> None:
        order = self.chance.choice([order for order in self.account.orders.values() if order.is_voided])
        kind = order.source
        if kind in STORES:
            if STORES[kind].again:
                self.deliver(order, "again")
                order.restore()
        else:
            self.world.desk().act(url_of("purchases/purchase", self.purchase_id(order), "restore"))
            order.restore()

    def move(self) -> None:
        """An order turns out to be somebody else's."""
        orders = [order for order in self.account.orders.values() if not order.is_voided and order.source == "api"]
        if not orders:
            return
        order = self.chance.choice(orders)
        self.world.desk().act(url_of("purchases/purchase", self.purchase_id(order), "move"), to=self.world.heir.email)
        with self.world.lock:
            self.world.heir.orders[order.order_id] = self.account.orders.pop(order.order_id)
        self.world.log("moved")

    @contextmanager
    def held_order(self, orders: dict[str, Order]) -> Iterator[tuple[Order, str]]:
        """One of these, and the id of its rejected attempt; afterwards it is no longer one of them."""
        order = self.chance.choice([*orders.values()])
        yield order, self.world.rejected_id(order.order_id)
        del orders[order.order_id]

    def dismiss(self) -> None:
        with self.held_order(self.account.held) as (order, pk):
            self.world.desk().act(url_of("purchases/rejectedpurchase", pk, "dismiss"))
            self.account.dismissed[order.order_id] = order
        self.world.log("dismissed")

    def reopen(self) -> None:
        with self.held_order(self.account.dismissed) as (order, pk):
            self.world.desk().act(url_of("purchases/rejectedpurchase", pk, "reopen"))
            if self.account.has_entry:
                self.account.record(order)
            else:
                self.account.held[order.order_id] = order
        self.world.log("reopened")

    def attach(self) -> None:
        with self.held_order(self.account.held) as (order, pk):
            self.world.desk().act(url_of("purchases/rejectedpurchase", pk, "attach"), other=self.world.heir.email)
            with self.world.lock:
                self.world.heir.record(order)
        self.world.log("attached")

    def record_by_hand(self) -> None:
        with self.held_order(self.account.held) as (order, pk):
            fields = {"contest": self.world.api().target.contest_id, "email": self.world.heir.email}
            money = {"amount": f"{order.amount}", "currency": order.currency}
            path = url_of("purchases/rejectedpurchase", pk, "record")
            self.world.desk().act(path, **fields, **money, purchased_at=self.world.local_time())
            with self.world.lock:
                self.world.heir.record(order)
        self.world.log("recorded")


WEIGHTS = {"buy": 12, "repeat": 3, "look": 3, "refund": 4, "void": 2, "restore": 2, "buy_what_was_refunded": 3}


def body_of(order: Order, email: str) -> dict[str, Any]:
    return {"email": email, "orderId": order.order_id, "amount": float(order.amount), "currency": order.currency}


def expect(condition: object, message: str) -> None:
    """Stop where an answer is not what the model says.

    Raises:
        Unexpected: so it is.
    """
    if not condition:
        raise Unexpected(message)
