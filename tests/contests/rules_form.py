"""A contest's form as a browser sends it, and what the examples beside it answer."""

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


def url(shop: Shop, view: str = "change", *more: str) -> str:
    return reverse(f"admin:contests_contest_{view}", args=[quote(shop.contest.pk), *more])


def form(shop: Shop, *rules: dict[str, Any], **fields: str) -> dict[str, str]:
    """A contest's form as a browser sends it; a rule with an id is one that is there."""
    contest = shop.contest
    values = {"title": contest.title, "slug": contest.slug, "mode": contest.mode, "status": contest.status}
    values |= {"rounding": contest.rounding, "tracking_enabled": "on", "attaches_automatically": "on"}
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


def examples(client: Client, shop: Shop, *rules: dict[str, Any], **fields: str) -> str:
    return html.unescape(client.post(url(shop, "examples"), form(shop, *rules, **fields)).content.decode())


def points_in(page: str) -> list[int]:
    return [int(value) for value in re.findall(r'<data value="(-?\d+)">', page)]


def sentences_in(page: str) -> dict[str, str]:
    sentences_match = re.search(r'<script id="rule-sentences" type="application/json">(.*?)</script>', page)
    assert sentences_match
    sentences: dict[str, str] = json.loads(sentences_match[1])
    return sentences
