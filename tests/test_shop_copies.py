"""A copy of a shop is stored and returned as the services make one, with ids, secrets and times of its own."""

import re
from datetime import datetime
from typing import Any

from django.apps import apps

from tests.support import Shop, _make_shop, make_shop

# A digest of an act's request: of an id that differs.
OWN = {"request_digest", "digest", "prefix", "referral_code"}


def rows_of(shop: Shop) -> list[Any]:
    """All rows with the team or contest in them, with what differs from one shop to the next as its kind."""
    rows = []
    for model in apps.get_models():
        for row in model._default_manager.order_by("pk").values():
            if {shop.team.pk, shop.contest.pk} & {value for value in row.values() if isinstance(value, str)}:
                rows.append((model.__name__, {name: plain(name, value) for name, value in row.items()}))
    return rows


def plain(name: str, value: object) -> object:
    if isinstance(value, dict | list | tuple):
        return re.sub("rule_[0-9a-z]{26}", "rule", str(value))
    is_own = name in OWN or isinstance(value, datetime) or (name == "id" and isinstance(value, int))
    return type(value) if is_own else re.sub("[0-9a-z]{26}|^Team .*", "", str(value))


def values_of(shop: Shop) -> list[Any]:
    objects = (shop.team, shop.contest, shop.contest.team, shop.contest.rule_set, shop.entry, *shop.keys.values())
    return [{name: plain(name, value) for name, value in vars(each).items() if name[0] != "_"} for each in objects]


def test_a_copy_equals_what_the_services_make(db: None) -> None:
    make_shop()
    copied, made = make_shop(), _make_shop("Team of the services", "ada@example.com", {})
    assert len(rows_of(made)) > 7
    assert rows_of(copied) == rows_of(made)
    assert values_of(copied) == values_of(made)


def test_two_copies_share_nothing(db: None) -> None:
    one, other = make_shop(slug="spring"), make_shop(slug="spring")
    for ours, theirs in zip((one.team, *one.keys.values()), (other.team, *other.keys.values()), strict=True):
        assert ours.pk != theirs.pk
    assert other.contest.team is other.team
    assert other.entry.contest is other.contest
    assert {one.private_key, one.public_key, one.entry.referral_code}.isdisjoint(
        {other.private_key, other.public_key, other.entry.referral_code}
    )
    for shop in (one, other):
        for each in (shop.team, shop.contest, shop.contest.rule_set, shop.entry, *shop.keys.values()):
            stored = type(each).objects.get(pk=each.pk)  # type: ignore[union-attr]
            # The content of a rule set is read from the database with lists and texts for tuples and decimals.
            names = [field.attname for field in each._meta.concrete_fields if field.attname != "content"]  # type: ignore[union-attr]
            assert [getattr(each, name) for name in names] == [getattr(stored, name) for name in names]
