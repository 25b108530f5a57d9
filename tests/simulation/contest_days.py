"""What owner and support do in the evenings, in the admin: rules, imports, stores, webhooks, keys, members, exports.

Each act is done as a browser does it, and says what the model makes of it.
"""

import csv
import io
import re
import time
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from django.contrib.admin.utils import quote

from apikeys.models import ApiKey
from blitzrocket.jobs.models import Job
from contests.models import Contest, Entry, EntryImport, PointTransaction
from purchases.models import (
    PendingRefund,
    PurchaseImport,
    Recalculation,
    StoreConnection,
    StoreDelivery,
)
from tests.contests.rules_form import form as rules_form
from tests.contests.rules_form import settings_form
from tests.purchases.stores.deliveries import SECRET, shopify_order
from tests.purchases.stores.order_files import SHOPIFY, shopify_row
from tests.simulation.account import FIRST_PURCHASE, MOST_A_PURCHASE, Account, Order
from tests.simulation.calls import HiddenFields, Unexpected, url_of
from tests.simulation.people import World, expect
from tests.simulation.setting_up import ADVOCATE, FRIEND

JOB_SECONDS = 120

# Rules and points


def double_the_points(world: World, contest: Contest) -> None:
    """From the next day on, a purchase earns twice as much."""
    path = contest_url(contest, "rules")
    hidden = HiddenFields(world.desk().page(path)).values
    per_unit, first = contest.rules.order_by("-points_per_unit")
    rules = [
        {"id": per_unit.pk, "points_per_unit": "2"},
        {"id": first.pk, "points_per_unit": "0", "fixed_points": str(FIRST_PURCHASE), "first_purchase_only": "on"},
    ]
    contest.refresh_from_db()
    form = rules_form(SimpleNamespace(contest=contest), *rules, cap_per_purchase=str(MOST_A_PURCHASE))  # type: ignore[arg-type]
    fields = {name: hidden[name] for name in ("csrfmiddlewaretoken", "seen", "zone") if name in hidden}
    response = world.desk().post(path, form | fields)
    expect(response.status_code == 302, "the rules were not published")
    world.points_per_unit = 2


def recalculate_and_undo(world: World, contest: Contest) -> None:
    """All purchases are scored by the new rules, and get back what they had."""
    start_recalculation(world, contest)
    recalculation = Recalculation.objects.filter(contest=contest).latest("created_at")
    path = contest_url(contest, "recalculate") + f"{recalculation.pk}/"
    world.desk().submit(path, reason="A mistake", undo="1")
    wait_for_jobs()
    world.log("undone")


def recalculate(world: World, contest: Contest) -> None:
    start_recalculation(world, contest)
    for account in world.accounts():
        for order in account.orders.values():
            if not order.is_voided:
                order.points_per_unit = world.points_per_unit
                order.points = order.worth()


def start_recalculation(world: World, contest: Contest) -> None:
    path = contest_url(contest, "recalculate")
    preview = world.desk().submit(path, look="1", days="0").headers["Location"]
    wait_for_jobs()
    query = preview.partition("?")[2]
    world.desk().submit(f"{path}?{query}", confirm="1", reason="As announced")
    wait_for_jobs()
    world.log("recalculated")


def refer_and_take_back(world: World, contest: Contest) -> None:
    """Two friends of the heir sign up; the points of the second are taken back."""
    heir = Entry.objects.get(contest=contest, email=world.heir.email)
    for number in (1, 2):
        email = f"friend-{number}@example.com"
        body = {"email": email, "referralCode": heir.referral_code, "emailConfirmed": True}
        answer = world.api().hook(f"/signup/{contest.pk}", body)
        expect(answer["pointsAwarded"] == {"advocate": ADVOCATE, "friend": FRIEND}, f"{email}: {answer}")
        if number == 1:
            world.heir.referral_points += ADVOCATE
        world.others.append(Account(email, has_entry=True, referral_points=FRIEND if number == 1 else 0))
    world.desk().act(url_of("contests/entry", answer["entryId"], "remove_referral"))
    for _ in ("advocate", "friend"):
        world.log("adjusted")


# Imports


