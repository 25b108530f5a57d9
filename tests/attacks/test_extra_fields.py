"""Members and fields that a caller adds to a body or form in the hope that they are written (mass assignment).

Their names are those of every column of every table of ours, as the database and as the API would write them.
"""

import re
from copy import deepcopy
from functools import cache
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from apikeys.models import ApiKey
from blitzrocket.accounts.models import Invitation, Membership, Team, User
from contests.models import Contest, Entry, PointTransaction
from purchases.models import Purchase, Refund, RejectedPurchase
from purchases.stores.connections import create_connection
from tests.attacks.targets import OURS, addresses, fields_of, make_team, member_of
from tests.attacks.targets import Team as Target
from tests.blitzrocket.api.test_every_endpoint import ROUTES, WEBHOOKS, path_for
from tests.conftest import ModuleRows
from tests.openapi import description
from tests.purchases.privacy.planting import call
from tests.purchases.stores.deliveries import SECRET
from tests.support import Shop, make_shop, record

_AN_ID = re.compile(r"[a-z]+_1k[0-9a-z]{20,}")
NEW_EACH_TIME = ("id", "_id", "_at", "code", "digest", "prefix", "since", "email_key", "request")
WRITTEN = (Contest, Entry, Purchase, Refund, PointTransaction, RejectedPurchase, Team, ApiKey)
STRANGE = {"__class__": "x", "__proto__": {"isAdmin": True}, "constructor": {"prototype": {}}, "$set": {"points": 9}}
CALLS = [(path, method) for path, methods in ROUTES.items() for method, body in methods.items() if body is not None]


@cache
def columns() -> set[str]:
    """Every name of a column or relation of ours."""
    models = [model for app in OURS for model in apps.get_app_config(app).get_models()]
    return {name for model in models for field in model._meta.get_fields() for name in (field.name, f"{field.name}_id")}


def in_camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.title() for word in others)


def members_of(path: str, method: str, start: str = "/api/v1") -> set[str]:
    """The members that the description has for the body of a call."""
    wanted = (
        f"{start}{path.partition('?')[0]}".replace("{contest}", "{}")
        .replace("{entry}", "{}")
        .replace("{purchase}", "{}")
    )
    for described, operations in description()["paths"].items():
        if re.sub(r"\{\w+\}", "{}", described) == wanted and method.lower() in operations:
            schema = operations[method.lower()]["requestBody"]["content"]["application/json"]["schema"]
            while "$ref" in schema:
                schema = description()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
            return set(schema.get("properties", {}))
    raise AssertionError(wanted)


def extra_members(member_names: set[str]) -> dict[str, Any]:
    names = {each for name in columns() for each in (name, in_camel_case(name), name.upper())} - member_names
    return {name: 999_999 if "point" in name.lower() else True for name in names} | STRANGE


def written(shop: Shop) -> dict[str, list[Any]]:
    """All rows, but for what differs from one shop to another and is new each time."""
    rows = {}
    for model in WRITTEN:
        names = [field.attname for field in model._meta.concrete_fields if not field.attname.endswith(NEW_EACH_TIME)]
        values = of_shop(model, shop).values_list(*names)
        rows[model.__name__] = sorted(_AN_ID.sub("ID", repr(list(row))) for row in values)
    return rows


def of_shop(model: type[Model], shop: Shop) -> Any:
    rows = model._default_manager.all()
    if model is Team:
        return rows.filter(pk=shop.team.pk)
    if model is Contest or model is ApiKey:
        return rows.filter(team=shop.team)
    return rows.filter(contest=shop.contest)


def make_known() -> Shop:
    shop = make_shop()
    Team.objects.filter(pk=shop.team.pk).update(name="Team")
    record(shop, order_id="known")
    return shop


@pytest.mark.parametrize(("path", "method"), CALLS)
def test_no_call_writes_a_member_that_it_has_not(db: None, path: str, method: str) -> None:
    """The same call of two shops, once with all these members: the same rows afterwards, but for ids and times."""
    plain, attacked = make_known(), make_known()
    body, extra = ROUTES[path][method], extra_members(members_of(path, method))
    assert len(extra) > 300
    of_rows = extra_members(members_of("/contests/{contest}/purchases", "POST"))
    within = {name: [of_rows | each for each in value] for name, value in body.items() if isinstance(value, list)}
    answers = [
        call(plain, method, path_for(path, plain), body),
        call(attacked, method, path_for(path, attacked), extra | body | within),
    ]
    assert [answer.status_code for answer in answers] == [answers[0].status_code] * 2, answers[1].content
    assert answers[0].status_code in (200, 201)
    assert written(attacked) == written(plain)


@pytest.mark.parametrize("path", WEBHOOKS)
def test_no_webhook_writes_a_member_that_it_has_not(db: None, path: str) -> None:
    shops, body = (make_known(), make_known()), WEBHOOKS[path]
    member_names = members_of(path, "POST", "/api/webhooks")
    for shop, extra in zip(shops, ({}, extra_members(member_names)), strict=True):
        create_connection(shop.contest, kind="custom", name="Form", secret=SECRET)
        url = f"/api/webhooks{path_for(path, shop)}"
        headers = {"x-webhook-secret": SECRET}
        answer = Client().post(url, extra | body, content_type="application/json", headers=headers)
        assert answer.status_code == 201, answer.content
    assert written(shops[0]) == written(shops[1])


@pytest.fixture(scope="module")
def target_once(module_rows: ModuleRows) -> Target:
    with module_rows():
        return make_team("ada@example.com", "member")


