"""What the search box suggests, what its results say, and what a user's teams and role keep from both."""

import re
from copy import deepcopy
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apikeys.models import ApiKey
from blitzrocket.accounts.admin.team_scoped import change_url
from blitzrocket.accounts.models import Membership, User
from blitzrocket.audit.context import AuditContext
from contests.models import Contest, Entry
from contests.services import create_contest, create_entry
from purchases.models import Purchase
from purchases.services import refund_purchase
from tests.conftest import ModuleRows
from tests.support import Shop, hold, make_pending_refund, make_shop, record, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def shop_once(module_rows: ModuleRows) -> Shop:
    with module_rows():
        shop = make_shop()
        Contest.objects.filter(pk=shop.contest.pk).update(title="Sommer-Verlosung", slug="summer-raffle")
        Entry.objects.filter(pk=shop.entry.pk).update(name="Ada Lovelace")
        Entry.objects.get(pk=shop.entry.pk).index_name()
        record(shop, "49.99", order_id="#1003")
        record(shop, "20.00", order_id="#10031")
        hold(shop, "late@example.com", order_id="#10032", amount=Decimal(5))
        make_pending_refund(shop)
        purchase = Purchase.objects.get(order_id="#1003")
        audit = AuditContext(reason="Sent back")
        refund_purchase(purchase, refund_id="RE-5", amount=Decimal(10), audit=audit, received_at=timezone.now())
    return shop


@pytest.fixture
def shop(shop_once: Shop, db: None) -> Shop:
    return deepcopy(shop_once)


def suggested(client: Client, text: str) -> list[str]:
    """The text of each option."""
    answer = client.post(reverse("admin:purchases_purchase_suggestions"), {"q": text})
    assert answer.status_code == 200
    options = re.findall(r'role="option".*?</(?:a|div)>', answer.content.decode(), re.DOTALL)
    return [" ".join(unescape(re.sub(r"<[^>]+>", " ", option.partition(">")[2])).split()) for option in options]


def linked(client: Client, text: str) -> list[str]:
    page = client.post(reverse("admin:purchases_purchase_suggestions"), {"q": text}).content.decode()
    return re.findall(r'href="([^"]+)"', page)


def test_the_rows_say_whose_how_much_and_what_status(shop: Shop) -> None:
    client = signed_in(shop, "support")
    assert suggested(client, "1003") == [
        "shopping_bag #1003 Partly refunded Ada Lovelace ada@example.com 40 points 49.99 USD",
        "shopping_bag #10031 Recorded Ada Lovelace ada@example.com 20 points 20.00 USD",
        "shopping_bag #10032 Waiting for entry late@example.com 5.00 USD",
        "search All results for “1003”",
    ]
    assert suggested(client, "re-5")[0].startswith("shopping_bag #1003 Partly refunded Refund RE-5 Ada Lovelace")
    assert suggested(client, "REFUND-")[0].startswith("shopping_bag not-yet Order not received Refund refund-1")
    assert suggested(client, "ada lov")[0] == "person Ada Lovelace ada@example.com 60 points"
    assert suggested(client, "sommer ver")[0].startswith("emoji_events Sommer-Verlosung Running summer-raffle")


@pytest.mark.parametrize("text", ["late", "1003, 1004", "x", "", "%", "nobody", "\u200b", "zz" * 400])
def test_nothing_is_suggested_but_to_search(shop: Shop, text: str) -> None:
    assert len(suggested(signed_in(shop, "support"), text)) == 1


def test_each_kind_is_found_by_what_people_type(shop: Shop) -> None:
    owner, key = signed_in(shop, "owner"), shop.keys["private"]
    member = Membership.objects.get(user__username__startswith="owner")
    User.objects.filter(pk=member.user_id).update(first_name="Olga", email="olga@shop.example")
    typed: dict[str, Any] = {
        shop.entry.referral_code.upper(): shop.entry,
        shop.entry.pk: shop.entry,
        "ada@ex": shop.entry,
        "summer-raf": shop.contest,
        shop.contest.pk: shop.contest,
        "verlosung": shop.contest,
        "olga": member,
        "olga@shop": member,
        member.user.username: member,
        key.prefix: key,
        key.prefix[-6:]: key,
        shop.private_key: key,
        "private": key,
    }
    for text, row in typed.items():
        assert linked(owner, text) == [change_url(row)], text
    assert owner.get(reverse("admin:purchases_purchase_desk"), {"q": "olga"})["Location"] == change_url(member)


