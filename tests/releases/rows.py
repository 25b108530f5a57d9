"""The rows of a release's database: an order in each of its states, and a row of each kind, written by the services."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from apikeys.models import ApiKey
from blitzrocket.accounts.models import (
    Membership,
    PasswordLink,
    PasswordLinkRequest,
    RecoveryCode,
    SecondFactor,
    Session,
    TrustedBrowser,
    User,
)
from blitzrocket.accounts.models.sign_in import SignInFailures
from blitzrocket.accounts.services import accept_invitation, create_invitation, revoke_invitation
from blitzrocket.audit.context import AuditContext
from blitzrocket.emails import Email, Phone
from blitzrocket.jobs.chores import THREADS, do_due_chores
from blitzrocket.jobs.models import Job
from blitzrocket.jobs.queue import run_all_jobs
from blitzrocket.strict_json import write
from blitzrocket.tokens import digest_of
from contests.imports import create_entry_import, start_import, start_undo
from contests.models import Contest, Entry, EntryImport
from contests.services import (
    NewEntry,
    adjust_points,
    copy_contest,
    create_contest,
    create_entry,
    enter,
    publish_rules,
    terms_as_edited,
    update_entry,
)
from contests.services.referrals import remove_referral_points
from purchases.imports.rows import create_purchase_import
from purchases.models import (
    EventKind,
    OutgoingEvent,
    PendingRefund,
    Purchase,
    PurchaseImport,
    RejectedPurchase,
    RetentionGap,
)
from purchases.models.webhooks import stored_request
from purchases.outgoing.endpoints import add_endpoint, pause
from purchases.services import (
    EntryMissing,
    NewPurchase,
    NewRefund,
    PurchaseNotFound,
    RefundRefused,
    Rejection,
    attach_purchase,
    count_rejection,
    detach_purchase,
    dismiss_refund,
    dismiss_rejected_purchase,
    move_purchase,
    record_rejected_purchase,
    record_rejection,
    refund_order,
    release_held_purchases,
    reopen_rejected_purchase,
    restore_purchase,
    save_malformed_refund,
    void_purchase,
)
from purchases.services.backtest import start_backtest
from purchases.services.recalculation import start_recalculation, undo_recalculation
from purchases.stores.connections import create_connection
from purchases.stores.delivery_rows import keep, new_delivery
from purchases.stores.flow import process
from purchases.stores.provider import Delivery
from tests.clock import START, Clock
from tests.purchases.stores.deliveries import both, shopify_order, shopify_refund, stripe_charge, stripe_event
from tests.releases.keys import PRIVATE_KEY, PUBLIC_KEY
from tests.support import Shop, make_shop, record, set_rules

PAST_ORDERS = "order id,email,amount,currency,purchased at,points given\n"
NO_PASSWORD = "!"
Code = RejectedPurchase.Code


def fill(clock: Clock) -> None:
    """Write the rows into an empty database, while ``clock`` is the time."""
    shop = make_shop()
    by_owner = AuditContext(user=make_team(shop), reason="Asked by the customer")
    for step in (
        record_by_first_rules,
        record_by_many_rules,
        record_without_points,
        change_orders,
        hold_orders,
        reject_orders,
        send_refunds,
        change_entries,
        import_entries,
        import_past_orders,
        connect_stores,
        tell_webhooks,
        recalculate,
        leave_work,
    ):
        clock.go(hours=7)
        step(shop, clock, by_owner)
    clock.go(days=1)
    do_due_chores([chore for chores in THREADS.values() for chore in chores])
    # After the chores, which delete old ones by the database's clock.
    leave_logins(clock)
    SignInFailures.objects.create(address="203.0.113.7", username="owner", times=[clock.at], last_at=clock.at)


# Who there is


def make_team(shop: Shop) -> User:
    shop.team.name = "Corner shop"
    shop.team.save()
    set_secret(shop.keys["private"], PRIVATE_KEY)
    set_secret(shop.keys["public"], PUBLIC_KEY)
    owner, support, _admin = (make_user(name, is_superuser=name == "admin") for name in ("owner", "support", "admin"))
    Membership.objects.create(team=shop.team, user=owner, role=Membership.Role.OWNER)
    invite(shop, owner, support)
    revoked = ApiKey(team=shop.team, kind=ApiKey.Kind.PRIVATE, name="old web shop", rate_limit=60, created_by=owner)
    set_secret(revoked, PRIVATE_KEY.replace("0", "1"))
    revoked.revoke()
    return owner


def set_secret(key: ApiKey, secret: str) -> None:
    key.new_secret()
    key.prefix, key.digest = secret[: len(key.prefix)], digest_of(secret)
    key.save()


def make_user(name: str, *, is_superuser: bool) -> User:
    user = User(username=name, email=f"{name}@example.com", is_staff=True, is_superuser=is_superuser)
    user.password = NO_PASSWORD
    user.save()
    return user


def invite(shop: Shop, owner: User, support: User) -> None:
    """One invitation that is accepted, one that is revoked, and an open one."""
    invitations = []
    for name in ("support", "former", "new"):
        audit = AuditContext(user=owner)
        invitations.append(create_invitation(shop.team, Email.parse(f"{name}@example.com"), "support", audit=audit)[0])
    accept_invitation(invitations[0], support)
    revoke_invitation(invitations[1], audit=AuditContext(user=owner))


# Recorded orders


def record_by_first_rules(shop: Shop, clock: Clock, audit: AuditContext) -> None:
    """Orders by a contest's first rules, one of them received three times."""
    record(shop, order_id="#1001")
    for amount in ("49.99", "94.99"):
        record(shop, amount, order_id="#1001")
    record(shop, "10.00", order_id="#1002", purchased_at=clock.at - timedelta(days=3))


