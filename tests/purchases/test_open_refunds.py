"""Pending and refused refunds in the admin: where they are counted, what their order's page says, and what to do."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from contests.admin.notices import notices_of
from contests.audit import Act
from contests.models import Contest
from purchases.models import WaitingRefund
from purchases.services import RefundRefused, dismiss_refund, refund_order
from tests.purchases.desk import buy, refund_early
from tests.support import Shop, make_shop, signed_in

pytestmark = pytest.mark.django_db(transaction=True)


def refuse_refund(shop: Shop, order_id: str, amount: str = "99", refund_id: str = "r1") -> WaitingRefund:
    """A refund by the shop of more than the order has left, or of nothing."""
    act = Act(reason="Sent back", api_key=shop.keys["private"])
    facts = {"refund_id": refund_id, "amount": Decimal(amount), "currency": "USD"}
    with pytest.raises(RefundRefused):
        refund_order(shop.contest, order_id, **facts, act=act, received_at=timezone.now())  # type: ignore[arg-type]
    return WaitingRefund.objects.get(contest=shop.contest, order_id=order_id, refund_id=refund_id)


def pages(contest: Contest) -> dict[str, str]:
    return {
        "front page": "/admin/",
        "dashboard": reverse("admin:contests_contest_dashboard", args=[contest.pk.replace("_", "_5F")]),
        "desk": reverse("admin:purchases_purchase_desk"),
    }


def needs(client: Client, url: str) -> dict[str, tuple[str, str]]:
    """The open items of a page: how many of each kind, and where they are."""
    return {str(need["what"]): (need["count"], need["url"]) for need in client.get(url).context["waiting"]}


def open_refunds(shop: Shop) -> list[WaitingRefund]:
    """Two that were refused, and three that wait for their order."""
    for number in range(3):
        refund_early(shop, f"not-yet-{number}")
    return [refuse_refund(shop, buy(shop, order_id=f"#{number}").order_id) for number in range(2)]


@pytest.mark.parametrize("page", ["front page", "dashboard", "desk"])
def test_open_refunds_are_counted_until_they_are_dismissed(shop: Shop, page: str) -> None:
    open_refunds(make_shop("eve@example.com"))
    refused = open_refunds(shop)
    client, url = signed_in(shop, "support"), pages(shop.contest)[page]
    for left in (2, 1, 0):
        counts = needs(client, url)
        assert counts["refused refunds"][0] == str(left)
        assert counts["pending refunds"][0] == "3"
        for count, rows in counts.values():
            assert len(client.get(rows).context["cl"].result_list) == int(count)
        if left:
            dismiss_refund(refused[left - 1], act=Act(reason="Agreed with the shop"))
    dismiss_refund(WaitingRefund.objects.filter(state="waiting", contest=shop.contest)[0], act=Act(reason="x"))
    assert needs(client, url)["pending refunds"][0] == "2"


def test_the_link_of_refused_refunds_names_their_state(shop: Shop) -> None:
    url = needs(signed_in(shop, "owner"), "/admin/")["refused refunds"][1]
    assert url == "/admin/purchases/waitingrefund/?state__exact=refused&is_dismissed__exact=0"


def test_more_open_refunds_than_are_counted_are_told_as_such(shop: Shop) -> None:
    order = buy(shop).order_id
    facts = {"contest": shop.contest, "order_id": order, "order_key": order, "received_at": timezone.now()}
    rows = [WaitingRefund(**facts, refund_id=f"r{n}", refund_key=f"r{n}", state="refused") for n in range(120)]
    WaitingRefund.objects.bulk_create(rows)
    assert needs(signed_in(shop, "owner"), "/admin/")["refused refunds"][0] == "99+"
    assert "99+ refused refunds need a person." in [notice.sentence for notice in notices_of(shop.contest)]


@pytest.mark.parametrize("page", ["front page", "dashboard", "desk"])
def test_counting_open_refunds_takes_one_statement(shop: Shop, page: str) -> None:
    client, url = signed_in(shop, "owner"), pages(shop.contest)[page]
    client.get(url)
    for _ in range(2):
        with CaptureQueriesContext(connection) as captured:
            client.get(url)
        about = [each["sql"] for each in captured if "purchases_waitingrefund" in each["sql"]]
        assert len([sql for sql in about if "contests_contest" not in sql]) == 1  # not those of the notices
        if not WaitingRefund.objects.exists():
            open_refunds(shop)


def test_a_notice_leads_to_the_refused_refunds_of_its_contest(shop: Shop) -> None:
    refused = open_refunds(shop)
    (notice,) = notices_of(shop.contest)
    assert notice.sentence == "2 refused refunds need a person."
    assert len(signed_in(shop, "support").get(notice.url).context["cl"].result_list) == 2
    for row in refused:
        dismiss_refund(row, act=Act(reason="Agreed with the shop"))
    assert notices_of(shop.contest) == []