def import_entries(world: World, contest: Contest) -> None:
    rows = "".join(f"imported-{number}@example.com,Imported {number},{number * 10}\n" for number in (1, 2, 3))
    run_import(world, contest, "import", "email,name,points\n" + rows)
    for number in (1, 2, 3):
        account = Account(
            f"imported-{number}@example.com",
            has_entry=True,
            adjustments={"import": number * 10},
            untold_points=number * 10,
        )
        world.others.append(account)


def import_entries_and_undo(world: World, contest: Contest) -> None:
    pk = run_import(world, contest, "import", "email,name,points\nwrong@example.com,Wrong,5\n")
    world.desk().download(contest_url(contest, "imports") + f"{pk}/errors/")
    undo_import(world, contest, "import", pk)
    world.others.append(Account("wrong@example.com", has_entry=True))  # the entry stays, its points are gone


def import_orders(world: World, contest: Contest) -> None:
    """Past orders of the Shopify shop: two new ones of the heir, and one that came by its webhook already."""
    orders = [Order(number, str(8_000_000 + number), "import", Decimal("20.00"), "USD") for number in (1, 2)]
    delivered = [
        order for account in world.accounts() for order in account.orders.values() if order.source == "shopify"
    ]
    rows = [
        shopify_row(id=order.order_id, name=f"#{order.number}", email=world.heir.email, total="20.00")
        for order in orders
    ]
    rows += [
        shopify_row(id=order.order_id, name=f"#{order.number}", total=f"{order.amount}") for order in delivered[:1]
    ]
    run_import(world, contest, "purchaseimport", SHOPIFY + "".join(rows), world.api().target.connections["shopify"])
    for order in orders:
        world.heir.buy(order, world.points_per_unit)
        world.heir.untold_points += order.points


def import_orders_and_undo(world: World, contest: Contest) -> None:
    """An order of the heir is voided again; one of somebody without an entry, which was on hold, is dismissed."""
    order = Order(3, "8000003", "import", Decimal("20.00"), "USD")
    row = shopify_row(id=order.order_id, name="#3", email=world.heir.email, total="20.00")
    late = Account("late@example.com")
    row += shopify_row(id="8000004", name="#4", email=late.email, total="20.00")
    store = world.api().target.connections["shopify"]
    pk = run_import(world, contest, "purchaseimport", SHOPIFY + row, store)
    world.desk().download(contest_url(contest, "purchaseimports") + f"{pk}/errors/")
    world.heir.buy(order, world.points_per_unit)
    undo_import(world, contest, "purchaseimport", pk)
    order.void()
    late.dismissed["8000004"] = Order(4, "8000004", "import", Decimal("20.00"), "USD")
    world.others.append(late)


def run_import(world: World, contest: Contest, kind: str, content: str, connection: str = "") -> str:
    """Upload a file, look at its rows and start: the id of the import."""
    model = EntryImport if kind == "import" else PurchaseImport
    files = {"file": ("rows.csv", content.encode(), "text/csv")}
    world.desk().submit(contest_url(contest, f"{kind}s") + f"?connection={connection}", files=files)
    pk = str(model._default_manager.filter(contest=contest).latest("id").pk)
    world.desk().submit(contest_url(contest, f"{kind}s") + f"{pk}/", "start/")
    wait_for_jobs()
    world.log("imported")
    return pk


def undo_import(world: World, contest: Contest, kind: str, pk: str) -> None:
    world.desk().submit(contest_url(contest, f"{kind}s") + f"{pk}/", "undo/", reason="The wrong file")
    wait_for_jobs()


def choose_what_an_import_adds(world: World, contest: Contest) -> None:
    """A file with points that were given elsewhere is looked at, and not imported."""
    heading, row = (
        "order id,email,amount,currency,purchased at,points given",
        "old-1,heir@example.com,5,USD,2026-01-05,5",
    )
    files = {"file": ("points.csv", f"{heading}\n{row}\n".encode(), "text/csv")}
    path = contest_url(contest, "purchaseimports")
    world.desk().submit(path, files=files)
    pk = PurchaseImport.objects.filter(contest=contest).latest("id").pk
    world.desk().submit(f"{path}{pk}/", "points/", adds_points="yes")
    expect(PurchaseImport.objects.get(contest=contest, pk=pk).adds_points, "the choice was not kept")


