"""A list in the admin takes as many statements for many rows as for few."""

from collections.abc import Callable
from copy import deepcopy
from decimal import Decimal
from itertools import count

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from blitzrocket.accounts.models import User
from blitzrocket.audit.context import AuditContext
from blitzrocket.emails import Email
from contests.models import Contest
from contests.services import create_contest, create_entry
from purchases.models import Purchase
from purchases.services import move_purchase, refund_purchase, void_purchase
from tests.conftest import ModuleRows
from tests.support import Shop, hold, make_shop, record, signed_in

_numbers = count(1)
USE_OF_SESSION = 'UPDATE "accounts_session"'


def add_orders(shop: Shop, number: int) -> None:
    """Recorded, voided and held ones, each time in another contest of the team."""
    for _ in range(number):
        contest = create_contest(shop.team, title="One more", slug=f"c{next(_numbers)}", status="active")
        Contest.objects.filter(pk=contest.pk).update(attaches_automatically=False)
        other = Shop(shop.team, contest, shop.entry, shop.private_key, shop.public_key, shop.keys)
        other.entry = create_entry(contest, f"ada{next(_numbers)}@example.com", name="Ada")
        for _turn in range(2):
            record(other, email=Email.parse(other.entry.email), order_id=f"#order-{next(_numbers)}")
        void_purchase(Purchase.objects.filter(contest=contest)[0], audit=AuditContext(reason="x"))
        hold(other, f"late{next(_numbers)}@example.com", order_id=f"#order-{next(_numbers)}")
        hold(other, f"LATE{next(_numbers)}@example.com", order_id=f"#order-{next(_numbers)}")


LISTS = {
    "the desk": ("purchases_purchase_desk", {"q": "order-", "begins": "1"}),
    "purchases": ("purchases_purchase_changelist", {}),
    "purchases searched": ("purchases_purchase_changelist", {"q": "order-"}),
    "rejected orders": ("purchases_rejectedpurchase_changelist", {"attention": "all"}),
    "rejected orders to review": ("purchases_rejectedpurchase_changelist", {"attention": "open"}),
    "rejected orders that are held": ("purchases_rejectedpurchase_changelist", {"state__exact": "held"}),
    "entries": ("contests_entry_changelist", {}),
    "entries searched": ("contests_entry_changelist", {"q": "ada"}),
    "contests": ("contests_contest_changelist", {}),
    "activity": ("audit_auditevent_changelist", {}),
    "keys": ("apikeys_apikey_changelist", {}),
    "the dashboard": ("index", {}),
}


@pytest.fixture(scope="module")
def few_orders(module_rows: ModuleRows) -> Shop:
    with module_rows():
        shop = make_shop()
        add_orders(shop, 3)
        return shop


@pytest.fixture
def shop_with_few(few_orders: Shop, db: None) -> Shop:
    return deepcopy(few_orders)


def statements(client: Client, url: str, query: dict[str, str]) -> list[str]:
    """Those of a page that was opened before: what a process remembers, it remembers."""
    client.get(url, query)
    return statements_of(client, url, query)


def statements_of(client: Client, url: str, query: dict[str, str]) -> list[str]:
    """Without the one that writes, once a minute, when the session was used."""
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url, query).status_code == 200
    return [query["sql"] for query in captured if not query["sql"].startswith(USE_OF_SESSION)]


def test_a_list_takes_the_same_statements_for_more_rows(shop_with_few: Shop) -> None:
    """For an owner, and for a superuser, whose lists are not narrowed to a team."""
    client = signed_in(shop_with_few, "owner")
    few = count_statements(client, statements)
    add_orders(shop_with_few, 3)
    assert len(few) == 2 * len(LISTS)
    assert count_statements(client, statements_of) == few


def count_statements(client: Client, read: Callable[..., list[str]]) -> dict[tuple[str, str], int]:
    """Of each list, for each role."""
    counts = {}
    for role in ("owner", "superuser"):
        User.objects.update(is_superuser=role == "superuser")
        for name, (url, query) in LISTS.items():
            counts[role, name] = len(read(client, reverse(f"admin:{url}"), query))
    return counts


@pytest.mark.parametrize("listed", ["purchases", "rejected orders", "entries", "activity"])
def test_an_order_in_the_address_of_a_long_list_is_ignored(shop_with_few: Shop, listed: str) -> None:
    """Sorting by another column would read the whole list."""
    client, (name, filters) = signed_in(shop_with_few, "owner"), LISTS[listed]
    url = reverse(f"admin:{name}")

    def orders(query: dict[str, str]) -> list[str]:
        pages = [sql for sql in statements_of(client, url, filters | query) if "ORDER BY" in sql and "LIMIT" in sql]
        return [sql[sql.rindex("ORDER BY") :] for sql in pages]

    usual = orders({})
    assert usual
    assert all(orders({"o": order}) == usual for order in ("1", "-2.1", "0", "x"))
    assert all(orders({"sort": order}) == usual for order in ("amount", "-contest", "id", "", "--points"))


def test_the_desk_takes_few_statements_for_held_orders(shop: Shop) -> None:
    """Of contests where each is attached by hand, and where some of their people have entered since."""
    Contest.objects.update(attaches_automatically=False)
    for number in range(17):
        hold(shop, f"late{number}@example.com", order_id=f"#order-{number}")
    for number in range(0, 17, 2):
        create_entry(shop.contest, f"late{number}@example.com")
    client, desk = signed_in(shop, "support"), reverse("admin:purchases_purchase_desk")
    assert len(statements(client, desk, {"q": "order-", "begins": "1"})) <= 22
    pasted = {"q": "\n".join(f"order-{number}" for number in range(17))}
    assert len(statements(client, desk, pasted)) <= 22
    replies = client.get(desk, pasted).context["replies"]
    assert replies.count("adding it to your entry") == 9
    assert replies.count("but its email isn't registered") == 8


def test_the_page_of_an_order_takes_the_same_statements_for_more_events(shop: Shop) -> None:
    client = signed_in(shop, "support")
    purchase = Purchase.objects.get(pk=record(shop, "500.00", order_id="#1").purchase_id)
    counts = []
    for turn in range(2):
        for number in range(3):
            at, amount = purchase.created_at, Decimal(1)
            refund_purchase(
                purchase, refund_id=f"r{turn}-{number}", amount=amount, audit=AuditContext(), received_at=at
            )
            to = create_entry(shop.contest, f"to{turn}-{number}@example.com")
            move_purchase(purchase, to, audit=AuditContext(reason="x"))
        counts.append(len(statements(client, reverse("admin:purchases_purchase_change", args=[purchase.pk]), {})))
    assert counts[0] == counts[1]
