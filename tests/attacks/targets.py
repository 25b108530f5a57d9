"""What is attacked: every address of the admin, from the URL resolver, and the objects of two teams for them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any, TypeVar

from django.apps import apps
from django.contrib.admin.utils import quote
from django.db.models import Model
from django.test import Client
from django.urls import get_resolver, reverse

from blitzrocket.accounts.models import Membership, User
from blitzrocket.jobs.models import Job
from contests.models import EntryImport
from purchases.models import OutgoingEvent, PurchaseImport
from tests.blitzrocket.adminsite.test_admin_matrix import objects_of
from tests.profiles import IS_LONG
from tests.support import Shop, make_shop, open_session

OURS = ("accounts", "apikeys", "audit", "contests", "jobs", "purchases")
# Rows that looking at a page may add: who was there.
BESIDES = {"Session", "AuditEvent", "SignInFailures", "DailyStats"}
Chosen = TypeVar("Chosen")
NAMED_BY_A_NUMBER = 2**31 - 2
_TAGS = re.compile(r"""<(?:input|select|textarea)\b(?:[^>"]|"[^"]*")*>""")


@dataclass
class Team:
    """A team with an object of every kind, and the parts that addresses name within these."""

    shop: Shop
    objects: dict[str, Model]
    parts: dict[str, str]


@dataclass(frozen=True)
class Address:
    """A named address of the admin: the kind of object that it names, and the part within that."""

    name: str
    kind: str
    part: str

    def url(self, object_id: Any, part_id: str = "") -> str:
        arguments = [quote(object_id), *([quote(part_id)] if self.part else [])]
        return reverse(f"admin:{self.name}", args=arguments)


def make_team(email: str, member: str, **contest: Any) -> Team:
    shop = make_shop(email, **contest)
    objects = objects_of(shop, User.objects.create_user(member, is_staff=True))
    endpoint = objects_by_kind(objects)["webhookendpoint"]
    parts = {
        "import": EntryImport.objects.get(contest=shop.contest).pk,
        "purchaseimport": PurchaseImport.objects.get(contest=shop.contest).pk,
        "recalculated": shop.contest.recalculations.get().pk,
        "job": Job.objects.filter(contest_id=shop.contest.pk)[0].pk,
        "event": OutgoingEvent.objects.filter(contest=shop.contest, endpoint_id=endpoint.pk)[0].pk,
    }
    return Team(shop, objects_by_kind(objects), parts)


def objects_by_kind(objects: dict[type[Model], Model]) -> dict[str, Model]:
    return {str(model._meta.model_name): obj for model, obj in objects.items()}


def addresses() -> Iterator[Address]:
    """Every address of the admin that names an object of ours."""
    for name, arguments in names().items():
        app, _, path = name.partition("_")
        if app in OURS and arguments:
            kind, _, view = path.partition("_")
            yield Address(name, kind, view.partition("_")[0] if arguments > 1 else "")


def names() -> dict[str, int]:
    """The names of the admin's addresses, each with the number of ids in it."""
    _, resolver = get_resolver("blitzrocket.urls").namespace_dict["admin"]
    patterns: Any = resolver.reverse_dict
    return {name: len(patterns[name][0][0][1]) for name in sorted(filter(lambda key: isinstance(key, str), patterns))}


def some(items: Iterable[Chosen], start: int) -> list[Chosen]:
    """All in a long run; else every sixth, others in each test."""
    return list(items) if IS_LONG else list(items)[start::6]


def absent_id(obj: Model) -> Any:
    """An id of the same form that no object has."""
    return NAMED_BY_A_NUMBER if isinstance(obj.pk, int) else f"{str(obj.pk)[:-4]}none"


def member_of(shop: Shop, role: str, **options: Any) -> Client:
    """A browser of a member, with a user name that other teams' pages must not show."""
    user = User.objects.create_user(f"{role}@{shop.team.pk}", is_staff=True)
    Membership.objects.create(team=shop.team, user=user, role=role)
    client = Client(**options)
    open_session(client, user)
    return client


def all_rows() -> dict[str, list[Any]]:
    """Every row of our tables, but for those that say who was there."""
    models = [model for app in OURS for model in apps.get_app_config(app).get_models()]
    return {
        model.__name__: sorted(model._default_manager.values_list(), key=repr)
        for model in models
        if model.__name__ not in BESIDES
    }


def fields_of(page: str) -> dict[str, str]:
    """The fields of a page's forms with their values; a select has its chosen option or none."""
    values: dict[str, str] = {}
    for match in _TAGS.finditer(page):
        tag = match.group()
        name = _attribute(tag, "name")
        is_unchecked = re.search(r'type="(?:checkbox|radio)"', tag) and not re.search(r"\schecked(?=[\s>=/])", tag)
        if not name or is_unchecked or re.search(r"\sdisabled(?=[\s>=/])", tag):
            continue
        values[name] = _attribute(tag, "value")
        if tag.startswith("<select"):
            options = page[match.end() :].partition("</select>")[0]
            chosen = re.search(r'<option[^>]*value="([^"]*)"[^>]*\sselected', options)
            values[name] = unescape(chosen[1]) if chosen else ""
        elif tag.startswith("<textarea"):
            values[name] = unescape(page[match.end() :].partition("</textarea>")[0]).removeprefix("\n")
    return values


def _attribute(tag: str, name: str) -> str:
    match = re.search(rf'\s{name}="([^"]*)"', tag)
    return unescape(match[1]) if match else ""
