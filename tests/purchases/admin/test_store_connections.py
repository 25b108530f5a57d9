"""A store is connected, changed, paused and deleted in the admin, by owners only; each act is in the activity log."""

import re
from typing import Any

import pytest
from django.contrib.admin.utils import quote
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apikeys.models import ApiKey
from blitzrocket.audit.models import AuditEvent
from contests.models import Contest
from purchases.admin.contest_warnings import warnings_for
from purchases.models import StoreConnection
from purchases.stores.kinds import STORE_KINDS
from purchases.stores.provider import SecretSource
from purchases.stores.secrets import decrypt
from tests.clock import Clock, clock
from tests.purchases.stores.deliveries import SECRET, connect, shopify_order
from tests.support import Shop, make_shop, signed_in

__all__ = ["clock"]
pytestmark = pytest.mark.django_db
SHOPIFY = {"option_earns": "paid", "option_amount": "total", "option_currency": "shop", "option_gift_cards": "count"}


@pytest.fixture
def owner(shop: Shop) -> Client:
    return signed_in(shop, "owner")


def url_of(view: str, connection: StoreConnection) -> str:
    return reverse(f"admin:purchases_storeconnection_{view}", args=[quote(connection.pk)])


def add_url(shop: Shop, kind: str) -> str:
    return f"{reverse('admin:contests_contest_add_store', args=[quote(shop.contest.pk)])}?store={kind}"


def stores_url(shop: Shop) -> str:
    return reverse("admin:contests_contest_stores", args=[quote(shop.contest.pk)])


def first_choices(kind: str) -> dict[str, str]:
    return {f"option_{option.name}": option.default for option in STORE_KINDS[kind].options}


def page_of(client: Client, connection: StoreConnection) -> str:
    return client.get(url_of("change", connection)).content.decode()


def act(client: Client, view: str, connection: StoreConnection, **fields: str) -> Any:
    return client.post(url_of(view, connection), {"_form_submitted": "True", "request_id": f"{view}-1", **fields})


def test_each_kind_of_store_is_offered(shop: Shop, owner: Client) -> None:
    page = owner.get(stores_url(shop)).content.decode()
    assert [kind.title for kind in STORE_KINDS.values() if kind.title not in page] == []


@pytest.mark.parametrize("kind", STORE_KINDS)
def test_each_kind_of_store_is_connected_in_two_steps(shop: Shop, owner: Client, kind: str) -> None:
    assert owner.get(add_url(shop, kind)).status_code == 200
    form = {"name": " Our shop ", "request_id": "r1", **first_choices(kind)}
    pages = [owner.post(add_url(shop, kind), form, follow=True) for _ in range(2)]  # a double click
    connection = StoreConnection.objects.get(contest=shop.contest)
    assert (connection.kind, connection.name, str(connection.created_by)[:5]) == (kind, "Our shop", "owner")
    assert ApiKey.objects.filter(kind="store").count() == 1
    for page in pages:
        text = page.content.decode()
        for _label, path in STORE_KINDS[kind].paths(shop.contest.pk, connection.pk):
            assert f"http://testserver{path}" in text
        if STORE_KINDS[kind].secret_source == SecretSource.STORE:
            assert connection.secret == ""
        else:
            assert decrypt(connection.secret) in text
            assert "no-store" in page["Cache-Control"]
    if connection.secret:
        assert decrypt(connection.secret) not in page_of(owner, connection)
    assert connection.state_at(timezone.now()) == "waiting"


def test_an_invalid_choice_and_a_missing_name_are_refused(shop: Shop, owner: Client) -> None:
    page = owner.post(add_url(shop, "shopify"), SHOPIFY | {"option_earns": "both", "name": "", "request_id": "r1"})
    text = page.content.decode()
    assert "Select a valid choice" in text
    assert "This field is required." in text
    assert not StoreConnection.objects.exists()
    assert owner.get(add_url(shop, "unknown")).status_code == 404


@pytest.mark.parametrize(
    ("kind", "secret", "problem"),
    [
        ("shopify", "  ", "Enter the signing secret that Shopify shows."),
        ("standard", "whsec_ü", "Enter a secret in base64"),
    ],
)
def test_a_secret_of_another_form(shop: Shop, owner: Client, kind: str, secret: str, problem: str) -> None:
    connection = connect(shop, kind).connection
    assert problem in act(owner, "secret", connection, secret=secret).content.decode()
    connection.refresh_from_db()
    assert decrypt(connection.secret) == SECRET


