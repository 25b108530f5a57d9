"""Role × admin address, made from the site's own registry, so that no new page escapes it.

Each page is opened with an object of one's own team and with the same kind of object of another team.
"""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import unquote, urljoin

import pytest
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.db.models import Model
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from apikeys.models import ApiKey
from blitzrocket.accounts.models import Invitation, Membership, Team, User
from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from blitzrocket.jobs.models import Job
from blitzrocket.jobs.queue import start_job
from contests.imports import create_entry_import
from contests.models import Contest, Entry, EntryImport
from purchases.imports.rows import create_purchase_import
from purchases.models import (
    OutgoingEvent,
    PendingRefund,
    Purchase,
    PurchaseImport,
    RejectedPurchase,
    StoreConnection,
    StoreDelivery,
    WebhookEndpoint,
)
from purchases.services.recalculation import start_recalculation
from tests.conftest import ModuleRows
from tests.purchases.outgoing.receiver import subscribe
from tests.purchases.stores.deliveries import make_delivery
from tests.support import Shop, invite, make_pending_refund, make_shop, open_session, record, reject

Pages = dict[tuple[str, str], Any]
ROLES = ("anonymous", "nobody", "support", "owner", "superuser")
VIEWS = ("changelist", "add", "change", "delete", "history")

# What each role may open of its own team. Whatever is not named is refused.
READS = {"changelist", "change", "history"}
EXPORTS = {"export_entries", "export_purchases", "export_ledger"}
LIFE = {"copy", "imports", "import", "import_start", "import_undo", "import_errors"}
HISTORY = {"", "_start", "_undo", "_errors", "_points", "s"}
LIFE |= {f"purchaseimport{audit}" for audit in HISTORY}
SHAPE = {
    "add_store",
    "add_webhook",
    "add_rule",
    "limit_currency",
    "examples",
    "backtest",
    "recalculate",
    "recalculated",
}
SENT_AGAIN = {"event", "event_again", "resend_failed"}
TABS = {"overview", "rules", "entries", "leaderboard", "stores", "webhooks", "job"}
ALLOWED: dict[type[Model], dict[str, set[str]]] = {
    Contest: {
        "support": READS | EXPORTS | TABS,
        "owner": READS | EXPORTS | TABS | LIFE | SHAPE | {"add", "job_cancel"},
        "superuser": READS | EXPORTS | TABS | LIFE | SHAPE | {"add", "job_cancel"},
    },
    Entry: {
        "support": READS | {"adjust", "remove_referral", "personal_data"},
        "owner": READS | {"add", "adjust", "remove_referral", "personal_data", "erase"},
        "superuser": READS | {"add", "adjust", "remove_referral", "personal_data", "erase"},
    },
    Purchase: dict.fromkeys(
        ("support", "owner", "superuser"),
        READS | {"desk", "suggestions", "export", "refund", "void", "restore", "move"},
    ),
    RejectedPurchase: {
        "support": READS | {"export", "attach", "detach", "record", "dismiss", "reopen"},
        "owner": READS | {"export", "attach", "detach", "record", "dismiss", "reopen", "erase"},
        "superuser": READS | {"export", "attach", "detach", "record", "dismiss", "reopen", "erase"},
    },
    PendingRefund: dict.fromkeys(("support", "owner", "superuser"), READS | {"export", "dismiss", "reopen"}),
    StoreDelivery: {
        "support": READS | {"export", "retry", "dismiss", "reopen", "retry_all"},
        "owner": READS | {"export", "retry", "dismiss", "reopen", "retry_all", "body"},
        "superuser": READS | {"export", "retry", "dismiss", "reopen", "retry_all", "body"},
    },
    StoreConnection: {
        "support": READS | {"status"},
        "owner": READS | {"status", "secret", "pause", "resume", "end_overlap", "remove"},
        "superuser": READS | {"status", "secret", "pause", "resume", "end_overlap", "remove"},
    },
    WebhookEndpoint: {
        "support": READS | SENT_AGAIN,
        "owner": READS | SENT_AGAIN | {"test", "secret", "pause", "resume", "end_overlap", "remove"},
        "superuser": READS | SENT_AGAIN | {"test", "secret", "pause", "resume", "end_overlap", "remove"},
    },
    AuditEvent: dict.fromkeys(("support", "owner", "superuser"), READS),
    ApiKey: {role: READS | {"add", "revoke"} for role in ("owner", "superuser")},
    Membership: {
        "owner": READS | {"delete", "create_password_link"},
        "superuser": READS | {"add", "delete", "create_password_link"},
    },
    Invitation: {role: READS | {"add", "revoke"} for role in ("owner", "superuser")},
    Team: {"owner": READS, "superuser": READS | {"add"}},
    User: {"superuser": READS | {"add"}},
}
# Addresses that belong to no model: the way in and out, and what every signed-in person has.
SITE_WIDE = {"index", "login", "logout", "password_change", "password_change_done", "jsi18n", "search", "autocomplete"}
SITE_WIDE |= {"app_list", "view_on_site"}