# Stores


def handle_an_unusable_delivery(world: World, contest: Contest) -> None:
    """An order without an amount is dismissed, reopened, tried again and dismissed for good."""
    body = shopify_order(9_000_000, name="#9", email=world.heir.email, total_price="", total_price_set=None)
    world.stores().deliver("shopify", "orders/paid", body)
    delivery = StoreDelivery.objects.get(contest=contest, state=StoreDelivery.State.UNUSABLE)
    world.desk().page(url_of("purchases/storedelivery", delivery.pk))
    world.desk().download(url_of("purchases/storedelivery", delivery.pk, "body"))
    world.log("exported")
    world.desk().submit("/purchases/storedelivery/retry/", with_unusable="on", reason="Settings were changed")
    world.log("retried")
    for action, logged in (
        ("dismiss", "dismissed"),
        ("reopen", "reopened"),
        ("retry", "retried"),
        ("dismiss", "dismissed"),
    ):
        world.desk().act(url_of("purchases/storedelivery", delivery.pk, action))
        world.log(logged)


def pause_and_change_a_store(world: World, contest: Contest) -> None:
    """A new connection is made, paused, resumed, gets another secret, and is removed."""
    path = contest_url(contest, "stores") + "add/?store=woocommerce"
    world.desk().submit(path, name="Second shop", secret=SECRET, option_amount="total")
    pk = StoreConnection.objects.get(contest=contest, name="Second shop").pk
    page = url_of("purchases/storeconnection", pk)
    world.desk().page(url_of("purchases/storeconnection", pk, "status"))
    world.desk().submit(page, name="Second shop of ours", option_amount="without_shipping")
    for action in ("pause", "resume"):
        world.desk().act(url_of("purchases/storeconnection", pk, action))
    world.desk().submit(page, "../secret/", secret="another-secret-of-the-shop")
    for action in ("end_overlap", "remove"):
        world.desk().act(url_of("purchases/storeconnection", pk, action))
    for action in ("paused", "resumed", "secret_replaced"):
        world.log(action)


# Refunds, keys, members, reports


def dismiss_and_reopen_a_refund(world: World, contest: Contest) -> None:
    """One whose order never comes."""
    order_id, refund_id, amount = f"never-{world.points_per_unit}", "refund-0", Decimal("5.00")
    body = {"orderId": order_id, "refundId": refund_id, "amount": float(amount)}
    world.api().post("/contests/:contest/refunds", body, accepted=(404,))
    world.heir.refund_early(order_id, refund_id, amount)
    refund = PendingRefund.objects.get(contest=contest, order_id=order_id)
    for action, logged in (("dismiss", "dismissed"), ("reopen", "reopened")):
        world.desk().act(url_of("purchases/pendingrefund", refund.pk, action))
        world.log(logged)


def change_the_key(world: World, contest: Contest) -> None:
    """From now on another key is used, and the first is revoked."""
    first = ApiKey.objects.get(team=contest.team_id, name="Shop")
    form: dict[str, Any] = {"team": contest.team_id, "kind": "private", "name": "Second key", "rate_limit": "1000000"}
    response = world.desk().submit("/apikeys/apikey/add/", **form)
    match = re.search(r"\bbrk_priv_\w+", response.text)
    if match is None:
        raise Unexpected("the new key is not shown")
    world.api().target.key = match[0]
    world.desk().submit(url_of("apikeys/apikey", first.pk), name="Old key", rate_limit="1000000")
    world.desk().act(url_of("apikeys/apikey", first.pk, "revoke"))


def copy_the_contest(world: World, contest: Contest) -> None:
    """The copy has rules of its own: one more, and only for some currencies."""
    world.desk().act(contest_url(contest, "copy"), title="The next two weeks")
    copy = Contest.objects.get(team=contest.team_id, title="The next two weeks")
    rules = contest_url(copy, "rules")
    world.desk().submit(rules, "add/", currency="EUR")
    world.desk().submit(rules, "../limit_currency/", currency="USD")
    form: dict[str, Any] = settings_form(SimpleNamespace(contest=copy), title=copy.title, description="After Christmas")  # type: ignore[arg-type]
    world.desk().submit(contest_url(copy, "change"), **form)
    copy.refresh_from_db()
    expect(copy.description == "After Christmas", "the settings were not saved")
    form |= {"title": "A third", "slug": "a-third", "team": str(contest.team_id), "is_evergreen": "on", "id": "a-third"}
    world.desk().submit("/contests/contest/add/", **form)
    expect(Contest.objects.filter(team=contest.team_id, title="A third").exists(), "the contest was not added")


