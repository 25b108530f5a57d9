"""People who ask what is stored of them, and to be forgotten: their data goes, orders and ledger still add up."""

import json
from decimal import Decimal

from contests.models import Contest, Entry
from purchases.models import RejectedPurchase
from tests.simulation.account import Account, Order
from tests.simulation.calls import url_of
from tests.simulation.contest_days import wait_for_jobs
from tests.simulation.list_days import REJECTED, hold
from tests.simulation.people import World, body_of, expect

ERASED = ""  # the address of someone who was erased


def export_and_erase_a_participant(world: World, contest: Contest) -> None:
    """Someone who bought, and was refunded a part: the export has it, the erasure leaves the figures."""
    account = Account("leaver@example.com", has_entry=True)
    world.others.append(account)
    body = {"email": account.email, "name": "Lea Leaver", "emailConfirmed": True}
    entry_id = world.api().post("/contests/:contest/entries", body)["id"]
    order = Order(0, "leaver-1", "api", Decimal("40.00"), "USD")
    world.api().post("/contests/:contest/purchases", body_of(order, account.email))
    account.buy(order, world.points_per_unit)
    refund = {"orderId": order.order_id, "refundId": "leaver-refund", "amount": 10.0}
    world.api().post("/contests/:contest/refunds", refund)
    order.refund("leaver-refund", Decimal("10.00"))
    exported = json.loads(world.desk().download(f"/contests/entry/{entry_id}/personal-data.json"))
    expect([row["orderId"] for row in exported["purchases"]] == [order.order_id], "the export has other orders")
    world.log("exported")
    world.desk().act(url_of("contests/entry", entry_id, "erase"), reason="A letter", confirmed="on")
    wait_for_jobs()
    account.email = ERASED
    world.log("erased")
    erased = Entry.objects.get(contest=contest, pk=entry_id)
    expect((erased.is_erased, erased.email) == (True, ""), f"not erased: {erased.is_erased} {erased.email}")


def erase_the_sender_of_a_held_order(world: World, contest: Contest) -> None:
    account = Account("unknown@example.com")
    world.others.append(account)
    pk, order = hold(world, account, "unknown-1")
    world.desk().act(url_of(REJECTED, pk, "erase"), reason="A letter", confirmed="on")
    wait_for_jobs()
    account.dismissed[order.order_id] = account.held.pop(order.order_id)
    row = RejectedPurchase.objects.get(contest=contest, pk=pk)
    expect((row.email, row.email_key) == ("", ""), "the held order has an address")