# Addresses that name something within the object, by the first word of their view.
WITHIN: dict[str, Callable[[Any], Model]] = {
    "job": lambda contest: Job.objects.filter(contest_id=contest.pk)[0],
    "event": lambda endpoint: OutgoingEvent.objects.filter(contest=endpoint.contest, endpoint_id=endpoint.pk)[0],
    "import": lambda contest: EntryImport.objects.filter(contest=contest)[0],
    "purchaseimport": lambda contest: PurchaseImport.objects.filter(contest=contest)[0],
    "recalculated": lambda contest: contest.recalculations.all()[0],
}


@dataclass
class World:
    """Two teams, each with one object of every kind, and a person of every role in the first."""

    own: dict[type[Model], Model]
    other: dict[type[Model], Model]
    clients: dict[str, Client]


def objects_of(shop: Shop, member: User) -> dict[type[Model], Model]:
    endpoint, _ = subscribe(shop)
    record(shop)
    reject(shop)
    make_pending_refund(shop)
    start_job("backtest", shop.contest, by=None, days=30)
    create_entry_import(shop.contest, "people.csv", b"email\nnew@example.com\n", by=None)
    past_orders = b"order id,email,amount,currency,purchased at,points\n1001,ada@example.com,5,USD,2026-01-01,5\n"
    create_purchase_import(shop.contest, "orders.csv", past_orders, adds_points=False, by=None)
    start_recalculation(shop.contest, shop.contest.current_rules(), days=0, audit=AuditContext(reason="As announced"))
    return {
        Contest: shop.contest,
        Entry: shop.entry,
        Purchase: Purchase.objects.get(contest=shop.contest),
        RejectedPurchase: RejectedPurchase.objects.get(contest=shop.contest),
        PendingRefund: PendingRefund.objects.get(contest=shop.contest),
        StoreDelivery: make_delivery(shop),
        StoreConnection: StoreConnection.objects.get(contest=shop.contest),
        WebhookEndpoint: endpoint,
        AuditEvent: AuditEvent.objects.filter(contest_id=shop.contest.pk)[0],
        ApiKey: shop.keys["private"],
        Membership: Membership.objects.create(team=shop.team, user=member, role="support"),
        Invitation: invite(shop.team, "guest@example.com")[0],
        Team: shop.team,
        User: member,
    }


@pytest.fixture(scope="module")
def world_once(module_rows: ModuleRows) -> World:
    with module_rows():
        shop, other = make_shop(), make_shop("eve@example.com", title="Their secret contest")
        members = [User.objects.create_user(name, is_staff=True) for name in ("member", "stranger")]
        clients = {role: Client(raise_request_exception=True) for role in ROLES}
        for role in ROLES[1:]:
            user = User.objects.create_user(role, is_staff=True, is_superuser=role == "superuser")
            if role in ("support", "owner"):
                Membership.objects.create(team=shop.team, user=user, role=role)
            open_session(clients[role], user)
        return World(objects_of(shop, members[0]), objects_of(other, members[1]), clients)


