"""The list of deliveries, the page of one, and retrying."""

import json
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from blitzrocket.accounts.admin.team_scoped import change_url
from blitzrocket.audit.models import AuditEvent
from blitzrocket.jobs.models import Job
from blitzrocket.jobs.queue import run_all_jobs
from purchases.admin import delivery_retries
from purchases.admin.contest_warnings import warnings_for
from purchases.models import Purchase, StoreConnection, StoreDelivery
from purchases.stores import flow
from purchases.support.delivery_body import MASK, shown_body
from tests.purchases.stores.deliveries import connect, make_delivery, shopify_order
from tests.support import Shop, downloaded, make_shop, signed_in

LIST = "/admin/purchases/storedelivery/"
RETRY_ALL = f"{LIST}retry/"
State = StoreDelivery.State


@pytest.fixture
def client(shop: Shop) -> Client:
    return signed_in(shop, "support")


@pytest.fixture
def shop(db: None) -> Shop:
    return make_shop()


def listed(client: Client, query: str) -> list[str]:
    return [row.pk for row in client.get(f"{LIST}{query}").context["cl"].result_list]


def retry(client: Client, delivery: StoreDelivery, **fields: str) -> Any:
    url = reverse("admin:purchases_storedelivery_retry", args=[change_url(delivery).split("/")[-3]])
    return client.post(url, {"request_id": "event_1", "_form_submitted": "True", **fields})


def body_of(number: int) -> bytes:
    return json.dumps(shopify_order(number, name=f"#{number}")).encode()


class TestList:
    def test_it_opens_with_what_needs_a_person(self, client: Client, shop: Shop) -> None:
        rows = {state: make_delivery(shop, state).pk for state in State}
        assert client.get(LIST)["Location"] == f"{LIST}?attention=open"
        assert set(listed(client, "?attention=open")) == {rows[state] for state in StoreDelivery.OPEN}
        assert set(listed(client, "?attention=all")) == set(rows.values())
        for state, pk in rows.items():
            assert listed(client, f"?attention=all&state__exact={state}") == [pk]

    def test_what_is_being_received_needs_nobody(self, client: Client, shop: Shop) -> None:
        make_delivery(shop, "received", received_at=timezone.now())
        assert listed(client, "?attention=open") == []

    def test_filters_and_search(self, client: Client, shop: Shop) -> None:
        first = make_delivery(shop, "done", topic="orders/paid", order_id="ORD-1", provider_id="w-1")
        stripe = connect(shop, "stripe").connection
        second = make_delivery(shop, "waiting", topic="refund.created", waits_for=["pi_1"])
        StoreDelivery.objects.filter(contest=shop.contest, pk=second.pk).update(connection=stripe)
        for query, expected in {
            f"connection={first.connection_id}": [first.pk],
            f"connection={stripe.pk}": [second.pk],
            "event=refund.created": [second.pk],
            f"contest={shop.contest.pk}&event=orders/paid": [first.pk],
            "q=ORD-1": [first.pk],
            "q=w-1": [first.pk],
            f"q={second.pk}": [second.pk],
            "q=pi_1": [second.pk],
            "q=nothing": [],
        }.items():
            assert listed(client, f"?attention=all&{query}") == expected, query

    def test_pages_without_an_offset_and_with_as_many_statements_for_many_rows(
        self, client: Client, shop: Shop
    ) -> None:
        def statements() -> list[str]:
            with CaptureQueriesContext(
                database,
            ) as captured:
                assert client.get(f"{LIST}?attention=all").status_code == 200
            return [query["sql"] for query in captured if "purchases_" in query["sql"]]

        make_delivery(shop, "failed")
        few = len(statements())
        for _ in range(27):
            make_delivery(shop, "done")
        many = statements()
        assert len(many) == few + 1, "the total is counted where there is a second page"
        assert not any("OFFSET" in sql or '."body"' in sql for sql in many)
        page = client.get(f"{LIST}?attention=all").context["cl"]
        assert len(listed(client, page.next_address)) == 3

    def test_another_team_sees_none(self, shop: Shop) -> None:
        delivery = make_delivery(shop)
        stranger = signed_in(make_shop("eve@example.com"), "owner")
        assert listed(stranger, "?attention=all") == []
        assert retry(stranger, delivery).status_code in (403, 404)
        delivery.refresh_from_db()
        assert delivery.state == State.FAILED