def test_a_replaced_secret_is_valid_for_a_day_or_until_it_is_ended(shop: Shop, owner: Client) -> None:
    store = connect(shop, "shopify")
    for _ in range(2):  # a double click
        assert act(owner, "secret", store.connection, secret="new-one").status_code == 302
    assert "The old secret is valid until" in page_of(owner, store.connection)
    assert store.deliver("orders/paid", shopify_order()).status_code == 200
    for message in ("Only the new secret is valid now.", "Already done"):
        act(owner, "end_overlap", store.connection)
        assert message in page_of(owner, store.connection)
    assert store.deliver("orders/paid", shopify_order()).status_code == 401


def test_settings_are_changed_once_for_all_that_follows(shop: Shop, owner: Client) -> None:
    connection = connect(shop, "shopify").connection
    form = SHOPIFY | {"name": "Dutch shop", "option_amount": "without_shipping", "request_id": "s1"}
    assert owner.post(url_of("change", connection), form).status_code == 302
    connection.refresh_from_db()
    assert (connection.name, connection.options["amount"]) == ("Dutch shop", "without_shipping")
    assert ApiKey.objects.get(kind="store").name == "Dutch shop"
    form["name"] = ""
    assert "This field is required." in owner.post(url_of("change", connection), form).content.decode()


def test_paused_it_answers_404_and_resumed_it_is_not_silent(clock: Clock) -> None:
    shop = make_shop()
    owner, store = signed_in(shop, "owner"), connect(shop, "shopify")
    store.deliver("orders/paid", shopify_order(1))
    act(owner, "pause", store.connection)
    assert store.deliver("orders/paid", shopify_order(2)).status_code == 404
    assert "Paused" in owner.get(stores_url(shop)).content.decode()
    clock.go(days=9)
    owner = signed_in(shop, "owner")
    act(owner, "resume", store.connection)
    assert "Active again." in page_of(owner, store.connection)
    store.connection.refresh_from_db()
    assert store.connection.state_at(clock.now()) == "active"
    assert store.deliver("orders/paid", shopify_order(2)).status_code == 200


def test_only_what_delivered_nothing_is_deleted(shop: Shop, owner: Client) -> None:
    used, unused = connect(shop, "shopify"), connect(shop, "woocommerce")
    used.deliver("orders/paid", shopify_order(test=True))
    for store in (used, unused):
        act(owner, "remove", store.connection)
    assert "Something was delivered meanwhile." in page_of(owner, used.connection)
    assert list(StoreConnection.objects.values_list("pk", flat=True)) == [used.connection.pk]
    assert list(ApiKey.objects.filter(kind="store", revoked_at=None)) == [used.connection.api_key]
    assert owner.get(url_of("change", unused.connection)).status_code == 404


def test_each_act_is_in_the_activity_log(shop: Shop, owner: Client) -> None:
    owner.post(add_url(shop, "woocommerce"), {"name": "Shop", "option_amount": "total", "request_id": "r1"})
    connection = StoreConnection.objects.get()
    owner.post(
        url_of("change", connection), {"name": "Our shop", "option_amount": "without_shipping", "request_id": "r2"}
    )
    for view in ("secret", "end_overlap", "pause", "resume"):
        act(owner, view, connection)
    history = re.sub(r"<[^>]+>|\s+", " ", owner.get(url_of("history", connection)).content.decode())
    history = re.sub(r" +", " ", history)
    name = "WooCommerce · Our shop"
    for sentence in (
        f"connected {name} to Summer",
        f"changed name and amount of {name}",
        f"replaced the secret of {name}",
        f"ended the old secret of {name}",
        f"paused {name}",
        f"resumed {name}",
    ):
        assert sentence in history, sentence
    act(owner, "remove", connection)
    deleted = owner.get("/admin/audit/auditevent/", follow=True).content.decode()
    assert "deleted the store connection “Our shop”" in re.sub(r"\s+", " ", deleted)
    values = str(list(AuditEvent.objects.values_list("before", "after")))
    assert connection.secret not in values


