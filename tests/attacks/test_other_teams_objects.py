"""Ids of another team's objects, in each address, form and call: answered as ids that nobody has."""

import json
import re
from copy import deepcopy
from itertools import cycle
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from contests.models import Contest, Entry
from contests.services import create_contest, create_entry
from purchases.models import Purchase, StoreConnection
from tests.attacks.targets import Team, absent_id, addresses, all_rows, fields_of, make_team, member_of, some
from tests.conftest import ModuleRows
from tests.purchases.privacy.planting import call
from tests.support import Shop, make_shop, record

SECRETS = ("Their secret contest", "eve@example.com", "stranger")
SENT = {"_form_submitted": "True", "post": "yes", "reason": "Mine now", "request_id": "r", "points": "5"}
# Fields of forms that name another object, by the kind that they name.
REFERENCES = {
    "contest": "contest",
    "team": "team",
    "entry": "entry",
    "user": "user",
    "_selected_action": "purchase",
    "email": "entry",
    "purchase": "purchase",
    "ids": "purchase",
    "rules-0-id": "rule",
    "recalculation": "recalculated",
}


@pytest.fixture(scope="module")
def teams(module_rows: ModuleRows) -> tuple[Team, Team]:
    with module_rows():
        ours = make_team("ada@example.com", "member")
        return ours, make_team("eve@example.com", "stranger", title="Their secret contest")


@pytest.fixture
def ours(teams: tuple[Team, Team], db: None) -> Team:
    return deepcopy(teams[0])


@pytest.fixture
def theirs(teams: tuple[Team, Team], db: None) -> Team:
    return deepcopy(teams[1])


def outcome(answer: Any, *ids: Any) -> tuple[Any, ...]:
    """What a stranger could tell apart: the status, where it leads to, and the text without what is new each time."""
    leads_to = answer.get("Location") or answer.get("HX-Redirect") or ""
    title = re.search(rb"<title>.*?</title>", answer.content if not answer.streaming else b"", re.DOTALL)
    parts = [leads_to, title.group().decode() if title else ""]
    for each in ids:
        parts = [part.replace(str(each), "ID").replace(str(each).replace("_", "_5F"), "ID") for part in parts]
    return answer.status_code, *parts


def test_every_address_of_the_admin_answers_as_for_an_absent_object(ours: Team, theirs: Team) -> None:
    """To an owner and to support by turns."""
    clients, before, tried = cycle([member_of(ours.shop, role) for role in ("owner", "support")]), all_rows(), 0
    for address, client in zip(some(addresses(), 3), clients, strict=False):
        obj = theirs.objects[address.kind]
        part = theirs.parts.get(address.part, "")
        missing_id = absent_id(obj)
        for send in (client.get, client.post):
            foreign, absent = (send(address.url(each, part), SENT) for each in (obj.pk, missing_id))
            assert outcome(foreign, obj.pk, part) == outcome(absent, missing_id, part), (address.name, send)
            assert foreign.status_code in (302, 403, 404, 405), address.name
            assert not [secret for secret in SECRETS if secret.encode() in foreign.content], address.name
            tried += 1
    assert tried > 25
    assert all_rows() == before


def test_no_part_of_another_teams_object_is_reached_by_an_own_object(ours: Team, theirs: Team) -> None:
    """An import, job, recalculation or event of another team below an object of one's own, and the other way round."""
    client, before, tried = member_of(ours.shop, "owner"), all_rows(), 0
    for address in addresses():
        if not address.part:
            continue
        own, foreign = ours.objects[address.kind].pk, theirs.objects[address.kind].pk
        mixed = [(own, theirs.parts[address.part]), (foreign, ours.parts[address.part]), (own, "none_none")]
        for object_id, part in mixed:
            for send in (client.get, client.post):
                answer = send(address.url(object_id, part), SENT)
                allowed = (404, 405) if object_id == own else (302, 403, 404, 405)
                assert answer.status_code in allowed, (address.name, object_id, part)
                tried += 1
    assert tried > 60
    assert all_rows() == before


def test_no_form_accepts_another_teams_object(ours: Team, theirs: Team) -> None:
    """Each form of one's own pages, sent with the ids of another team's objects where it names any."""
    client, tried = member_of(ours.shop, "owner"), 0
    ids = {kind: obj.pk for kind, obj in theirs.objects.items()} | theirs.parts
    ids["rule"] = theirs.shop.contest.rules.values_list("pk", flat=True).first()
    before = rows_naming(theirs)
    urls = [each.url(ours.objects[each.kind].pk, ours.parts.get(each.part, "")) for each in addresses()]
    urls += [reverse(f"admin:{m._meta.app_label}_{m._meta.model_name}_add") for m in admin.site._registry]
    urls += [reverse(f"admin:{m._meta.app_label}_{m._meta.model_name}_changelist") for m in admin.site._registry]
    for url in some(urls, 4):
        if url.endswith("/erase/"):
            continue  # one's own person; see the test of the matrix
        page = client.get(url)
        if page.status_code != 200 or page.streaming:
            continue
        fields = fields_of(page.content.decode())
        foreign = {name: ids[kind] for name, kind in REFERENCES.items() if ids.get(kind)}
        foreign |= {name: ids["rule"] for name in fields if re.fullmatch(r"rules-\d+-id", name)}
        foreign |= {"email": "eve@example.com"} if "_form_submitted" in page.content.decode() else {}
        answer: Any = client.post(url, fields | SENT | foreign)
        assert answer.status_code < 500, url
        if not answer.streaming:
            assert "Their secret contest" not in answer.content.decode(), url
        tried += 1
    assert tried > 8
    assert rows_naming(theirs) == before


