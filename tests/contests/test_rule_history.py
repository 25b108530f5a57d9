"""The history of a contest's rules, and an earlier rule set as a draft."""

import html
import re

from contests.models import PointRule, RuleSet
from tests.contests.rules_form import form, url
from tests.support import Shop, set_rules, signed_in


def test_the_history_shows_who_when_and_what(shop: Shop) -> None:
    client = signed_in(shop, "owner")
    rule = {"id": PointRule.objects.get().pk}
    client.post(url(shop), form(shop, rule | {"points_per_unit": "2"}, {"fixed_points": "5"}, rounding="down"))
    client.post(url(shop), form(shop, rule | {"DELETE": "on"}, cap_per_entry="1000"))
    page = html.unescape(signed_in(shop, "support").get(url(shop, "history")).content.decode())
    third, second, first = page.split('<section class="desk-card">')[1:]
    assert "<ins>1 point per 1.00</ins>" in first
    assert "<del>1 point per 1.00</del><ins>2 points per 1.00</ins>" in second
    assert "<ins>1 point per 1.00 and 5 points</ins>" in second
    assert "<del>rounded to the nearest whole point</del><ins>rounded down</ins>" in second
    assert "<del>2 points per 1.00</del></li>" in third
    assert "<ins>maximum purchase points per entry: 1,000</ins>" in third
    assert ("Live" in third, "owner" in third, "draft" in page) == (True, True, False)


def test_the_history_has_pages(shop: Shop) -> None:
    for cap in range(1, 25):
        set_rules(shop.contest, {}, cap_per_purchase=cap)
    client = signed_in(shop, "owner")
    page = client.get(url(shop, "history")).content.decode()
    assert ("Rules version 25" in page, "Rules version 6<" in page, "Rules version 5<" in page) == (True, True, False)
    assert "show=rules&amp;before=6" in page
    older = client.get(url(shop, "history"), {"show": "rules", "before": "6"}).content.decode()
    assert ("Rules version 5<" in older, "Rules version 1<" in older, "Older" in older) == (True, True, False)


def test_an_earlier_rule_set_is_opened_as_a_draft(shop: Shop) -> None:
    """What was changed is as it was, what was removed is offered anew, what came since is marked for removal."""
    first_rule, second_rule = PointRule.objects.get(), PointRule.objects.create(contest=shop.contest, fixed_points=7)
    client = signed_in(shop, "owner")
    both = {"id": first_rule.pk}, {"id": second_rule.pk, "fixed_points": "7"}
    client.post(url(shop), form(shop, *both, cap_per_purchase="50"))
    removed = {"id": first_rule.pk, "points_per_unit": "9"}, {"id": second_rule.pk, "fixed_points": "7", "DELETE": "on"}
    client.post(url(shop), form(shop, *removed, {"fixed_points": "3"}, rounding="up"))
    shop.contest.refresh_from_db()
    page = client.get(url(shop), {"draft": "2"}).content.decode()
    assert "Nothing changes until you save." in page
    assert re.search(r'name="rules-0-points_per_unit" value="1"', page)
    assert re.search(r"<span data-sentence>1 point per 1.00</span>", page)
    assert re.search(r'name="rules-1-DELETE"[^>]*checked', page)
    assert re.search(r'name="rules-2-fixed_points" value="7"', page)
    assert re.search(r'name="cap_per_purchase" value="50"', page)
    assert RuleSet.objects.count() == 3
    assert [str(rule) for rule in PointRule.objects.order_by("fixed_points")] == [
        "9 points per 1.00",
        "1 point per 1.00 and 3 points",
    ]


def test_an_invalid_draft_is_ignored(shop: Shop) -> None:
    client = signed_in(shop, "owner")
    for number in ("7", "x", "-1", "99999999999999999999", ""):
        assert client.get(url(shop), {"draft": number}).status_code == 200
