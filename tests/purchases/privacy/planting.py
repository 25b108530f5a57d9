"""A person who leaves a trace everywhere: by every way in, in every note, file, answer and log."""

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.test import Client
from django.utils import timezone

from blitzrocket.accounts.models import Invitation, Membership, User
from blitzrocket.accounts.services import create_invitation
from blitzrocket.audit.context import AuditContext
from blitzrocket.emails import Email
from blitzrocket.jobs.queue import run_all_jobs
from contests.imports import create_entry_import, start_import, start_undo
from contests.models import Contest, Entry
from contests.services import create_contest, create_entry
from purchases.imports.rows import create_purchase_import
from purchases.models import Purchase, RejectedPurchase, StoreConnection
from purchases.outgoing.sending import send_events
from purchases.services import attach_purchase, dismiss_rejected_purchase, move_purchase, void_purchase
from purchases.services.recalculation import start_recalculation
from purchases.stores.connections import create_connection
from tests.purchases.outgoing.receiver import Receiver, subscribe
from tests.purchases.stores.deliveries import (
    Store,
    connect,
    shopify_order,
    stripe_event,
    stripe_session,
    woocommerce_order,
)
from tests.purchases.stores.more_deliveries import SAMPLES, deliver
from tests.support import Shop, make_shop

EMAIL, NAME, PHONE = "Zyxmarker.Person@example.com", "Zyxmarker Quuxname", "+49 171 5550192837"
MISSPELT = "zyxmarker.person@exampel.com"
MARKER = re.compile(r"zyxmarker|quuxname|5550192837", re.IGNORECASE)
NOTE = f"{NAME} ({EMAIL.lower()}, {PHONE}) wrote to us"


@dataclass
class Planted:
    """The shop with the person's entries in two contests; ``friend`` was referred by them."""

    shop: Shop
    second: Contest
    third: Contest
    entry: Entry
    friend: Entry


def plant(receiver: Receiver) -> Planted:
    shop = make_shop(advocate_points=50, friend_points=25)
    second, third = (create_contest(shop.team, title=name, slug=name, status="active") for name in ("second", "third"))
    receiver.text = f"thanks, {EMAIL} is known as {NAME}"
    _endpoint, secret = subscribe(shop, url=receiver.url)
    receiver.secrets.append(secret)
    _hold_and_reject(shop, third)
    entry, friend = _sign_up(shop, second)
    _record(shop, entry)
    _desk(shop, second, entry)
    _stores(shop)
    _imports(shop, third)
    _member(shop)
    run_all_jobs()
    while send_events():
        pass
    entry.refresh_from_db()
    return Planted(shop, second, third, entry, friend)


def call(shop: Shop, method: str, path: str, body: Any = None, *, key: str = "") -> Any:
    return Client().generic(
        method,
        f"/api/v1{path}",
        json.dumps(body).encode() if body is not None else b"",
        content_type="application/json",
        headers={"x-api-key": key or shop.private_key},
    )


def _purchases(contest: Contest) -> str:
    return f"/contests/{contest.pk}/purchases"


def _hold_and_reject(shop: Shop, third: Contest) -> None:
    order = shop.order(email=EMAIL)
    for body in (order | {"orderId": "held-1"}, order | {"orderId": "held-1", "email": EMAIL.upper()}):
        assert call(shop, "POST", _purchases(third), body).status_code == 404
    assert call(shop, "POST", _purchases(third), order | {"orderId": "bad-1", "amount": -1}).status_code == 400
    assert call(shop, "POST", _purchases(third), order | {"orderId": "bad-2", "amount": NAME}).status_code == 400
    assert call(shop, "POST", _purchases(third), order | {"orderId": "bad-3", "email": f"{EMAIL}@x"}).status_code == 400
    assert call(shop, "POST", _purchases(third), order | {"orderId": "bad-4"}, key=shop.public_key).status_code == 403
    assert call(shop, "POST", "/contests/nowhere/purchases", order | {"orderId": "bad-5"}).status_code == 404
    refund = {"orderId": "held-1", "refundId": "r-early", "amount": 5, "reason": NOTE}
    assert call(shop, "POST", f"/contests/{third.pk}/refunds", refund).status_code == 404