def record_by_many_rules(shop: Shop, clock: Clock, audit: AuditContext) -> None:
    """Orders by rules with each kind of condition, and with caps."""
    for name in ("grace", "linus"):
        create_entry(shop.contest, f"{name}@example.com", name=name.title())
    set_rules(
        shop.contest,
        {"points_per_unit": 1},
        {
            "points_per_unit": Decimal("2.5"),
            "fixed_points": 5,
            "currency": "EUR",
            "valid_from": START - timedelta(days=1),
            "valid_until": START + timedelta(days=30),
        },
        {"points_per_unit": 0, "fixed_points": 100, "first_purchase_only": True},
        {"points_per_unit": 0, "fixed_points": 7, "amount_from": 50, "amount_to": Decimal("99.99")},
        {"points_per_unit": 3, "is_active": False},
        rounding="down",
        cap_per_purchase=400,
        cap_per_entry=1000,
    )
    grace = Email.parse("grace@example.com")
    record(shop, "80.00", order_id="#1003", email=grace, currency="EUR")
    record(shop, "60.99", order_id="#1004", email=grace)
    record(shop, "450.00", order_id="#1005")
    record(shop, "350.00", order_id="#1006")
    record(shop, "300.00", order_id="#1007")
    record(shop, "1500", order_id="#1008", email=grace, currency="JPY")
    record(shop, "12.345", order_id="#1009", email=grace, currency="KWD")
    record(shop, "25.00", order_id="#1010", email=grace)
    record(shop, "26.00", order_id="#1011", email=grace)