def test_members_and_keys_are_for_owners_only(shop: Shop) -> None:
    support, key = signed_in(shop, "support"), shop.keys["private"]
    for text in ("support", key.prefix, key.name, shop.private_key):
        assert linked(support, text) == [], text
        page = support.post(reverse("admin:purchases_purchase_desk"), {"q": text})
        assert page.context["groups"] == [], text


def test_an_owner_of_one_team_and_support_of_another_sees_the_keys_of_the_first(shop: Shop) -> None:
    other = make_shop("eve@example.com")
    client = signed_in(shop, "support")
    Membership.objects.create(team=other.team, user=User.objects.latest("pk"), role="owner")
    own = ApiKey.objects.filter(team=other.team).order_by("name")
    assert linked(client, "key") == [change_url(key) for key in own]


def test_nothing_of_another_team_is_found(shop: Shop) -> None:
    stranger = make_shop("eve@example.com", title="Winter")
    client = signed_in(stranger, "owner")
    typed = (
        "1003", "re-5", "refund", "lovelace", "ada@example.com", shop.entry.pk, shop.entry.referral_code, "sommer",
        shop.contest.pk, "summer-raffle", shop.keys["private"].prefix, shop.private_key,
    )  # fmt: skip
    for text in typed:
        assert linked(client, text) == [], text
        assert client.post(reverse("admin:purchases_purchase_desk"), {"q": text}).context["groups"] == [], text


def test_contests_are_named_where_there_are_several(shop: Shop) -> None:
    client = signed_in(shop, "support")
    assert "Sommer-Verlosung" not in suggested(client, "1003")[0]
    create_contest(shop.team, title="Other", slug="other", status="active")
    assert "Sommer-Verlosung" in suggested(client, "1003")[0]


def test_a_text_is_shown_as_it_is(shop: Shop) -> None:
    Entry.objects.filter(pk=shop.entry.pk).update(name="<script>alert(1)</script>")
    answer = signed_in(shop, "support").post(reverse("admin:purchases_purchase_suggestions"), {"q": "1003<b>"})
    page = answer.content.decode()
    assert "<script" not in page
    assert "<b>" not in page


def test_suggestions_take_few_statements_however_many_contests_there_are(shop: Shop) -> None:
    client, url = signed_in(shop, "owner"), reverse("admin:purchases_purchase_suggestions")
    counts = []
    for turn in range(2):
        for number in range(4):
            other = create_contest(shop.team, title=f"Other {turn}-{number}", slug=f"o{turn}-{number}", status="active")
            create_entry(other, "ada@example.com", name="Ada")
        with CaptureQueriesContext(connection) as captured:
            client.post(url, {"q": "ada"})
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 16


def test_a_list_has_its_replies_in_its_order(shop: Shop) -> None:
    create_entry(shop.contest, "bo@example.com")
    page = signed_in(shop, "support").post(
        reverse("admin:purchases_purchase_desk"),
        {"q": "10032\n#9999\nbo@example.com\n<1003>\nnobody@example.com\nwhatever\n#1003"},
    )
    assert [term.text for term in page.context["results"].terms] == [
        "10032", "#9999", "bo@example.com", "1003", "nobody@example.com", "whatever",
    ]  # fmt: skip
    replies = page.context["replies"].split("\n\n")
    beginnings = [
        "We received order #10032, but its email isn't registered",
        "We haven't received order #9999 yet.",
        "bo@example.com is registered in “Sommer-Verlosung” with 0 points.",
        "Order #1003 of 49.99 USD earned 50 points",
        "The email nobody@example.com isn't registered",
        "whatever: no results.",
    ]
    assert [reply.startswith(start) for reply, start in zip(replies, beginnings, strict=True)] == [True] * 6
    assert page.context["results"].missing == ["#9999", "nobody@example.com", "whatever"]


def test_a_mistyped_email_names_the_likely_entry(shop: Shop) -> None:
    create_entry(shop.contest, "maria.gonzalez@gmail.com", name="María González")
    url = reverse("admin:purchases_purchase_desk")
    page = signed_in(shop, "support").post(url, {"q": "mariagonzalez@gmial.com"}).content.decode()
    assert "Did you mean" in page
    assert "María González" in page