def _sign_up(shop: Shop, second: Contest) -> tuple[Entry, Entry]:
    person = {"email": EMAIL, "name": NAME, "phone": PHONE, "referralCode": shop.entry.referral_code}
    for contest in (shop.contest, second):
        assert call(shop, "POST", f"/contests/{contest.pk}/entries", person).status_code == 201
    entry = Entry.objects.get(contest=shop.contest, email_key=EMAIL.lower())
    create_connection(shop.contest, kind="custom", name="Form", secret="for-these-tests-only")
    friend = {"email": "friend@example.com", "referralCode": entry.referral_code}
    url, headers = f"/api/webhooks/signup/{shop.contest.pk}", {"x-webhook-secret": "for-these-tests-only"}
    for body in (friend, person):
        answer = Client().post(url, json.dumps(body), content_type="application/json", headers=headers)
        assert answer.status_code in (200, 201), answer.content
    return entry, Entry.objects.get(contest=shop.contest, email_key="friend@example.com")


def _record(shop: Shop, entry: Entry) -> None:
    path, order = _purchases(shop.contest), shop.order(email=EMAIL)
    for number in range(1, 5):
        assert call(shop, "POST", path, order | {"orderId": f"o-{number}"}).status_code == 201
    other = {"orderId": "o-1", "amount": 10, "email": "zyxmarker.other@example.com"}
    assert call(shop, "POST", path, order | other).status_code == 200
    batch = {"purchases": [order | {"orderId": f"b-{number}"} for number in range(3)]}
    assert call(shop, "POST", f"{path}/batch", batch).status_code == 200
    refund = {"orderId": "o-1", "refundId": "r-1", "amount": 20, "reason": NOTE}
    assert call(shop, "POST", f"/contests/{shop.contest.pk}/refunds", refund).status_code == 201
    second = Purchase.objects.get(contest=shop.contest, order_id="o-2")
    assert call(shop, "POST", f"{path}/{second.pk}/void", {"reason": NOTE}).status_code == 200
    adjustment = {"points": 7, "reason": NOTE, "adjustmentId": "adjust-1"}
    assert call(shop, "POST", f"/entries/{entry.pk}/points", adjustment).status_code == 200
    Purchase.objects.filter(contest=shop.contest, order_id="o-3").update(
        last_differences={"email": {"recorded": EMAIL, "received": MISSPELT}}
    )


def _desk(shop: Shop, second: Contest, entry: Entry) -> None:
    """What support does, with reasons that name the person."""
    user = User.objects.create_user("sue", is_staff=True)
    Membership.objects.create(team=shop.team, user=user, role="support")

    def audit(reason: str = NOTE) -> AuditContext:
        return AuditContext(reason=reason, user=user)

    order = shop.order(email=MISSPELT, orderId="misspelt")
    call(shop, "POST", _purchases(shop.contest), order)
    held = RejectedPurchase.objects.get(order_id="misspelt")
    attach_purchase(held, entry, audit=audit())
    other = Purchase.objects.get(contest=shop.contest, order_id="o-4")
    move_purchase(other, shop.entry, audit=audit(f"Not of {NAME}"))
    void_purchase(Purchase.objects.get(contest=shop.contest, order_id="b-0"), audit=audit())
    dismiss_rejected_purchase(RejectedPurchase.objects.get(order_id="bad-1"), audit=audit())
    call(shop, "POST", _purchases(shop.contest), shop.order(orderId="of-ada", amount=3))
    ada = Purchase.objects.get(contest=shop.contest, order_id="of-ada")
    void_purchase(ada, audit=audit(f"It was an order of {EMAIL}"))
    start_recalculation(shop.contest, shop.contest.current_rules(), days=0, audit=audit(f"{NAME} asked for it"))
    run_all_jobs()