def record_without_points(shop: Shop, clock: Clock, audit: AuditContext) -> None:
    """Orders that earned nothing, for each reason."""
    for order_id, fields in (
        ("#1101", {"status": Contest.Status.PAUSED}),
        ("#1102", {"tracking_enabled": False}),
        ("#1103", {"starts_at": clock.at + timedelta(days=1)}),
        ("#1104", {"ends_at": clock.at}),
    ):
        before = {name: getattr(shop.contest, name) for name in fields}
        Contest.objects.filter(pk=shop.contest.pk).update(**fields)
        record(shop, "20.00", order_id=order_id)
        Contest.objects.filter(pk=shop.contest.pk).update(**before)
    linus = Entry.objects.get(contest=shop.contest, email="linus@example.com")
    update_entry(linus, {"is_disqualified": True}, audit=audit)
    record(shop, "20.00", order_id="#1105", email=Email.parse(linus.email))
    record(shop, "0.50", order_id="#1106", email=Email.parse("grace@example.com"))


def change_orders(shop: Shop, clock: Clock, audit: AuditContext) -> None:
    """Refunds in part and in full, a void, a restored order, a moved one."""
    refund(shop, "#1004", "20.00")
    refund(shop, "#1004", "10.00", refund_id="r2")
    refund(shop, "#1003")
    void_purchase(order(shop, "#1005"), audit=audit.follow_up())
    refund(shop, "#1010", "5.00")
    void_purchase(order(shop, "#1010"), audit=audit.follow_up())
    restore_purchase(order(shop, "#1010"), audit=audit.follow_up())
    move_purchase(order(shop, "#1011"), shop.entry, audit=audit.follow_up())


# Orders and refunds that wait or were refused


def hold_orders(shop: Shop, clock: Clock, audit: AuditContext) -> None:
    """Held orders: recorded when their entry came, attached, detached again, and two that wait."""
    hold(shop, "#2001", "early@example.com")
    clock.go(hours=1)
    hold(shop, "#2001", "early@example.com", purchased_at=clock.at)
    release_held_purchases(create_entry(shop.contest, "early@example.com", name="Early"))
    attach_purchase(hold(shop, "#2002", "ada@mistyped.example"), shop.entry, audit=audit.follow_up())
    detached = hold(shop, "#2003", "grace@mistyped.example")
    attach_purchase(detached, shop.entry, audit=audit.follow_up())
    detach_purchase(detached, audit=audit.follow_up())
    hold(shop, "#2004", "late@example.com")
    hold(shop, "#2005", "late@example.com", amount="20.00")


def reject_orders(shop: Shop, clock: Clock, audit: AuditContext) -> None:
    """Rejected orders of each code: open, dismissed, reopened and recorded by hand; and another team's."""
    other = make_shop("ada@example.com", title="Reading", slug="reading")
    other.team.name = "Book club"
    other.team.save()
    set_secret(other.keys["private"], PRIVATE_KEY.replace("0", "2"))
    set_secret(other.keys["public"], PUBLIC_KEY.replace("0", "2"))
    for number, code in enumerate((Code.INVALID, Code.AMOUNT, Code.CONTEST, Code.PUBLIC_KEY, Code.PARAMETER), start=1):
        reject(shop, shop.keys["private"], f"#300{number}", code)
    reject(shop, other.keys["private"], "#3006", Code.CONTEST)
    dismiss_rejected_purchase(rejected(shop, "#3001"), audit=audit.follow_up())
    dismiss_rejected_purchase(rejected(shop, "#3002"), audit=audit.follow_up())
    reopen_rejected_purchase(rejected(shop, "#3002"), audit=audit.follow_up())
    corrected = NewPurchase(
        email=Email.parse(shop.entry.email),
        order_id="#3004",
        amount=Decimal("30.00"),
        currency="USD",
        purchased_at=clock.at,
    )
    record_rejected_purchase(rejected(shop, "#3004"), shop.contest, corrected, audit=audit.follow_up())
    count_rejection("too_many_rejected", shop.keys["private"], clock.at)
    RetentionGap.objects.create(contest=other.contest, since=clock.at, held_deleted=3, held_deleted_at=clock.at)