@pytest.fixture
def world(world_once: World, db: None) -> World:
    """Its rows are those at the beginning again, and so are its objects and cookies."""
    clients = {role: Client(raise_request_exception=True) for role in ROLES}
    for role, client in clients.items():
        client.cookies = deepcopy(world_once.clients[role].cookies)
    return World(deepcopy(world_once.own), deepcopy(world_once.other), clients)


def views_of(model: type[Model]) -> Iterator[tuple[str, bool]]:
    """The names of a model's addresses, and whether they name an object; from the URL configuration."""
    prefix = f"{model._meta.app_label}_{model._meta.model_name}_"
    for pattern in admin.site.get_model_admin(model).get_urls():
        if isinstance(pattern, URLPattern) and pattern.name and pattern.name.startswith(prefix):
            yield pattern.name.removeprefix(prefix), "<" in str(pattern.pattern)


def url_of(model: type[Model], view: str, obj: Model | None) -> str:
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_{view}"
    if obj is None:
        return reverse(name)
    word = view.split("_", maxsplit=1)[0]
    within = [id_within(obj, word)] if word in WITHIN else []
    return reverse(name, args=[quote(obj.pk), *within])  # as the admin's own links have it


@cache
def id_within(obj: Model, word: str) -> Any:
    """The same for each role: no other object has the id of this one."""
    return WITHIN[word](obj).pk


def our_models() -> list[type[Model]]:
    return list(admin.site._registry)


def test_every_registered_model_is_in_the_table() -> None:
    assert set(our_models()) == set(ALLOWED)


def test_every_url_belongs_to_a_model_or_the_whole_site() -> None:
    _, resolver = get_resolver("blitzrocket.urls").namespace_dict["admin"]
    names = {name for name in resolver.reverse_dict if isinstance(name, str)}
    of_models = {
        f"{model._meta.app_label}_{model._meta.model_name}_{view}"
        for model in our_models()
        for view, _ in views_of(model)
    }
    assert names - of_models <= SITE_WIDE | {"auth_user_password_change"}


@pytest.fixture(scope="module")
def pages() -> Pages:
    """The lists and forms to add that a role has opened: all tests begin with the same rows."""
    return {}


def page_of(pages: Pages, world: World, role: str, url: str) -> Any:
    if (role, url) not in pages:
        pages[role, url] = world.clients[role].get(url)
    return pages[role, url]


@pytest.mark.parametrize("role", ROLES)
def test_each_role_opens_its_own_pages(world: World, pages: Pages, role: str) -> None:
    for model, roles in ALLOWED.items():
        for view, names_an_object in views_of(model):
            url = url_of(model, view, world.own[model] if names_an_object else None)
            answer = world.clients[role].get(url) if names_an_object else page_of(pages, world, role, url)
            # 405: may do it, by POST; the list of one team leads to that team, some lists to themselves with a filter
            leads_to = answer.get("Location", "")
            own_team = leads_to == url_of(Team, "change", world.own[Team])
            filtered = view == "changelist" and leads_to.startswith(f"{url}?")
            opened = answer.status_code in (200, 405) or "?q=" in leads_to or own_team or filtered
            assert opened == (view in roles.get(role, set())), (role, url, answer.status_code)
            assert answer.status_code in (200, 302, 403, 404, 405), (role, url)


@pytest.mark.parametrize("role", ROLES[:-1])
def test_nobody_opens_or_changes_objects_of_another_team(world: World, role: str) -> None:
    before = {model: type(obj)._default_manager.filter(pk=obj.pk).values().get() for model, obj in world.other.items()}
    for model, obj in world.other.items():
        for view, names_an_object in views_of(model):
            if not names_an_object:
                continue
            url, client = url_of(model, view, obj), world.clients[role]
            for call in (client.get, client.post):
                answer: Any = call(url, {"_form_submitted": "True", "post": "yes"})
                assert answer.status_code in (302, 403, 404), (role, call, url, answer.status_code)
                if answer.status_code == 302:
                    leads_to = unquote(answer["Location"])  # or a user's id might be that of a sign, as in %26
                    assert leads_to.startswith(("/admin/login/", "/admin/")), url
                    assert str(obj.pk) not in leads_to.replace(url, ""), url
    after = {model: type(obj)._default_manager.filter(pk=obj.pk).values().get() for model, obj in world.other.items()}
    assert after == before


