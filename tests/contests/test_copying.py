"""A contest from another: settings and rules, nothing of its people."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.contrib.admin.utils import quote
from django.test import Client
from django.urls import reverse

from blitzrocket.audit.models import AuditEvent
from contests.models import Contest
from contests.services import terms_as_edited
from tests.support import Shop, make_shop, record, set_rules, signed_in

STARTS, ENDS = datetime(2026, 12, 1, tzinfo=UTC), datetime(2026, 12, 24, tzinfo=UTC)


def url_of(contest: Contest) -> str:
    return reverse("admin:contests_contest_copy", args=[quote(contest.pk)])


def copy(client: Client, contest: Contest, **fields: str) -> Any:
    form = {"title": "Winter", "request_id": "act_copy", "_form_submitted": "True"} | fields
    return client.post(url_of(contest), form)


def made_from(contest: Contest) -> Contest:
    line = AuditEvent.objects.get(action=AuditEvent.Action.COPIED)
    assert line.after == {"copy of": contest.pk}
    return Contest.objects.get(pk=line.object_id)


def test_settings_and_rules_are_copied_and_published(shop: Shop) -> None:
    record(shop)
    set_rules(
        shop.contest,
        {"points_per_unit": Decimal(2), "currency": "EUR", "valid_until": ENDS},
        {"points_per_unit": Decimal(0), "fixed_points": 10, "first_purchase_only": True, "is_active": False},
        cap_per_purchase=100,
        rounding="up",
        attaches_automatically=False,
    )
    Contest.objects.filter(pk=shop.contest.pk).update(starts_at=STARTS, ends_at=ENDS, description="Buy and win")
    shop.contest.refresh_from_db()
    answer = copy(signed_in(shop, "owner"), shop.contest)
    copied_contest = made_from(shop.contest)
    assert answer.headers["HX-Redirect"].endswith(f"/{quote(copied_contest.pk)}/change/")
    assert (copied_contest.title, copied_contest.slug, copied_contest.status, copied_contest.team) == (
        "Winter",
        "winter",
        "draft",
        shop.team,
    )
    assert (copied_contest.starts_at, copied_contest.ends_at, copied_contest.description) == (None, None, "Buy and win")
    assert (copied_contest.cap_per_purchase, copied_contest.rounding, copied_contest.attaches_automatically) == (
        100,
        "up",
        False,
    )
    foreign, own = (
        [(rule.points_per_unit, rule.fixed_points, rule.currency, rule.valid_until, rule.is_active) for rule in rules]
        for rules in (shop.contest.rules.all(), copied_contest.rules.all())
    )
    assert own == foreign
    assert not set(copied_contest.rules.values_list("pk")) & set(shop.contest.rules.values_list("pk"))
    assert copied_contest.current_rules().number == 1
    assert copied_contest.current_rules().terms == terms_as_edited(copied_contest)
    assert not copied_contest.entries.exists()


def test_dates_are_copied_on_request(shop: Shop) -> None:
    Contest.objects.filter(pk=shop.contest.pk).update(starts_at=STARTS, ends_at=ENDS)
    copy(signed_in(shop, "owner"), shop.contest, keeps_dates="on")
    copied_contest = made_from(shop.contest)
    assert (copied_contest.starts_at, copied_contest.ends_at) == (STARTS, ENDS)


def test_two_clicks_are_one_copy_and_two_copies_have_slugs_of_their_own(shop: Shop) -> None:
    client = signed_in(shop, "owner")
    first, second = (copy(client, shop.contest) for _ in range(2))
    assert first.headers["HX-Redirect"] == second.headers["HX-Redirect"]
    for number in (2, 3):
        copy(client, shop.contest, request_id=f"act_{number}")
    copy(client, shop.contest, request_id="act_4", title="夏")
    slugs = set(Contest.objects.filter(team=shop.team).values_list("slug", flat=True))
    assert slugs == {"summer", "winter", "winter-2", "winter-3", "contest"}


def test_the_dialog_names_the_rules_that_have_dates(shop: Shop) -> None:
    client = signed_in(shop, "owner")
    assert "rule has dates" not in client.get(url_of(shop.contest)).content.decode()
    set_rules(shop.contest, {"points_per_unit": Decimal(2), "valid_until": ENDS})
    page = client.get(url_of(shop.contest)).content.decode()
    assert "1 rule has dates" in page
    assert 'value="Summer (copy)"' in page


def test_a_copy_needs_a_title(shop: Shop) -> None:
    page = copy(signed_in(shop, "owner"), shop.contest, title=" ").content.decode()
    assert "This field is required." in page
    assert Contest.objects.count() == 1


def test_only_owners_copy_and_only_their_contests(shop: Shop) -> None:
    assert copy(signed_in(shop, "support"), shop.contest).status_code == 403
    other = make_shop("eve@example.com")
    assert copy(signed_in(shop, "owner"), other.contest).status_code in (403, 404)
    assert Contest.objects.count() == 2
