"""What support does with several orders at once, in the lists of the admin, and what it takes back."""

import csv
import io
from dataclasses import replace
from decimal import Decimal
from typing import Any

from contests.models import Contest
from tests.simulation.account import Account, Order
from tests.simulation.calls import Api, url_of
from tests.simulation.people import World, body_of

PURCHASES, REJECTED = "purchases/purchase", "purchases/rejectedpurchase"
EXPORTED_LISTS = (PURCHASES, REJECTED, "purchases/pendingrefund", "purchases/storedelivery")
UNKNOWN_CONTEST = "contest_of_nobody"
FORBIDDEN, NOT_FOUND = (403,), (404,)


def void_and_restore_selected(world: World, contest: Contest) -> None:
    """Two orders are voided and restored by the undo; then voided, and restored from the list."""
    orders = buy(world, "void-1", "void-2")
    world.desk().select(PURCHASES, "void_selected", [*orders])
    world.desk().undo(PURCHASES)
    world.desk().select(PURCHASES, "void_selected", [*orders])
    world.desk().select(PURCHASES, "restore_selected", [*orders])
    for order in orders.values():
        order.void()
        order.restore()


def move_selected(world: World, contest: Contest) -> None:
    """Two orders turn out to be another one's."""
    orders = buy(world, "move-1", "move-2")
    account = Account("mover@example.com", has_entry=True)
    world.api().post("/contests/:contest/entries", {"email": account.email, "emailConfirmed": True})
    world.others.append(account)
    world.desk().select(PURCHASES, "move_selected", [*orders], to=account.email)
    for order in orders.values():
        account.orders[order.order_id] = world.heir.orders.pop(order.order_id)
        world.log("moved")


def record_selected_and_undo(world: World, contest: Contest) -> None:
    """An order that came with a public key is recorded as received, and that is undone: it is voided."""
    order = Order(0, "public-1", "hand", Decimal("30.00"), "USD")
    public = Api(replace(world.api().target, key=world.api().target.public_key), world.api().tries)
    public.post("/contests/:contest/purchases", body_of(order, world.heir.email), accepted=FORBIDDEN)
    world.desk().select(REJECTED, "record_selected", [world.rejected_id(order.order_id)])
    world.desk().undo(PURCHASES)
    world.heir.buy(order, world.points_per_unit)
    order.void()
    world.log("recorded")


def attach_selected_and_undo(world: World, contest: Contest) -> None:
    """An order with nearly the heir's address is attached to the suggested entry, and detached: on hold again."""
    account = Account("heir+shop@example.com")
    world.others.append(account)
    pk, order = hold(world, account, "near-1")
    world.desk().select(REJECTED, "attach_selected", [pk])
    world.desk().undo(REJECTED)
    world.heir.record(order)
    order.void()
    for action in ("dismiss_selected", "reopen_selected"):
        world.desk().select(REJECTED, action, [pk])
    for action in ("attached", "detached", "dismissed", "reopened"):
        world.log(action)


def attach_and_detach_one(world: World, contest: Contest) -> None:
    account = Account("nobody@example.com")
    world.others.append(account)
    pk, order = hold(world, account, "single-1")
    world.desk().act(url_of(REJECTED, pk, "attach"), other=world.heir.email)
    world.heir.record(order)
    world.desk().act(url_of(REJECTED, pk, "detach"))
    order.void()
    for action in ("attached", "detached"):
        world.log(action)


def dismiss_and_reopen_one(world: World, contest: Contest) -> None:
    """By the buttons of their pages: an order on hold, and one that is voided and restored."""
    account = Account("nobody-else@example.com")
    world.others.append(account)
    pk, _ = hold(world, account, "single-2")
    for action, logged in (("dismiss", "dismissed"), ("reopen", "reopened")):
        world.desk().act(url_of(REJECTED, pk, action))
        world.log(logged)
    ((purchase_id, order),) = buy(world, "single-3").items()
    for action in ("void", "restore"):
        world.desk().act(url_of(PURCHASES, purchase_id, action))
    order.void()
    order.restore()


def export_lists(world: World, contest: Contest) -> None:
    """The pages of the lists; one of the rejected orders names a contest that there is not."""
    order = Order(0, "nowhere-1", "api", Decimal("30.00"), "USD")
    path = f"/contests/{UNKNOWN_CONTEST}/purchases"
    world.api().post(path, body_of(order, world.heir.email), accepted=NOT_FOUND)
    for model in EXPORTED_LISTS:
        rows = csv.DictReader(io.StringIO(world.desk().download(f"/{model}/export/")))
        if any(is_of(row, contest) for row in rows):
            world.log("exported")


def is_of(row: dict[str, Any], contest: Contest) -> bool:
    return str(contest) in row.values() or contest.pk in row.values()


def buy(world: World, *order_ids: str) -> dict[str, Order]:
    """New orders of the heir, by the ids of their purchases."""
    orders = {}
    for order_id in order_ids:
        order = Order(0, order_id, "hand", Decimal("30.00"), "USD")
        answer = world.api().post("/contests/:contest/purchases", body_of(order, world.heir.email))
        world.heir.buy(order, world.points_per_unit)
        orders[answer["purchaseId"]] = order
    return orders


def hold(world: World, account: Account, order_id: str) -> tuple[str, Order]:
    """An order of someone without an entry, and the id of its rejected row."""
    order = Order(0, order_id, "hand", Decimal("30.00"), "USD")
    world.api().post("/contests/:contest/purchases", body_of(order, account.email), accepted=NOT_FOUND)
    account.buy(order, world.points_per_unit)
    return world.rejected_id(order_id), order
