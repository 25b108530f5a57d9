"""Markup in everything that a stranger may write, and in no page of the admin, dialog or mail that shows it."""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from blitzrocket.accounts.models import Membership, Team, User
from blitzrocket.accounts.services.password_mail import request_link, send_password_links
from blitzrocket.audit.context import AuditContext
from blitzrocket.jobs.queue import run_all_jobs
from contests.imports import create_entry_import, start_import
from contests.models import Contest, Entry, EntryImport
from contests.services import adjust_points
from purchases.imports.rows import create_purchase_import
from purchases.models import OutgoingEvent, PurchaseImport, StoreConnection, WebhookEndpoint
from tests.attacks.targets import Address, absent_id, addresses, objects_by_kind, some
from tests.blitzrocket.adminsite.test_admin_matrix import objects_of
from tests.conftest import ModuleRows
from tests.purchases.privacy.planting import call
from tests.purchases.stores.deliveries import connect, shopify_order
from tests.support import Shop, hold, invite, make_shop

# It ends an attribute, a script, a style, a title, a text area and a comment, and has a template's own signs.
MARK = "zq7"
ATTACK = f"""{MARK}'"></script></style></title></textarea>--><img src=x onerror={MARK}()>{{{{7*7}}}}${{7}}"""
SHORT = f"""{MARK}"'><b onload={MARK}()>"""
# How it would stand in a page that runs it: as a tag, or behind quotation marks that end an attribute.
UNESCAPED = re.compile(rf"""<img src=x|<b onload|{MARK}'"|{MARK}"'<|{MARK}[^\s<]*</script""")


@pytest.fixture(scope="module")
def attacked(module_rows: ModuleRows) -> tuple[Shop, dict[str, Any]]:
    """A shop with names that attack, and its objects."""
    with module_rows():
        shop = make_shop(title=ATTACK, slug="summer")
        Team.objects.filter(pk=shop.team.pk).update(name=ATTACK)
        Entry.objects.filter(pk=shop.entry.pk).update(name=ATTACK)
        return shop, objects(shop)


@pytest.fixture
def shop(attacked: tuple[Shop, dict[str, Any]], db: None) -> Shop:
    return deepcopy(attacked[0])


@pytest.fixture
def by_kind(attacked: tuple[Shop, dict[str, Any]], db: None) -> dict[str, Any]:
    return deepcopy(attacked[1])


def objects(shop: Shop) -> dict[str, Any]:
    """An object of every kind, each with the attack wherever its texts come from outside."""
    user = User.objects.create_user(f"member {SHORT}", is_staff=True, first_name=SHORT, last_name=SHORT)
    by_kind = objects_by_kind(objects_of(shop, user))
    contest = f"/contests/{shop.contest.pk}"
    assert call(shop, "POST", f"{contest}/purchases", shop.order(orderId=ATTACK)).status_code == 201
    for body in ({"email": ATTACK}, {"amount": ATTACK}, {"currency": ATTACK}, {"purchasedAt": ATTACK}):
        call(shop, "POST", f"{contest}/purchases", shop.order(orderId=f"{ATTACK}{next(iter(body))}", **body))
    refund = {"orderId": f"{ATTACK}r", "refundId": ATTACK, "amount": 5, "reason": ATTACK}
    call(shop, "POST", f"{contest}/refunds", refund)
    assert call(shop, "POST", f"{contest}/refunds", refund | {"orderId": ATTACK, "refundId": "2"}).status_code == 201
    hold(shop, order_id=f"{ATTACK}held")
    store = connect(shop, "shopify")
    StoreConnection.objects.filter(pk=store.connection.pk).update(name=SHORT)
    odd_orders: list[dict[str, Any]] = [{name: ATTACK} for name in ("email", "name", "currency", "id")]
    for fields in odd_orders:
        store.deliver("orders/paid", shopify_order(**fields), user_agent=ATTACK, x_shopify_shop_domain=SHORT)
    WebhookEndpoint.objects.update(name=SHORT, url="https://example.com/?a=%22")
    tried = {"at": "2026-11-27T01:00:00Z", "status": 500, "answer": ATTACK, "error": ATTACK, "ms": 7}
    OutgoingEvent.objects.update(attempts=[tried])
    adjust_points(shop.entry, 5, adjustment_id=ATTACK[:60], audit=AuditContext(reason=ATTACK))
    file = f"email,name,phone,{SHORT}\nnew@example.com,{SHORT},+1,2\n{SHORT},x,{SHORT},1\n".encode()
    for name in (f"{ATTACK}.csv", f"{SHORT}.csv"):
        created = create_entry_import(shop.contest, name, file, by=user)
        past = f"order id,email,amount,currency,purchased at,points\n{SHORT},{SHORT},{SHORT},x,{SHORT},1\n".encode()
        create_purchase_import(shop.contest, name, past, adds_points=False, by=user)
    run_all_jobs()
    start_import(created, audit=AuditContext(user=user, reason=ATTACK))
    run_all_jobs()
    browser = Client(HTTP_USER_AGENT=ATTACK, REMOTE_ADDR="192.0.2.1")
    browser.post("/admin/login/", {"username": ATTACK, "password": "wrong"})
    invite(shop.team, "g@example.com")
    return by_kind