class TestPage:
    def test_personal_values_are_masked_until_they_are_opened(self, client: Client, shop: Shop) -> None:
        url = change_url(make_delivery(shop))
        masked, opened = client.get(url).content.decode(), client.get(f"{url}?personal=1").content.decode()
        assert "ada@example.com" not in masked
        assert (MASK in masked, "9007199254740993" in masked, "#1001" in masked) == (True, True, True)
        assert "ada@example.com" in opened

    def test_owners_download_the_body_as_received(self, client: Client, shop: Shop) -> None:
        delivery = make_delivery(shop, body=b"\xff not JSON ada@example.com")
        url = reverse("admin:purchases_storedelivery_body", args=[change_url(delivery).split("/")[-3]])
        assert client.get(url).status_code == 403
        response = signed_in(shop, "owner").get(url)
        assert response.content == b"\xff not JSON ada@example.com"
        assert response["Content-Type"] == "application/octet-stream"
        assert AuditEvent.objects.about(delivery).get().action == "exported"

    @pytest.mark.parametrize("state", State)
    def test_it_says_what_became_of_it(self, client: Client, shop: Shop, state: str) -> None:
        page = client.get(change_url(make_delivery(shop, state, message="Because", order_id="ORD-1"))).content.decode()
        assert ("Retry</button>" in page.replace("\n", "").replace("  ", "")) == (
            state in ("failed", "unusable", "received", "waiting")
        )

    @pytest.mark.parametrize("body", [b"", b"[" * 100_000, b"[" * 900 + b"]" * 900, b"\x00\xff", b'{"email": ' * 9])
    def test_any_body_can_be_shown(self, body: bytes) -> None:
        assert isinstance(shown_body(body, masks=True).text, str)

    @pytest.mark.parametrize(
        "body",
        [
            {"email": "a@example.com", "name": "Ada"},
            {"contact": "Ada"},
            {"recipients": [{"recipient": {"first": "Ada", "x": "Ada"}}]},
        ],
    )
    def test_people_are_masked(self, body: dict[str, Any]) -> None:
        assert "Ada" not in shown_body(json.dumps({"data": body}).encode(), masks=True).text

    def test_an_orders_name_is_not(self) -> None:
        assert "#1001" in shown_body(json.dumps(shopify_order()).encode(), masks=True).text

    def test_what_a_store_sends_is_text(self, shop: Shop) -> None:
        """In each page and in the file: neither markup nor a formula."""
        owner, hostile = signed_in(shop, "owner"), "=<script>alert(1)</script>"
        delivery = make_delivery(
            shop,
            "unusable",
            **dict.fromkeys(("topic", "message", "order_id", "provider_id"), hostile),
            headers={hostile: hostile},
            body=json.dumps({hostile: hostile}).encode(),
        )
        StoreConnection.objects.filter(contest=shop.contest).update(name=hostile)
        pages = (change_url(delivery), change_url(delivery.connection), f"{LIST}?attention=open", RETRY_ALL)
        for url in pages:
            page = owner.get(url).content.decode()
            assert ("&lt;script&gt;alert" in page, "<script>alert" in page) == (True, False), url
        assert f",'{hostile}," in downloaded(owner, f"{LIST}export/")

    def test_a_long_body_is_cut(self) -> None:
        shown = shown_body(b'["%s"]' % (b"x" * 1_000_000), masks=True)
        assert (len(shown.text) <= 200_000, shown.is_cut) == (True, True)


