"""A request id belongs to one action: sent again it changes nothing, and any other action with it is refused."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.utils import quote
from django.db import connection
from django.test import Client
from django.urls import reverse

from blitzrocket.accounts.models import User
from blitzrocket.audit.context import AuditContext, RequestIdReused
from blitzrocket.audit.models import AuditEvent
from blitzrocket.emails import Email
from contests.models import Contest, Entry, PointTransaction
from contests.services import adjust_points, copy_contest, create_entry
from purchases.models import Purchase, Recalculation, Refund, RejectedPurchase
from purchases.services import (
    NewPurchase,
    attach_purchase,
    detach_purchase,
    dismiss_rejected_purchase,
    move_purchase,
    record_rejected_purchase,
    reopen_rejected_purchase,
    restore_purchase,
    void_purchase,
)
from purchases.services.recalculation import continue_recalculation, start_recalculation, undo_recalculation
from tests.purchases.orders import buy, faults, hold, refund
from tests.purchases.test_action_races import at_once
from tests.support import Shop, signed_in

USED = "This form was already submitted."
WRITTEN = (Purchase, RejectedPurchase, Entry, PointTransaction, Refund, AuditEvent, Contest, Recalculation)
_ALL_ROWS = (
    " UNION ALL ".join(
        f"SELECT '{table}', ({table}.*)::text FROM {table}" for table in (model._meta.db_table for model in WRITTEN)
    )
    + " ORDER BY 1, 2"
)


@pytest.fixture
def grace(shop: Shop) -> Entry:
    return create_entry(shop.contest, "grace@example.com")


def all_rows() -> list[Any]:
    """All rows that actions write, as PostgreSQL writes them."""
    with connection.cursor() as cursor:
        cursor.execute(_ALL_ROWS)
        return list(cursor.fetchall())


def order_of(rejected: RejectedPurchase, email: str, amount: str = "30.00") -> NewPurchase:
    return NewPurchase(
        email=Email.parse(email),
        order_id=rejected.order_id,
        amount=Decimal(amount),
        currency="USD",
        purchased_at=rejected.first_received_at,
    )


PurchaseAction = Callable[[Purchase, Entry, AuditContext], Any]
ON_A_PURCHASE: dict[str, PurchaseAction] = {
    "refund 1.00": lambda purchase, _, audit: refund(purchase, "1.00", audit.id, audit=audit),
    "refund 2.00": lambda purchase, _, audit: refund(purchase, "2.00", audit.id, audit=audit),
    "refund all": lambda purchase, _, audit: refund(purchase, None, audit.id, audit=audit),
    "void": lambda purchase, _, audit: void_purchase(purchase, audit=audit),
    "restore": lambda purchase, _, audit: restore_purchase(purchase, audit=audit),
    "move to Grace": lambda purchase, grace, audit: move_purchase(purchase, grace, audit=audit),
    "move to Ada": lambda purchase, _, audit: move_purchase(
        purchase, purchase.contest.entries.get(name="Ada"), audit=audit
    ),
    "adjust +5": lambda purchase, _, audit: adjust_points(purchase.entry, 5, adjustment_id=audit.id, audit=audit),
    "adjust -5": lambda purchase, _, audit: adjust_points(purchase.entry, -5, adjustment_id=audit.id, audit=audit),
}
ON_VOIDED = {"restore"}
ON_MOVED = {"move to Ada"}


@pytest.mark.parametrize("first", ON_A_PURCHASE)
def test_a_request_id_cannot_be_used_for_another_action_on_the_purchase(shop: Shop, grace: Entry, first: str) -> None:
    """Also where the second action would change nothing."""
    purchase, audit = buy(shop, "30.00"), AuditContext()
    if first in ON_VOIDED:
        void_purchase(purchase, audit=AuditContext())
    if first in ON_MOVED:
        move_purchase(purchase, grace, audit=AuditContext())
    ON_A_PURCHASE[first](purchase, grace, audit)
    purchase.refresh_from_db()
    before = all_rows()
    for second in sorted(ON_A_PURCHASE.keys() - {first}):
        with pytest.raises(RequestIdReused):
            ON_A_PURCHASE[second](purchase, grace, audit)
        assert all_rows() == before, second
        purchase.refresh_from_db()
    ON_A_PURCHASE[first](purchase, grace, audit)
    assert all_rows() == before
    assert faults() == []


RejectionAction = Callable[[RejectedPurchase, Entry, AuditContext], Any]
ON_A_REJECTED_ORDER: dict[str, RejectionAction] = {
    "attach to Grace": lambda rejected, grace, audit: attach_purchase(rejected, grace, audit=audit),
    "attach to Ada": lambda rejected, _, audit: attach_purchase(rejected, Entry.objects.get(name="Ada"), audit=audit),
    "detach": lambda rejected, _, audit: detach_purchase(rejected, audit=audit),
    "dismiss": lambda rejected, _, audit: dismiss_rejected_purchase(rejected, audit=audit),
    "reopen": lambda rejected, _, audit: reopen_rejected_purchase(rejected, audit=audit),
    "record 30.00": lambda rejected, grace, audit: record_corrected(rejected, grace, "30.00", audit),
    "record 31.00": lambda rejected, grace, audit: record_corrected(rejected, grace, "31.00", audit),
}


def record_corrected(rejected: RejectedPurchase, entry: Entry, amount: str, audit: AuditContext) -> Any:
    contest = Contest.objects.select_related("rule_set").get(pk=entry.contest_id)
    return record_rejected_purchase(rejected, contest, order_of(rejected, entry.email, amount), audit=audit)


@pytest.mark.parametrize("first", ON_A_REJECTED_ORDER)
def test_a_request_id_cannot_be_used_for_another_action_on_the_held_order(shop: Shop, grace: Entry, first: str) -> None:
    rejected, audit = hold(shop, amount="30.00"), AuditContext()
    if first == "reopen":
        dismiss_rejected_purchase(rejected, audit=AuditContext())
    if first == "detach":
        attach_purchase(rejected, grace, audit=AuditContext())
    ON_A_REJECTED_ORDER[first](rejected, grace, audit)
    before = all_rows()
    for second in sorted(ON_A_REJECTED_ORDER.keys() - {first}):
        with pytest.raises(RequestIdReused):
            ON_A_REJECTED_ORDER[second](rejected, grace, audit)
        assert all_rows() == before, second
    ON_A_REJECTED_ORDER[first](rejected, grace, audit)
    assert all_rows() == before


@pytest.mark.parametrize("action", ON_A_PURCHASE)
@pytest.mark.parametrize("other", ["person", "reason", "object"])
def test_a_request_id_belongs_to_one_user_reason_and_object(shop: Shop, grace: Entry, action: str, other: str) -> None:
    agent, colleague = User.objects.create_user("agent"), User.objects.create_user("colleague")
    purchase, unrelated = buy(shop, "30.00"), buy(shop, "30.00")
    for each in (purchase, unrelated):
        if action in ON_VOIDED:
            void_purchase(each, audit=AuditContext())
        if action in ON_MOVED:
            move_purchase(each, grace, audit=AuditContext())
    ON_A_PURCHASE[action](purchase, grace, audit := AuditContext(reason="asked for", user=agent))
    before = all_rows()
    repeat = AuditContext(
        id=audit.id,
        user=colleague if other == "person" else agent,
        reason="something else" if other == "reason" else audit.reason,
    )
    if other == "object" and action.startswith("adjust"):
        unrelated.entry = grace
    with pytest.raises(RequestIdReused):
        ON_A_PURCHASE[action](unrelated if other == "object" else purchase, grace, repeat)
    assert all_rows() == before


def test_a_request_id_belongs_to_one_action_on_a_recalculation(shop: Shop) -> None:
    buy(shop, "30.00")
    audit = AuditContext(reason="As announced")
    rules = shop.contest.current_rules()
    recalculation = start_recalculation(shop.contest, rules, days=0, audit=audit)
    assert start_recalculation(shop.contest, rules, days=0, audit=audit) == recalculation
    before = all_rows()
    for other in (
        lambda: start_recalculation(shop.contest, rules, days=30, audit=audit),
        lambda: undo_recalculation(recalculation, audit=audit),
        lambda: continue_recalculation(recalculation, audit=audit),
        lambda: adjust_points(shop.entry, 5, adjustment_id="a", audit=audit),
    ):
        with pytest.raises(RequestIdReused):
            other()
    assert all_rows() == before


def test_continuing_twice_with_one_request_id_is_one_action(shop: Shop) -> None:
    buy(shop, "30.00")
    recalculation = start_recalculation(shop.contest, shop.contest.current_rules(), days=0, audit=AuditContext())
    recalculation.job.cancel()
    audit = AuditContext()
    for _ in range(2):
        continue_recalculation(recalculation, audit=audit)
    assert AuditEvent.objects.filter(pk=audit.id).count() == 1


def test_a_request_id_belongs_to_one_copy(shop: Shop) -> None:
    audit = AuditContext()
    copy = copy_contest(shop.contest, "Winter", keeps_dates=False, audit=audit)
    assert copy_contest(shop.contest, "Winter", keeps_dates=False, audit=audit) == copy
    for source, title, keeps in ((shop.contest, "Spring", False), (shop.contest, "Winter", True), (copy, "Winter", 0)):
        with pytest.raises(RequestIdReused):
            copy_contest(source, title, keeps_dates=bool(keeps), audit=audit)
    assert Contest.objects.count() == 2


def post(client: Client, obj: Any, dialog: str, request_id: str, **fields: Any) -> str:
    name = f"admin:{obj._meta.app_label}_{obj._meta.model_name}_{dialog}"
    form = {"reason": "The customer wrote", "request_id": request_id, "_form_submitted": "True"} | fields
    response = client.post(reverse(name, args=[quote(obj.pk)]), form)
    return "done" if "HX-Redirect" in response.headers else response.content.decode()


DIALOGS: list[tuple[str, str, dict[str, str]]] = [
    ("purchase", "refund", {"amount": "1.00"}),
    ("purchase", "void", {}),
    ("purchase", "move", {"to": "grace@example.com"}),
    ("purchase", "move", {"to": "ada@example.com"}),
    ("voided", "restore", {}),
    ("voided", "refund", {"amount": "1.00"}),
    ("held", "attach", {"near": "", "other": "grace@example.com"}),
    ("held", "dismiss", {}),
    ("attached", "detach", {}),
    ("dismissed", "reopen", {}),
    ("entry", "adjust", {"points": "5"}),
    ("contest", "copy", {"title": "Winter"}),
]


@pytest.mark.parametrize(("label", "dialog", "fields"), DIALOGS, ids=[f"{label}, {name}" for label, name, _ in DIALOGS])
def test_each_dialog_refuses_a_used_request_id(
    shop: Shop, grace: Entry, label: str, dialog: str, fields: dict[str, str]
) -> None:
    objects: dict[str, Any] = {
        "purchase": buy(shop),
        "voided": buy(shop),
        "entry": shop.entry,
        "contest": shop.contest,
    } | {name: hold(shop, name) for name in ("held", "attached", "dismissed")}
    void_purchase(objects["voided"], audit=AuditContext())
    attach_purchase(objects["attached"], grace, audit=AuditContext())
    dismiss_rejected_purchase(objects["dismissed"], audit=AuditContext())
    client = signed_in(shop, "owner")
    assert post(client, shop.entry, "adjust", "act_used", points="7") == "done"
    before = all_rows()
    assert USED in post(client, objects[label], dialog, "act_used", **fields)
    assert all_rows() == before
    assert post(client, shop.entry, "adjust", "act_used", points="7") == "done"
    assert all_rows() == before


def test_the_record_dialog_refuses_a_used_request_id(shop: Shop) -> None:
    rejected, client = hold(shop), signed_in(shop, "owner")
    assert post(client, rejected, "dismiss", "act_used") == "done"
    assert post(client, rejected, "reopen", "act_other") == "done"
    order = {"email": "ada@example.com", "amount": "5", "currency": "USD", "purchased_at": "2026-11-01 10:00"}
    assert USED in post(client, rejected, "record", "act_used", contest=shop.contest.pk, **order)
    assert not Purchase.objects.exists()


def test_ids_sent_to_the_api_are_no_request_ids_of_the_admin(shop: Shop) -> None:
    purchase, client = buy(shop), signed_in(shop, "owner")
    refund(purchase, "1.00", "act_of_the_shop")
    adjust_points(shop.entry, 5, adjustment_id="act_of_the_shop", audit=AuditContext())
    before = all_rows()
    assert USED in post(client, purchase, "refund", "act_of_the_shop", amount="1.00")
    assert USED in post(client, shop.entry, "adjust", "act_of_the_shop", points="5")
    assert all_rows() == before


@pytest.mark.parametrize("second", ["move_selected", "void_selected"])
def test_a_bulk_action_form_cannot_be_used_for_another_action(shop: Shop, grace: Entry, second: str) -> None:
    client, purchases = signed_in(shop, "support"), [buy(shop), buy(shop)]
    url = reverse("admin:purchases_purchase_changelist")
    fields = {"confirmed": "1", "request_id": "act_used", "reason": "?", "to": "grace@example.com"}
    selection = {"_selected_action": [purchase.pk for purchase in purchases]}
    first = "void_selected" if second == "move_selected" else "move_selected"
    client.post(url, fields | selection | {"action": first})
    before = all_rows()
    assert USED in client.post(url, fields | selection | {"action": second}, follow=True).content.decode()
    assert all_rows() == before


@pytest.mark.django_db(transaction=True)
def test_of_two_concurrent_actions_with_one_id_one_is_made(shop: Shop) -> None:
    """They are on different objects, so no lock makes one wait for the other."""
    purchase, held, audit = buy(shop), hold(shop), AuditContext()

    def is_first(action: Callable[[], Any]) -> Callable[[], bool]:
        def do() -> bool:
            try:
                action()
            except RequestIdReused:
                return False
            return True

        return do

    results = at_once(
        is_first(lambda: void_purchase(purchase, audit=audit)),
        is_first(lambda: dismiss_rejected_purchase(held, audit=audit)),
        is_first(lambda: adjust_points(shop.entry, 5, adjustment_id="a", audit=audit)),
    )
    assert sum(results) == 1
    assert AuditEvent.objects.filter(pk=audit.id).count() == 1
    assert faults() == []