def try_rules(world: World, contest: Contest) -> None:
    """The live preview and a backtest of the rules; another backtest is cancelled."""
    path = contest_url(contest, "rules")
    hidden = HiddenFields(world.desk().page(path)).values
    form = rules_form(SimpleNamespace(contest=contest), {"points_per_unit": "3"}) | hidden  # type: ignore[arg-type]
    form["rules-TOTAL_FORMS"], form["rules-INITIAL_FORMS"] = "1", "0"
    world.desk().post(contest_url(contest, "examples"), form)
    for is_cancelled in (False, True):
        world.desk().post(contest_url(contest, "backtest"), form | {"backtest-days": "0", "days": "0"})
        job = Job.objects.filter(contest_id=contest.pk).latest("id")
        if is_cancelled:
            world.desk().post(f"/contests/contest/{quote(contest.pk)}/jobs/{job.pk}/cancel/", hidden)
        wait_for_jobs()
        world.desk().page(f"/contests/contest/{quote(contest.pk)}/jobs/{job.pk}/")


def correct_an_entry(world: World, contest: Contest) -> None:
    entry = Entry.objects.get(contest=contest, email=world.heir.email)
    form: dict[str, Any] = {"email": entry.email, "name": "The heir", "phone": "", "email_confirmed": "on"}
    world.desk().submit(url_of("contests/entry", entry.pk), **form)
    entry.refresh_from_db()
    expect(entry.name == "The heir", "the entry was not changed")


def read_exports(world: World, contest: Contest) -> None:
    """They have the rows and the points of the model."""
    entries = {row["Email"]: int(row["Points"]) for row in exported(world, contest, "entries")}
    expect(
        entries == {each.email: each.points for each in world.accounts() if each.has_entry}, "exported entries differ"
    )
    orders = {row["Order ID"]: int(row["Points now"]) for row in exported(world, contest, "purchases")}
    expected = {order.order_id: order.points for each in world.accounts() for order in each.orders.values()}
    expect(orders == expected, "exported purchases differ")
    lines = [int(row["Points"]) for row in exported(world, contest, "ledger")]
    expect(sum(lines) == sum(entries.values()), "exported ledger differs")
    expect(len(lines) == PointTransaction.objects.filter(contest=contest).count(), "exported ledger has other rows")


def exported(world: World, contest: Contest, kind: str) -> list[dict[str, str]]:
    text = world.desk().download(contest_url(contest, f"export_{kind}"))
    world.log("exported")
    return list(csv.DictReader(io.StringIO(text)))


def read_lists_of_the_api(world: World, contest: Contest) -> None:
    api = world.api()
    points = [row["points"] for row in api.get("/contests/:contest/leaderboard", limit="100")]
    best = sorted(
        (each.points for each in world.accounts() if each.has_entry and not each.is_disqualified), reverse=True
    )
    expect(points == best[: len(points)], f"leaderboard: {points}, not {best}")
    for path in (
        "/key",
        "/contests",
        "/contests/:contest",
        "/contests/:contest/analytics",
        "/contests/:contest/entries",
    ):
        api.get(path)
    for path in ("/contests/:contest/purchases", "/contests/:contest/refunds"):
        api.get(path)


def contest_url(contest: Contest, view: str) -> str:
    return f"/contests/contest/{quote(contest.pk)}/{view}/"


def wait_for_jobs() -> None:
    """Wait for the background process.

    Raises:
        Unexpected: it is not done, or a job failed.
    """
    until = time.monotonic() + JOB_SECONDS
    while Job.objects.open().exists():
        if time.monotonic() > until:
            raise Unexpected("the background process is not done")
        time.sleep(0.2)
    failed = Job.objects.filter(state=Job.State.FAILED)
    expect(not failed, f"jobs failed: {[*failed.values_list('kind', 'problem')]}")