def rows_naming(team: Team) -> dict[str, list[Any]]:
    """The rows of a team: those that name it, its contest, or an object of these."""
    words = {str(team.shop.team.pk), str(team.shop.contest.pk), str(team.shop.entry.pk)}
    return {name: [row for row in rows if words & set(map(str, row))] for name, rows in all_rows().items()}


def test_no_filter_search_or_page_of_a_list_shows_another_teams_rows(ours: Team, theirs: Team) -> None:
    client = member_of(ours.shop, "owner")
    contest, team = theirs.shop.contest.pk, theirs.shop.team.pk
    queries = [{"contest": contest}, {"contest__id__exact": contest}, {"team": team}, {"team__id__exact": team}]
    queries += [{"q": "eve@example.com"}, {"q": theirs.shop.entry.pk}, {"entry": theirs.shop.entry.pk}, {"all": "1"}]
    for number, model in enumerate(admin.site._registry):
        url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for query in some(queries, number % 3):
            answer = client.get(url, query)
            page = answer.content.decode()
            assert answer.status_code in (200, 302, 403), (url, query)
            assert "Their secret contest" not in page, (url, query)
            assert "/".join((theirs.shop.entry.pk, "change")) not in page, (url, query)


def test_a_purchase_is_looked_up_in_its_contest_only(ours: Team, theirs: Team) -> None:
    second = create_contest(ours.shop.team, title="Second", slug="second", status=Contest.Status.ACTIVE)
    own_id, foreign_id = ours.objects["purchase"].pk, theirs.objects["purchase"].pk
    for contest, purchase in (
        (ours.shop.contest.pk, foreign_id),
        (second.pk, own_id),
        (theirs.shop.contest.pk, own_id),
    ):
        for method, end in (("GET", ""), ("POST", "/void")):
            path = f"/contests/{contest}/purchases/{purchase}{end}"
            answer = call(ours.shop, method, path, {"reason": "x"} if end else None)
            assert answer.status_code == 404, path


def test_an_order_refund_or_reconciliation_never_reaches_another_contest(ours: Team, theirs: Team) -> None:
    record(theirs.shop, order_id="theirs-1")
    before = rows_naming(theirs)
    contest = f"/contests/{ours.shop.contest.pk}"
    refund = call(ours.shop, "POST", f"{contest}/refunds", {"orderId": "theirs-1", "refundId": "r-1", "amount": 1})
    assert refund.status_code == 404
    orders = {"orders": [{"orderId": "theirs-1", "amount": 1, "currency": "USD"}]}
    assert b"49.99" not in call(ours.shop, "POST", f"{contest}/purchases/reconcile", orders).content
    batch = {"purchases": [ours.shop.order(orderId="theirs-1", contestId=theirs.shop.contest.pk)]}
    assert call(ours.shop, "POST", f"{contest}/purchases/batch", batch).json()["data"]["counts"]["recorded"] == 1
    assert Purchase.objects.get(contest=ours.shop.contest, order_id="theirs-1").entry_id == ours.shop.entry.pk
    assert rows_naming(theirs) == before


def test_a_referral_code_of_another_contest_refers_nobody(ours: Team, theirs: Team) -> None:
    before = rows_naming(theirs)
    body = {"email": "new@example.com", "referralCode": theirs.shop.entry.referral_code}
    answer = call(ours.shop, "POST", f"/contests/{ours.shop.contest.pk}/entries", body)
    assert answer.status_code in (201, 400)
    assert not Entry.objects.filter(email="new@example.com", referred_by__isnull=False).exists()
    assert rows_naming(theirs) == before


@pytest.mark.parametrize("path", ["/contests", "/contests/{}/entries", "/contests/{}/purchases"])
def test_a_cursor_of_another_teams_list_shows_none_of_it(db: None, path: str) -> None:
    shops = [make_shop(f"{name}@example.com") for name in ("ada", "eve")]
    for shop in shops:
        for number in range(3):
            create_contest(shop.team, title=f"C{number}", slug=f"c-{number}")
            create_entry(shop.contest, f"{shop.entry.email[:3]}{number}@example.com")
            record(shop)
    own, foreign = shops
    first = call(foreign, "GET", f"{path.format(foreign.contest.pk)}?limit=1").json()
    cursor = find_cursor(first)
    assert cursor
    answer = call(own, "GET", f"{path.format(own.contest.pk)}?limit=50&cursor={cursor}")
    assert answer.status_code in (200, 400)
    for word in (foreign.contest.pk, foreign.entry.pk, "eve@", foreign.team.pk):
        assert word not in answer.content.decode()


def find_cursor(answer: Any) -> str:
    match = re.search(r'"\w*[cC]ursor": "([^"]+)"', json.dumps(answer))
    return match[1] if match else ""


def test_a_store_connection_answers_to_its_own_kind_and_team_only(ours: Team, theirs: Team) -> None:
    for team in (ours, theirs):
        connection = StoreConnection.objects.get(contest=team.shop.contest)
        for kind in ("woocommerce", "stripe", "custom", "purchase", "signup", "..", "shopify%2F"):
            answers = [
                Client().post(f"/api/webhooks/{kind}/{pk}", b"{}", content_type="application/json")
                for pk in (connection.pk, absent_id(connection))
            ]
            foreign, absent = ((answer.status_code, answer.json()["code"]) for answer in answers)
            assert foreign == absent, kind
            assert foreign[0] in (401, 404), kind


def test_a_key_of_one_team_is_no_secret_of_another(shop: Shop) -> None:
    stranger = make_shop("eve@example.com")
    for path in ("/contests/{}", "/contests/{}/entries", "/contests/{}/purchases", "/contests/{}/refunds"):
        url = path.format(shop.contest.pk)
        statuses = {call(stranger, "GET", url, key=key).status_code for key in (stranger.private_key, "")}
        assert statuses == {404}