def owner_with_odd_name(shop: Shop) -> Client:
    user = User.objects.create_user(f"owner {SHORT}", is_staff=True, first_name=SHORT)
    Membership.objects.create(team=shop.team, user=user, role="owner")
    return browser_of(user)


def superuser_with_odd_name() -> Client:
    return browser_of(User.objects.create_superuser(f"root {SHORT}", first_name=SHORT))


def browser_of(user: User) -> Client:
    client = Client(HTTP_USER_AGENT=ATTACK)
    client.force_login(user)
    return client


def urls(shop: Shop, by_kind: dict[str, Any]) -> Iterator[str]:
    for address in addresses():
        obj = by_kind[address.kind]
        for part in parts_of(shop, address, by_kind):
            yield address.url(obj.pk, part)
        if not address.part:
            yield address.url(absent_id(obj) if isinstance(obj.pk, int) else SHORT)
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        for query in (
            "",
            "?q=zq7",
            "?" + "&".join(f"{key}=zq7%22%3E%3Cimg%20src=x%3E" for key in ("q", "e", "o", "p")),
        ):
            yield reverse(f"{name}_changelist") + query
        yield reverse(f"{name}_add")
        for obj in model._default_manager.all()[:5]:
            yield reverse(f"{name}_change", args=[str(obj.pk).replace("_", "_5F")])
    yield from ("/admin/", "/admin/search/?s=zq7", "/admin/account/sessions/", "/admin/account/two-step/")
    yield from ("/admin/time-zone/?next=%22%3E%3Cimg%20src=x%3E", "/admin/login/?next=%22%3E%3Cimg%20src=x%3E")
    for query in (MARK, "%22%3E%3Cimg%20src=x%3E", "zq7&begins=1", "a,zq7%22%3E%3Cimg%20src=x%3E,c"):
        yield f"{reverse('admin:purchases_purchase_desk')}?q={query}"
        yield f"{reverse('admin:purchases_purchase_suggestions')}?q={query}"
    contest = shop.contest.pk.replace("_", "_5F")
    for show in ("recalculations", "imports", "activity"):
        yield f"{reverse('admin:contests_contest_history', args=[contest])}?show={show}"
    yield f"{reverse('admin:contests_contest_entries', args=[contest])}?q=%22%3E%3Cimg%20src=x%3E"


def parts_of(shop: Shop, address: Address, by_kind: dict[str, Any]) -> list[str]:
    match address.part:
        case "":
            return [""]
        case "import":
            return list(EntryImport.objects.filter(contest=shop.contest).values_list("pk", flat=True))
        case "purchaseimport":
            return list(PurchaseImport.objects.filter(contest=shop.contest).values_list("pk", flat=True))
        case "event":
            endpoint = by_kind["webhookendpoint"].pk
            return list(
                OutgoingEvent.objects.filter(contest=shop.contest, endpoint_id=endpoint).values_list("pk", flat=True)[
                    :2
                ]
            )
        case "recalculated":
            return list(shop.contest.recalculations.values_list("pk", flat=True))
    return []