def send_refunds(shop: Shop, clock: Clock, audit: AuditContext) -> None:
    """Refunds before their order: one still pending, one applied since; refused and unreadable ones."""
    refund(shop, "#4001", "5.00")
    refund(shop, "#4002", "5.00")
    record(shop, "15.00", order_id="#4002")
    refund(shop, "#1002", "999.00")
    refund(shop, "#1002", "1.00", refund_id="in-euro", currency="EUR")
    dismiss_refund(PendingRefund.objects.get(contest=shop.contest, refund_id="in-euro"), audit=audit.follow_up())
    unreadable = NewRefund(refund_id="r9", received_at=clock.at)
    by_key = AuditContext(api_key=shop.keys["private"])
    save_malformed_refund(shop.contest, "#1002", unreadable, by_key, "The amount must be a JSON number.")


# Entries, files and background work


def change_entries(shop: Shop, clock: Clock, audit: AuditContext) -> None:
    adjust_points(shop.entry, 120, adjustment_id="opening", audit=audit.follow_up())
    adjust_points(shop.entry, -20, adjustment_id="mistake", audit=audit.follow_up())
    shop.entry.refresh_from_db()
    referred = NewEntry(
        email=Email.parse("friend@example.com"),
        phone=Phone.parse("+49 30 1234567"),
        name="Friend",
        referral_code=shop.entry.referral_code,
        email_confirmed=False,
    )
    friend, _existed = enter(shop.contest, referred, audit=audit.follow_up())
    shop.contest.advocate_points, shop.contest.friend_points = 50, 25
    shop.contest.save(update_fields=["advocate_points", "friend_points"])
    for name in ("second.friend", "false.friend"):
        enter(shop.contest, replace(referred, email=Email.parse(f"{name}@example.com")), audit=audit.follow_up())
    remove_referral_points(Entry.objects.latest("pk"), audit=audit.follow_up())
    changes = {"email": Email.parse("new.friend@example.com"), "name": "New Friend"}
    update_entry(friend, changes, audit=audit.follow_up())


def import_entries(shop: Shop, clock: Clock, audit: AuditContext) -> None:
    """A file that is imported, one that is undone, and one that is only checked."""
    for name in ("ready", "undone", "imported"):
        text = f"email,name,points,shoe size\n{name}@example.com,{name.title()},30,38\nnot an address,,,\n"
        entry_import = create_entry_import(shop.contest, f"{name}.csv", text.encode(), by=audit.user)
        if name != "ready":
            run_import(entry_import, audit)
        if name == "undone":
            undo_import(entry_import, audit)


def import_past_orders(shop: Shop, clock: Clock, audit: AuditContext) -> None:
    """Past orders whose points are part of the balance, or are added; undone, and imported again."""
    dates = "2025-11-20 18:00:00 +0100"
    for name, orders in {
        "included": ("#0001", "#0002"),
        "added": ("#0003",),
        "undone": ("#0004", "#0005"),
        "again": ("#0005",),
    }.items():
        rows = "".join(f"{order_id},ada@example.com,40.00,USD,{dates},40\n" for order_id in orders)
        data = (PAST_ORDERS + rows + f"#0009,nobody@example.com,1,USD,{dates},1\n").encode()
        purchase_import = create_purchase_import(
            shop.contest, f"{name}.csv", data, adds_points=name != "included", by=audit.user
        )
        run_import(purchase_import, audit)
        if name == "undone":
            undo_import(purchase_import, audit)
    refund(shop, "#0001", "10.00")


