"""Orders are found by the other ids that their store has for them, and their page shows these."""

import pytest
from django.test import Client

from blitzrocket.accounts.admin.team_scoped import change_url
from contests.models import Contest
from purchases.models import Purchase, RejectedPurchase
from purchases.support.search import SearchScope, search
from purchases.support.suggestions import suggest
from tests.purchases.stores.deliveries import (
    connect,
    shopify_order,
    stripe_event,
    stripe_refund,
    stripe_session,
)
from tests.support import Shop, make_shop, signed_in

ORDER = "9007199254740993"


@pytest.fixture
def shop(db: None) -> Shop:
    shop = make_shop()
    connect(shop, "shopify").deliver("orders/paid", shopify_order())
    connect(shop, "shopify").deliver("orders/paid", shopify_order(72, name="#1002", email="late@example.com"))
    return shop


@pytest.fixture
def scope(shop: Shop) -> SearchScope:
    return SearchScope(Contest.objects.filter(team=shop.team), type(shop.team).objects.filter(pk=shop.team.pk))


@pytest.mark.parametrize(
    ("text", "order_id", "other_id"),
    [("#1001", ORDER, "#1001"), ("1001", ORDER, "#1001"), ("#1002", "72", "#1002"), (" #１００１, ", ORDER, "#1001")],
)
def test_the_search_finds_an_order_by_its_name(scope: SearchScope, text: str, order_id: str, other_id: str) -> None:
    (order,) = search(text, scope).orders
    assert (order.order_id, order.other_ids) == (order_id, [other_id])
    assert isinstance(order.shown, RejectedPurchase if order_id == "72" else Purchase)


def test_case_does_not_matter_and_a_prefix_is_enough(shop: Shop, scope: SearchScope) -> None:
    session = stripe_session(payment_intent="pi_AbC", client_reference_id="ORD-1")
    connect(shop, "stripe").deliver("", stripe_event("checkout.session.completed", session))
    for text in ("PI_abc", "pi_a"):
        (order,) = search(text, scope).orders
        assert (order.order_id, order.other_ids) == ("ORD-1", ["pi_AbC"])
    for text in ("pi_A", "#100", "100"):
        assert [order.other_ids for order in suggest(text, scope).orders], text


def test_a_pasted_list_finds_them_too(scope: SearchScope) -> None:
    results = search("#1001\n1002\n#1003", scope)
    assert [(term.text, term.order.order_id if term.order else None) for term in results.terms] == [
        ("#1001", ORDER),
        ("1002", "72"),
        ("#1003", None),
    ]
    assert results.missing == ["#1003"]


def test_the_same_order_id_in_another_contest_is_another_order(shop: Shop, scope: SearchScope) -> None:
    other = make_shop("ada@example.com", title="Winter", slug="winter")
    Contest.objects.filter(pk=other.contest.pk).update(team=shop.team)
    other.contest.team_id = shop.team.pk
    connect(other, "shopify").deliver("orders/paid", shopify_order(name="#W1"))
    (order,) = search("#W1", scope).orders
    assert order.contest_sent == other.contest.pk


def test_a_result_says_which_id_matched_and_the_page_has_all(shop: Shop) -> None:
    client: Client = signed_in(shop, "support")
    page = client.get("/admin/purchases/purchase/desk/?q=100&begins=1").content.decode()
    assert "Store ID #1001" in page
    page = client.get(change_url(Purchase.objects.get(contest=shop.contest))).content.decode()
    assert '<bdi id="other-id-1" class="order-id">#1001</bdi>' in page
    assert "Delivery orders/paid: Done" in page
    assert "Shopify · My shopify" in page
    assert "API key “My shopify”" not in page


def test_the_timeline_has_refunds_by_the_store(shop: Shop) -> None:
    store = connect(shop, "stripe")
    store.deliver("", stripe_event("checkout.session.completed", stripe_session(), "evt_1"))
    store.deliver("", stripe_event("refund.created", stripe_refund("re_1", 5000), "evt_2"))
    purchase = Purchase.objects.get(contest=shop.contest, order_id="ORD-1")
    page = signed_in(shop, "owner").get(change_url(purchase)).content.decode()
    assert "Delivery refund.created: Done" in page
    assert page.count("Stripe · My stripe") >= 4, "who recorded it, who refunded it, and both deliveries"