def _stores(shop: Shop) -> None:
    """An order of the person from each store, and deliveries that can't be used, or wait."""
    customer = {"email": EMAIL, "first_name": "Zyxmarker", "last_name": "Quuxname", "phone": PHONE}
    person: dict[str, Any] = {"customer": customer}
    shopify, woocommerce, stripe = (connect(shop, kind) for kind in ("shopify", "woocommerce", "stripe"))
    shopify.deliver("orders/paid", shopify_order(email=EMAIL, **person))
    shopify.deliver("orders/paid", shopify_order(77, email=EMAIL, currency="?", total_price="?"))
    shopify.deliver("refunds/create", {"id": 5, "order_id": 424242, "note": NOTE, "transactions": []})
    shopify.deliver("customers/create", {"id": 9, **person["customer"]})
    woocommerce.deliver("order.updated", woocommerce_order(billing={"email": EMAIL, "first_name": NAME}))
    stripe.deliver(
        "checkout.session.completed",
        stripe_event("checkout.session.completed", stripe_session(customer_details={"email": EMAIL, "name": NAME})),
    )
    for sample in SAMPLES:
        connection = create_connection(shop.contest, kind=sample.kind, name=sample.kind, secret=sample.secret)
        body = json.loads(json.dumps(sample.order).replace("ada@example.com", EMAIL))
        answer = deliver(Store(shop, connection), body)
        assert answer.status_code == 200, answer.content
    custom = StoreConnection.objects.get(contest=shop.contest, kind="custom")
    assert custom.pk


def _imports(shop: Shop, third: Contest) -> None:
    """Imported, undone, and only checked files."""
    people = f"email,name,phone,referred by\n{EMAIL},{NAME},{PHONE},\nnext@example.com,Next,,\n"
    orders = (
        "order id,email,amount,currency,purchased at,points given\n"
        f"past-1,{EMAIL},20.00,USD,2025-11-20 18:00:00 +0100,20\n"
    )
    entries = create_entry_import(shop.contest, f"{EMAIL}.csv", people.encode(), by=None)
    start_import(entries, audit=AuditContext())
    run_all_jobs()
    past = create_purchase_import(shop.contest, "past.csv", orders.encode(), adds_points=True, by=None)
    start_import(past, audit=AuditContext())
    run_all_jobs()
    start_undo(past, audit=AuditContext(reason=NOTE))
    run_all_jobs()
    create_entry_import(third, "later.csv", people.encode(), by=None)
    create_purchase_import(third, "later.csv", orders.encode(), adds_points=False, by=None)


def _member(shop: Shop) -> None:
    """They were a member of the team for a while, with a login of their own."""
    owner = User.objects.create_user("olga", is_staff=True)
    Membership.objects.create(team=shop.team, user=owner, role="owner")
    invitation, _token = create_invitation(shop.team, Email.parse(EMAIL), "support", audit=AuditContext(user=owner))
    user = User.objects.create_user(
        EMAIL, email=EMAIL, password="for-these-tests-only", first_name="Zyxmarker", last_name="Quuxname", is_staff=True
    )
    Invitation.objects.filter(pk=invitation.pk).update(accepted_at=timezone.now(), accepted_by=user)
    client = Client(HTTP_USER_AGENT=f"Browser of {NAME}")
    client.post("/admin/login/", {"username": EMAIL, "password": "for-these-tests-only"})
    Client().post("/admin/login/", {"username": EMAIL, "password": "wrong"})
    client.post("/admin/password/forgot/", {"email": EMAIL})


def figures(shop: Shop) -> dict[str, Any]:
    """What must stay as it is: points, orders and lines of all entries of the team."""
    contests = Contest.objects.filter(team=shop.team)
    entries = Entry.objects.filter(contest__in=contests)
    purchases = Purchase.objects.filter(contest__in=contests)
    columns = ("order_id", "amount", "currency", "status", "points_awarded", "points_now", "refunded_amount", "scoring")
    return {
        "entries": sorted(entries.values_list("pk", "points", "line_count", "points_since")),
        "purchases": sorted(purchases.values_list("pk", *columns[:-1])),
        "ledger": sorted(
            row for entry in entries for row in entry.ledger.values_list("pk", "kind", "points", "balance", "number")
        ),
        "total": sum((row.amount for row in purchases), Decimal(0)),
    }


def another_person(contest: Contest) -> Entry:
    """Someone with the same name."""
    return create_entry(contest, "namesake@example.com", name=NAME)