def connect_stores(shop: Shop, clock: Clock, audit: AuditContext) -> None:
    """Stores, one of them paused; an order with its edit and refund, and deliveries of each other outcome."""
    shopify, paused = (
        create_connection(shop.contest, kind=kind, name=kind.title(), secret="", user=audit.user)
        for kind in ("shopify", "stripe")
    )
    paused.secret, paused.previous_secret, paused.previous_secret_until = "unreadable", "unreadable", clock.at
    paused.is_active = False
    paused.save()
    paid, refunded = shopify_order(6001, name="#6001"), shopify_refund(7001, "20.00", 6001)
    for store, topic, body in (
        (shopify, "orders/paid", paid),
        (shopify, "orders/updated", paid | {"current_total_price": "70.00", "current_total_price_set": both("70.00")}),
        (shopify, "refunds/create", refunded),
        (shopify, "refunds/create", refunded | {"id": 7002, "order_id": 6002}),
        (shopify, "orders/edited", {}),
        (shopify, "orders/paid", paid | {"id": 6003, "test": True}),
        (shopify, "orders/paid", paid | {"id": 6004, "total_price": "a lot"}),
        (paused, "charge.refunded", stripe_event("charge.refunded", stripe_charge(500))),
    ):
        delivery = Delivery(write(body), {"x-shopify-topic": topic}, clock.go(minutes=1))
        process(store, keep(store, new_delivery(delivery, str(clock.at), topic)))


def tell_webhooks(shop: Shop, clock: Clock, audit: AuditContext) -> None:
    """A webhook that works, one that fails and a paused one, with events of orders and points in each state."""
    working, failing, paused = (
        add_endpoint(
            shop.contest,
            name=name,
            url=f"https://{name.lower()}.example.com/",
            kinds=EventKind.values,
            audit=audit.follow_up(),
        )[0]
        for name in ("CRM", "Warehouse", "Newsletter")
    )
    working.last_sent_at, failing.failing_since = clock.at, clock.at
    for endpoint in (working, failing, paused):
        endpoint.secret = "unreadable"
        endpoint.save()
    working.previous_secret, working.previous_secret_until = "unreadable", clock.at
    working.save()
    record(shop, "12.00", order_id="#4501")
    refund(shop, "#4501", "2.00")
    record(shop, "13.00", order_id="#4502")
    void_purchase(order(shop, "#4502"), audit=audit.follow_up())
    hold(shop, "#4503", "late@example.com")
    adjust_points(shop.entry, 5, adjustment_id="told", audit=audit.follow_up())
    pause(paused, audit=audit.follow_up())
    finish_events(working.pk, OutgoingEvent.State.SENT, 204, "")
    finish_events(failing.pk, OutgoingEvent.State.FAILED, None, "No response within 10 seconds.")


def finish_events(endpoint_id: str, state: OutgoingEvent.State, status: int | None, response: str) -> None:
    """All events of an endpoint but the first one, which waits."""
    for event in OutgoingEvent.objects.filter(endpoint_id=endpoint_id).order_by("id")[1:]:
        now = timezone.now()
        event.state, event.tries, event.finished_at = state, 1, now
        event.attempts = [stored_request(now, status=status, milliseconds=120, response=response)]
        event.save()


def recalculate(shop: Shop, clock: Clock, audit: AuditContext) -> None:
    """A recalculation that is undone, one that is not, a backtest, and orders by the last rules."""
    set_rules(shop.contest, {"points_per_unit": 2}, rounding="nearest", cap_per_purchase=None, cap_per_entry=None)
    start_backtest(shop.contest, terms_as_edited(shop.contest), days=0, by=audit.user)
    recalculation = start_recalculation(shop.contest, current_rules(shop), days=0, audit=audit.follow_up())
    run_all_jobs()
    undo_recalculation(recalculation, audit=audit.follow_up())
    run_all_jobs()
    shop.contest.rules.create(points_per_unit=0, fixed_points=3)
    publish_rules(shop.contest, by=audit.user)
    start_recalculation(shop.contest, current_rules(shop), days=2, audit=audit.follow_up())
    run_all_jobs()
    refund(shop, "#2002", "2.50")
    record(shop, "33.33", order_id="#5001", email=Email.parse("grace@example.com"))
    record(shop, "10.00", order_id="#5002", email=Email.parse("grace@example.com"))