class TestRetry:
    @pytest.mark.parametrize("state", ["failed", "unusable", "received", "waiting"])
    def test_it_records_the_order_once(self, client: Client, shop: Shop, state: str) -> None:
        delivery = make_delivery(shop, state)
        for _ in range(2):  # a double click
            assert retry(client, delivery).status_code == 200
        delivery.refresh_from_db()
        assert (delivery.state, delivery.order_id) == ("done", "9007199254740993")
        assert Purchase.objects.filter(contest=shop.contest).count() == 1
        event = AuditEvent.objects.about(delivery).get()
        assert (event.action, event.before) == ("retried", {"state": state})

    def test_a_second_browser_finds_it_done(self, client: Client, shop: Shop) -> None:
        delivery = make_delivery(shop)
        retry(client, delivery)
        answer = retry(signed_in(shop, "owner"), delivery, request_id="event_2")
        assert b"This delivery is done" in answer.content
        assert Purchase.objects.filter(contest=shop.contest).count() == 1

    def test_it_may_fail_again(self, client: Client, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: Any) -> Any:
            raise KeyError("id")

        monkeypatch.setattr(flow, "apply", fail)
        delivery = make_delivery(shop, message="Before")
        retry(client, delivery)
        delivery.refresh_from_db()
        assert (delivery.state, delivery.message.split(":")[0]) == ("failed", "KeyError")

    def test_an_unusable_one_is_dismissed_and_reopened(self, client: Client, shop: Shop) -> None:
        delivery = make_delivery(shop, "unusable", message="total_price must be a number.")
        for action, state, listed_then in (("dismiss", "not_used", []), ("reopen", "unusable", [delivery.pk])):
            url = reverse(f"admin:purchases_storedelivery_{action}", args=[change_url(delivery).split("/")[-3]])
            fields = {"request_id": f"event_{action}", "reason": "No order", "_form_submitted": "True"}
            for _ in range(2):  # a double click
                assert client.post(url, fields).status_code == 200
            delivery.refresh_from_db()
            assert (delivery.state, listed(client, "?attention=open")) == (state, listed_then)
            late = client.post(url, fields | {"request_id": "event_late"})
            assert b"already handled by someone else" in late.content
        assert delivery.message == "total_price must be a number."
        assert AuditEvent.objects.about(delivery).count() == 2

    @pytest.mark.parametrize("at_once", [25, 1])
    def test_all_failed(self, client: Client, shop: Shop, monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
        monkeypatch.setattr(delivery_retries, "AT_ONCE", at_once)
        for number in range(3):
            make_delivery(shop, body=body_of(number + 1))
        unusable = make_delivery(shop, "unusable", body=body_of(9))
        assert "3 failed deliveries" in client.get(RETRY_ALL).content.decode()
        for _ in range(2):  # a double click
            answer = client.post(RETRY_ALL, {"request_id": "event_1", "reason": "Fixed"}, follow=True)
        if at_once == 1:
            assert Job.objects.get().state == "waiting"
            assert f"job-{Job.objects.get().pk}" in answer.content.decode()
            run_all_jobs()
        assert Purchase.objects.filter(contest=shop.contest).count() == 3
        assert "Retried 3 deliveries: 3 done." in client.get(LIST, follow=True).content.decode() or at_once == 25
        unusable.refresh_from_db()
        assert unusable.state == State.UNUSABLE
        assert AuditEvent.objects.filter(contest_id=shop.contest.pk, action="retried").count() == 1
        client.post(RETRY_ALL, {"request_id": "event_2", "reason": "", "with_unusable": "on"})
        unusable.refresh_from_db()
        assert unusable.state == State.DONE


def test_they_count_among_what_needs_attention(client: Client, shop: Shop) -> None:
    for state in State:
        make_delivery(shop, state)
    overview = reverse("admin:contests_contest_overview", args=[change_url(shop.contest).split("/")[-3]])
    for page in ("/admin/", "/admin/purchases/purchase/desk/", overview):
        (item,) = [each for each in client.get(page).context["open_items"] if "deliver" in each["label"]]
        assert (item["count"], item["label"]) == ("3", "store deliveries to review")
        assert len(listed(client, item["url"].removeprefix(LIST))) == 3
    (warning,) = [each for each in warnings_for(shop.contest) if "deliveries" in each.sentence]
    assert warning.sentence == "3 store deliveries need review."
    assert len(listed(client, warning.url.removeprefix(LIST))) == 3
    StoreDelivery.objects.filter(contest=shop.contest).update(state="done")
    assert not [each for each in client.get("/admin/").context["open_items"] if "deliver" in each["label"]]