@pytest.fixture
def target(target_once: Target, db: None) -> Target:
    return deepcopy(target_once)


def hostile(model: type[Model], target: Target, stranger: Shop) -> dict[str, Any]:
    """A value for each column of a model, of the kind that an attacker would choose."""
    relations = {
        "team": stranger.team.pk,
        "contest": stranger.contest.pk,
        "entry": stranger.entry.pk,
        "user": 1,
        "actor": 1,
    }
    values: dict[str, Any] = {}
    for field in model._meta.concrete_fields:
        kind = field.get_internal_type()
        value: Any = relations.get(field.name, "1")
        if kind == "DateTimeField":
            values |= {f"{field.name}_0": "2001-01-01", f"{field.name}_1": "00:00"}
            value = "2001-01-01T00:00:00Z"
        elif kind == "BooleanField":
            value = "on"
        elif "Integer" in kind or kind == "DecimalField":
            value = "999999"
        values |= {field.name: value, field.attname: value}
    return values | {"is_superuser": "on", "is_staff": "on", "user_permissions": "1", "groups": "1", "kind": "private"}


@pytest.mark.parametrize("role", ["support", "owner"])
def test_no_form_of_the_admin_writes_a_field_that_it_does_not_show(target: Target, role: str) -> None:
    """Each change form, sent as it stands with every other column of its table."""
    stranger, client, sent = make_shop("eve@example.com"), member_of(target.shop, role), 0
    for address in addresses():
        obj = target.objects[address.kind]
        if not address.name.endswith("_change"):
            continue
        page = client.get(address.url(obj.pk))
        shown = fields_of(page.content.decode()) if page.status_code == 200 else {}
        names = {name.partition("-")[0].removesuffix("_0").removesuffix("_1") for name in shown}
        before = row_of(obj)
        offered = visible_names(page.content.decode()) | names
        offered |= {"options"} if any(name.startswith("option_") for name in offered) else set()
        extra = {
            name: value
            for name, value in hostile(type(obj), target, stranger).items()
            if name.removesuffix("_0").removesuffix("_1").removesuffix("_id") not in offered
        }
        answer = client.post(address.url(obj.pk), shown | extra)
        assert answer.status_code in (200, 302, 403), address.name
        after = row_of(obj)
        assert {name for name in before if before[name] != after[name]} <= offered, address.name
        sent += 1
    assert sent > 12
    assert not User.objects.filter(is_superuser=True).exists()


def visible_names(page: str) -> set[str]:
    return set(re.findall(r'\sname="(\w+)"', page))


def row_of(obj: Model) -> dict[str, Any]:
    row: dict[str, Any] = type(obj)._default_manager.filter(pk=obj.pk).values().get()
    return row


ADDED: dict[type[Model], dict[str, str]] = {
    ApiKey: {"name": "New", "kind": "public"},
    Invitation: {"email": "new@example.com", "role": "support"},
    Entry: {"email": "new@example.com", "name": "New"},
}
NOT_CHOSEN: dict[type[Model], dict[str, Any]] = {
    ApiKey: {"revoked_at": None, "kind": "public"},
    Invitation: {"accepted_by_id": None, "accepted_at": None, "role": "support"},
    Entry: {"points": 0, "is_disqualified": False, "erased_at": None, "referred_by_id": None},
}


@pytest.mark.parametrize("model", ADDED)
def test_no_form_that_adds_writes_a_field_that_it_does_not_show(target: Target, model: type[Model]) -> None:
    stranger, client = make_shop("eve@example.com"), member_of(target.shop, "owner")
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add")
    page = client.get(url).content.decode()
    shown = fields_of(page) | ADDED[model]
    shown |= {"contest": target.shop.contest.pk} if "contest" in shown else {}
    shown |= {"team": target.shop.team.pk} if "team" in shown else {}
    extra = {name: value for name, value in hostile(model, target, stranger).items() if name not in visible_names(page)}
    before = set(model._default_manager.values_list("pk", flat=True))
    client.post(url, extra | shown)
    added: dict[str, Any] = model._default_manager.exclude(pk__in=before).values().get()
    assert {name: added[name] for name in NOT_CHOSEN[model]} == NOT_CHOSEN[model]
    assert added.get("created_at") is None or added["created_at"].year > 2020
    assert added.get("team_id", target.shop.team.pk) == target.shop.team.pk
    assert added.get("contest_id", target.shop.contest.pk) == target.shop.contest.pk


def test_no_page_of_a_person_makes_them_more_than_they_are(target: Target) -> None:
    """Their own pages, the sign-in and the pages before it, with every column of users and memberships."""
    stranger, client = make_shop("eve@example.com"), member_of(target.shop, "support")
    extra = hostile(User, target, stranger) | hostile(Membership, target, stranger) | {"role": "owner"}
    before = [list(model._default_manager.order_by("pk").values_list()) for model in (User, Membership, Team)]
    password = {"old_password": "x", "new_password1": "y", "new_password2": "y"}
    paths = [
        "/admin/password_change/",
        "/admin/account/sessions/",
        "/admin/account/two-step/set-up/",
        "/admin/password/forgot/",
    ]
    paths += [
        "/admin/login/",
        "/admin/account/two-step/turn-off/",
        "/admin/accounts/user/add/",
        "/admin/accounts/membership/add/",
    ]
    for path in paths:
        assert client.post(path, extra | password).status_code < 500, path
    assert [list(model._default_manager.order_by("pk").values_list()) for model in (User, Membership, Team)] == before
    assert admin.site.is_registered(User)