def leave_work(shop: Shop, clock: Clock, audit: AuditContext) -> None:
    """A job that waits in a contest of its own, beside a cancelled and a failed one; and a draft contest."""
    copy_contest(shop.contest, "Winter", keeps_dates=True, audit=audit.follow_up())
    autumn = create_contest(shop.team, by=audit.user, title="Autumn", slug="autumn", status=Contest.Status.ACTIVE)
    entry = create_entry(autumn, "ada@example.com", name="Ada")
    record(Shop(shop.team, autumn, entry, "", "", shop.keys), "10.00", order_id="#1001")
    set_rules(autumn, {"points_per_unit": 3})
    for state in (Job.State.CANCELLED, Job.State.FAILED):
        job = start_backtest(autumn, terms_as_edited(autumn), days=7, by=audit.user)
        problem = "Something went wrong." if state == Job.State.FAILED else ""
        Job.objects.filter(pk=job.pk).update(state=state, problem=problem, finished_at=timezone.now())
    autumn.refresh_from_db()
    start_recalculation(autumn, autumn.current_rules(), days=0, audit=audit.follow_up())


# In one line each


def leave_logins(clock: Clock) -> None:
    """A session, two-step verification with a recovery code and a trusted browser, a password link and a request."""
    user, later = User.objects.get(username="owner"), clock.at + timedelta(days=1)
    Session.objects.create(
        session_key="s" * 32, expire_date=later, user=user, started_at=clock.at, last_used_at=clock.at
    )
    SecondFactor.objects.create(user=user, secret="unreadable")
    for model, fields in (
        (RecoveryCode, {}),
        (TrustedBrowser, {"expires_at": later}),
        (PasswordLink, {"expires_at": later}),
    ):
        model.objects.create(user=user, digest=digest_of(model.__name__), **fields)
    PasswordLinkRequest.objects.create(email="owner@example.com")


def order(shop: Shop, order_id: str) -> Purchase:
    return Purchase.objects.get(contest=shop.contest, order_id=order_id)


def rejected(shop: Shop, order_id: str) -> RejectedPurchase:
    return RejectedPurchase.objects.get(contest_sent=shop.contest.pk, order_id=order_id)


def current_rules(shop: Shop) -> Any:
    return Contest.objects.get(pk=shop.contest.pk).current_rules()


def hold(shop: Shop, order_id: str, email: str, amount: str = "10.00", **fields: Any) -> RejectedPurchase:
    with suppress(EntryMissing):
        record(shop, amount, order_id=order_id, email=Email.parse(email), **fields)
    return rejected(shop, order_id)


def reject(shop: Shop, api_key: ApiKey, order_id: str, code: str) -> None:
    rejection = Rejection(
        api_key=api_key,
        contest_sent=shop.contest.pk,
        contest=shop.contest if api_key.team_id == shop.team.pk else None,
        order_id=order_id,
        code=code,
        email=shop.entry.email,
        amount="-1",
        currency="USD",
        details=[{"field": "amount", "message": "The amount must be greater than 0."}],
    )
    record_rejection(rejection, timezone.now())


def refund(shop: Shop, order_id: str, amount: str | None = None, refund_id: str = "r1", currency: str = "") -> None:
    with suppress(PurchaseNotFound, RefundRefused):
        refund_order(
            shop.contest,
            order_id,
            refund_id=refund_id,
            amount=None if amount is None else Decimal(amount),
            currency=currency,
            audit=AuditContext(reason="Sent back", api_key=shop.keys["private"]),
            received_at=timezone.now(),
        )


def run_import(file_import: EntryImport | PurchaseImport, audit: AuditContext) -> None:
    start_import(file_import, audit=audit.follow_up())
    run_all_jobs()


def undo_import(file_import: EntryImport | PurchaseImport, audit: AuditContext) -> None:
    file_import.refresh_from_db()
    start_undo(file_import, audit=audit.follow_up())
    run_all_jobs()