def test_no_page_of_the_admin_has_what_a_stranger_wrote_as_markup(shop: Shop, by_kind: dict[str, Any]) -> None:
    """As an owner sees it, and a superuser what an owner may not open."""
    pages, with_attack = 0, 0
    clients = [owner_with_odd_name(shop), superuser_with_odd_name()]
    all_urls = list(dict.fromkeys(urls(shop, by_kind)))
    within = [url for url in all_urls if "/events/" in url or "imports/" in url]  # what other systems and files say
    for url in dict.fromkeys([*within, *some(all_urls, 0)]):
        answer: Any = clients[0].get(url)
        answer = clients[1].get(url) if answer.status_code == 403 else answer
        assert answer.status_code < 500, url
        if answer.streaming or not answer["Content-Type"].startswith("text/html"):
            continue
        text = answer.content.decode()
        match = UNESCAPED.search(text)
        assert match is None, (url, text[max(0, match.start() - 200) : match.end() + 50])
        check_islands(url, text)
        pages, with_attack = pages + 1, with_attack + (MARK in text)
    assert (pages > 25, with_attack > 10) == (True, True), (pages, with_attack)


def check_islands(url: str, text: str) -> None:
    """JSON in a page is JSON, so nothing in it has ended its element."""
    for island in re.findall(r'<script[^>]*type="application/json"[^>]*>(.*?)</script>', text, re.DOTALL):
        json.loads(island)
        assert "<" not in island, url


DIALOGS = {
    "post": "yes",
    "_form_submitted": "True",
    "request_id": "r",
    "reason": ATTACK,
    "points": ATTACK,
    "email": ATTACK,
}


def test_no_form_or_dialog_gives_back_what_was_typed_as_markup(shop: Shop, by_kind: dict[str, Any]) -> None:
    """Also where it refuses it, in its preview, and where its field is one that the form does not expect."""
    client, answers = owner_with_odd_name(shop), 0
    forms = [
        DIALOGS | {"preview": "1"},
        dict.fromkeys(("q", "name", "title", "url", "slug", "file", "text"), ATTACK),
    ]
    for address in some(addresses(), 1):
        if address.part or "export" in address.name or address.name.endswith(("_erase", "_remove", "_delete")):
            continue
        for form in forms:
            answer: Any = client.post(address.url(by_kind[address.kind].pk), form)
            assert answer.status_code < 500, address.name
            if answer.streaming or not answer["Content-Type"].startswith("text/html"):
                continue
            match = UNESCAPED.search(answer.content.decode())
            assert match is None, (address.name, form)
            answers += 1
    assert answers > 8


@pytest.mark.parametrize(
    "path", ["/{}", "/admin/{}", "/api/{}", "/api/v1/contests/{}", "/admin/contests/contest/{}/change/"]
)
def test_no_error_page_gives_back_the_address_as_markup(shop: Shop, path: str) -> None:
    for client in (Client(), owner_with_odd_name(shop)):
        answer = client.get(path.format("%22%3E%3Cimg%20src=x%20onerror=zq7()%3E"), follow=True)
        if answer["Content-Type"].startswith("text/html"):
            assert not UNESCAPED.search(answer.content.decode())
        assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_mail_is_plain_text_with_one_recipient_and_subject(shop: Shop, mailoutbox: Any, settings: Any) -> None:
    settings.SENDS_MAIL, settings.SITE_URL = True, "https://points.example"
    User.objects.create_user(SHORT, "ada@example.com", "a long passphrase 1", is_staff=True)
    for address in ("ada@example.com", "ada@example.com\r\nBcc: eve@example.com", '"<img src=x>"@example.com'):
        request_link(address)
    send_password_links()
    (mail,) = mailoutbox
    assert (mail.to, mail.cc, mail.bcc, mail.content_subtype) == (["ada@example.com"], [], [], "plain")
    assert mail.alternatives == []
    assert "\n" not in mail.subject
    assert "Bcc" not in mail.message().as_string()


def test_a_contest_of_a_stranger_is_text_in_the_api(shop: Shop) -> None:
    answer = call(shop, "GET", f"/contests/{shop.contest.pk}")
    assert answer["Content-Type"] == "application/json"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert Contest.objects.get(pk=shop.contest.pk).title == answer.json()["data"]["title"] == ATTACK
