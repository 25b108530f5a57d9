"""What is measured: who sends which orders at once."""

from dataclasses import dataclass

from bench.deliveries import deliveries
from bench.orders import BATCH_REQUESTS, ORDERS_IN_BATCH, REQUESTS, Orders, any_entry, no_entry, one_entry

EXISTING = "old-"
EXISTING_ORDERS = REQUESTS
CREATED, OK, NOT_FOUND = 201, 200, 404


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A kind of call. All but the batch are single calls; ``peers_too`` where the peers have it."""

    name: str
    title: str
    clients: int = 16
    status: int = CREATED
    peers_too: bool = True
    has_limit: bool = False  # where pgbench does the same
    times: int = 1  # as long as the others, because few calls are answered in a second


SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario(name="new", title="New orders, 16 clients", has_limit=True),
        Scenario(name="single", title="New orders, 1 client", clients=1, has_limit=True),
        Scenario(name="duplicate", title="Duplicates, 16 clients", status=OK),
        Scenario(name="hot", title="New orders of one entry, 16 clients"),
        Scenario(name="batch", title="Batches of 500, 4 clients", clients=4, status=OK, peers_too=False, times=2),
        Scenario(name="store", title="Signed deliveries of Shopify, 16 clients", status=OK, peers_too=False),
        Scenario(name="event", title="New orders, 16 clients, one webhook", peers_too=False),
        Scenario(name="held", title="Orders without an entry, 16 clients", status=NOT_FOUND, peers_too=False),
    )
}


def orders_of(scenario: Scenario, first: int) -> Orders:
    """The orders of a scenario from this number on."""
    match scenario.name:
        case "duplicate":
            return existing_orders()
        case "hot":
            return Orders(prefix="hot-", first=first, email_of_place=one_entry)
        case "held":
            return Orders(prefix="held-", first=first, email_of_place=no_entry)
        case "event":
            return Orders(prefix="event-", first=first, email_of_place=any_entry, is_subscribed=True)
        case "store":
            return deliveries(first)
        case "batch":
            return Orders(
                prefix="batch-", first=first, email_of_place=any_entry, in_one=ORDERS_IN_BATCH, requests=BATCH_REQUESTS
            )
        case name:
            return Orders(prefix=f"{name}-", first=first, email_of_place=any_entry)


def existing_orders() -> Orders:
    """Orders that are recorded before anything is measured, so that they can be sent again."""
    return Orders(prefix=EXISTING, first=0, email_of_place=any_entry)