@pytest.mark.parametrize("role", ["support", "owner"])
def test_no_list_choice_or_filter_shows_objects_of_another_team(world: World, pages: Pages, role: str) -> None:
    for model, roles in ALLOWED.items():
        for view in ("changelist", "add"):
            if view in roles.get(role, set()):
                answer = page_of(pages, world, role, url_of(model, view, None))
                if answer.status_code == 302:  # to the one team, or to the list with a filter
                    answer = world.clients[role].get(urljoin(answer.request["PATH_INFO"], answer["Location"]))
                assert answer.status_code == 200, (role, model, view)
                page = answer.content.decode()
                for foreign in (*(obj.pk for obj in world.other.values()), "Their secret contest", "eve@example.com"):
                    if isinstance(foreign, str):
                        assert foreign not in page, (role, model, view, foreign)


def test_nobody_raises_their_own_rights(world: World) -> None:
    for role in ("support", "owner"):
        own = Membership.objects.get(user__username=role)
        answer = world.clients[role].post(url_of(Membership, "change", own), {"role": "owner"})
        assert answer.status_code in (302, 403)
        own.refresh_from_db()
        assert own.role == role
        assert world.clients[role].post(url_of(Membership, "delete", own), {"post": "yes"}).status_code in (302, 403)
        assert Membership.objects.filter(pk=own.pk).exists()
        user = User.objects.get(username=role)
        world.clients[role].post(url_of(User, "change", user), {"is_superuser": "on"})
        user.refresh_from_db()
        assert not user.is_superuser


def test_only_a_superuser_adds_people_by_their_user_name(world: World) -> None:
    team = world.own[Team]
    form = {"username": "newcomer", "team": team.pk, "role": "support"}
    for role in ("owner", "support", "nobody", "anonymous"):
        for username in ("newcomer", "superuser"):
            answer = world.clients[role].post(url_of(Membership, "add", None), form | {"username": username})
            assert answer.status_code in (302, 403), role
    assert not Membership.objects.filter(user__username="superuser").exists()
    assert not User.objects.filter(username="newcomer").exists()
    page = world.clients["superuser"].post(url_of(Membership, "add", None), form).content.decode()
    newcomer = User.objects.get(username="newcomer")
    password = page.split('value="')[-1].split('"')[0]
    assert newcomer.check_password(password)
    assert (newcomer.is_staff, newcomer.is_superuser) == (True, False)


def test_an_owner_invites_into_their_own_team_only(world: World) -> None:
    form = {"email": "new@example.com", "role": "support", "team": world.own[Team].pk}
    url = url_of(Invitation, "add", None)
    assert "/invitation/?token=" in world.clients["owner"].post(url, form).content.decode()
    foreign = form | {"email": "other@example.com", "team": world.other[Team].pk}
    assert world.clients["owner"].post(url, foreign).status_code == 200
    assert world.clients["support"].post(url, form).status_code == 403
    assert set(Invitation.objects.values_list("email", flat=True)) == {"new@example.com", "guest@example.com"}


def test_a_dialog_adjusts_points_once_and_not_below_0(world: World) -> None:
    entry = world.own[Entry]
    url = url_of(Entry, "adjust", entry)
    form = {"points": "-20", "reason": "counted twice", "request_id": "a1", "_form_submitted": "True"}
    for _ in range(2):
        assert world.clients["support"].post(url, form).headers["HX-Redirect"]
    refused = world.clients["support"].post(url, form | {"points": "-31", "request_id": "a2"})
    assert "The entry has 30 points; remove at most 30." in refused.content.decode()
    entry.refresh_from_db()
    assert entry.points == 30  # type: ignore[attr-defined]