def test_support_sees_all_but_secrets_and_changes_nothing(shop: Shop) -> None:
    store, support = connect(shop, "standard"), signed_in(shop, "support")
    store.connection.refresh_from_db()
    page = page_of(support, store.connection)
    assert "Waiting for the first delivery" in page
    for hidden in (SECRET, "Replace secret", ">Pause", '<button type="submit" class="order-button order-primary">'):
        assert hidden not in page
    assert support.post(url_of("change", store.connection), {"name": "x"}).status_code == 403
    assert act(support, "secret", store.connection).status_code == 403
    for view in ("pause", "remove", "end_overlap"):
        assert act(support, view, store.connection).status_code in (302, 403)
    assert support.post(add_url(shop, "custom"), {"name": "x"}).status_code == 403
    store.connection.refresh_from_db()
    assert store.connection.is_active


def test_another_team_sees_nothing(shop: Shop) -> None:
    connection, stranger = connect(shop, "shopify").connection, signed_in(make_shop(), "owner")
    for view in ("change", "status", "history", "secret"):
        assert stranger.get(url_of(view, connection)).status_code == 404
    assert stranger.get(stores_url(shop)).status_code == 404
    assert stranger.get(add_url(shop, "shopify")).status_code == 404


def test_an_unreadable_secret_is_reported_on_the_page(shop: Shop, owner: Client, settings: Any) -> None:
    connection = connect(shop, "shopify").connection
    settings.STORE_SECRET_KEYS = ["another key"]
    assert "missing from STORE_SECRET_KEYS" in page_of(owner, connection)


def test_the_list_takes_as_many_statements_for_many_connections(shop: Shop, owner: Client) -> None:
    connect(shop, "shopify")
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(database) as queries:
            assert owner.get(stores_url(shop)).status_code == 200
        counts.append(len(queries))
        for kind in ("woocommerce", "stripe", "custom"):
            connect(shop, kind)
    assert counts[0] == counts[1]


def warned(shop: Shop) -> list[str]:
    contest = Contest.objects.select_related("rule_set").get(pk=shop.contest.pk)
    return [warning.sentence for warning in warnings_for(contest) if "My shopify" in warning.sentence]


def test_silence_and_failures_are_warnings(clock: Clock) -> None:
    shop = make_shop()
    store = connect(shop, "shopify")
    assert warned(shop) == []
    clock.go(days=1, seconds=1)
    assert "has had no delivery yet" in warned(shop)[0]
    store.deliver("orders/paid", shopify_order(1))
    assert warned(shop) == []
    clock.go(days=1, seconds=1)
    assert "has been silent for 1\xa0day, longer than ever before" in warned(shop)[0]
    store.deliver("orders/paid", shopify_order(2, total_price="x"))
    assert warned(shop) == ["The last delivery of “My shopify” could not be used. Check it, then retry it."]
    store.post(b"{}", x_shopify_hmac_sha256="x")
    assert "invalid signature" in warned(shop)[0]
    StoreConnection.objects.update(is_active=False)
    assert warned(shop) == []


def test_an_overview_without_orders_offers_to_connect_a_store(shop: Shop, owner: Client) -> None:
    overview = reverse("admin:contests_contest_overview", args=[quote(shop.contest.pk)])
    ApiKey.objects.filter(team=shop.team).update(revoked_at=timezone.now())
    page = owner.get(overview).content.decode()
    assert add_url(shop, "shopify").split("?")[0] in page
    assert "Create a private key" in page
    connect(shop, "shopify")
    assert "as soon as a connected store sends them" in owner.get(overview).content.decode()


def test_links_to_its_deliveries_and_past_orders(shop: Shop, owner: Client) -> None:
    shopify, custom = (connect(shop, kind).connection for kind in ("shopify", "custom"))
    page = page_of(owner, shopify)
    for part in (f"/admin/purchases/storedelivery/?connection={shopify.pk}", f"?connection={shopify.pk}"):
        assert part in page
    assert f'/purchaseimports/?connection={shopify.pk}">Import past orders</a>' in page
    assert "/purchaseimports/?connection=" not in page_of(owner, custom)
    assert "curl -X POST http://testserver/api/webhooks/signup/" in page_of(owner, custom)
