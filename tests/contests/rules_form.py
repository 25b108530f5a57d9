"""The forms of a contest as a browser sends them, and what the examples beside its rules answer."""

import html
import json
import re
from typing import Any

from django.contrib.admin.utils import quote
from django.test import Client
from django.urls import reverse

from tests.support import Shop

BLANK = {"currency": "", "amount_from": "", "amount_to": "", "valid_from_0": "", "valid_from_1": ""}
BLANK |= {"valid_until_0": "", "valid_until_1": "", "fixed_points": "0", "points_per_unit": "1", "is_active": "on"}
MIDNIGHTS = {"valid_from_1": "00:00", "valid_until_1": "00:00"}


def url(shop: Shop, view: str = "rules", *more: str) -> str:
    return reverse(f"admin:contests_contest_{view}", args=[quote(shop.contest.pk), *more])


def form(shop: Shop, *rules: dict[str, Any], **fields: str) -> dict[str, str]:
    """The form of the rules as a browser sends it; a rule with an id is one that is there."""
    contest = shop.contest
    values = {"rounding": contest.rounding}
    initial_count = sum("id" in rule for rule in rules)
    values |= {
        "rules-TOTAL_FORMS": str(len(rules)),
        "rules-INITIAL_FORMS": str(initial_count),
        "rules-MIN_NUM_FORMS": "0",
    }
    values |= {"example-amount": "25", "example-currency": "USD", "example-at": "2026-12-24T18:00"}
    for number, rule in enumerate(rules):
        rule_values = BLANK | {"contest": contest.pk} | rule
        values |= {f"rules-{number}-{name}": value for name, value in rule_values.items() if value is not None}
    return values | fields


def settings_form(shop: Shop, **fields: str) -> dict[str, str]:
    """The form of the settings as a browser sends it."""
    contest = shop.contest
    values = {"title": contest.title, "slug": contest.slug, "mode": contest.mode, "status": contest.status}
    values |= {"advocate_points": str(contest.advocate_points), "friend_points": str(contest.friend_points)}
    return values | {"tracking_enabled": "on", "attaches_automatically": "on"} | fields


def opened(client: Client, shop: Shop, view: str = "rules") -> dict[str, str]:
    """The hidden fields of a form that is opened: its version, and the time zone."""
    page = client.get(url(shop, view)).content.decode()
    hidden_fields = {name: re.search(rf'name="{name}" value="([^"]*)"', page) for name in ("seen", "zone")}
    return {name: match[1] for name, match in hidden_fields.items() if match}


def examples(client: Client, shop: Shop, *rules: dict[str, Any], **fields: str) -> str:
    return html.unescape(client.post(url(shop, "examples"), form(shop, *rules, **fields)).content.decode())


def points_in(page: str) -> list[int]:
    return [int(value) for value in re.findall(r'<data value="(-?\d+)">', page)]


def sentences_in(page: str) -> dict[str, str]:
    sentences_match = re.search(r'<script id="rule-sentences" type="application/json">(.*?)</script>', page)
    assert sentences_match
    sentences: dict[str, str] = json.loads(sentences_match[1])
    return sentences
