"""The rules on a contest's page: sentences, live examples, trials, drafts of earlier rules, what is refused."""

import html
import json
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.utils import quote
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blitzrocket.work import work_off_all
from contests.audit import Act
from contests.models import Contest, Job, PointRule, RuleSet
from purchases.models import Purchase, Recalculation
from purchases.services.recalculation import start_recalculation, undo_recalculation
from tests.purchases.desk import buy, points_of
from tests.support import Shop, make_shop, set_rules, signed_in

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
    there = sum("id" in rule for rule in rules)
    values |= {"rules-TOTAL_FORMS": str(len(rules)), "rules-INITIAL_FORMS": str(there), "rules-MIN_NUM_FORMS": "0"}
    values |= {"example-amount": "25", "example-currency": "USD", "example-at": "2026-12-24T18:00"}
    for number, rule in enumerate(rules):
        sent = BLANK | {"contest": contest.pk} | rule
        values |= {f"rules-{number}-{name}": value for name, value in sent.items() if value is not None}
    return values | fields


def examples(client: Client, shop: Shop, *rules: dict[str, Any], **fields: str) -> str:
    return html.unescape(client.post(url(shop, "examples"), form(shop, *rules, **fields)).content.decode())


def points_in(page: str) -> list[int]:
    return [int(value) for value in re.findall(r'<data value="(-?\d+)">', page)]


def sentences_in(page: str) -> dict[str, str]:
    found = re.search(r'<script id="rule-sentences" type="application/json">(.*?)</script>', page)
    assert found
    sentences: dict[str, str] = json.loads(found[1])
    return sentences


class TestExamples:
    def test_usual_amounts_and_one_of_ones_own_with_the_steps(self, shop: Shop) -> None:
        page = examples(signed_in(shop, "owner"), shop, {"points_per_unit": "2", "fixed_points": "5"})
        assert points_in(page) == [25, 105, 205, 2005, 55]
        assert "2 points per 1.00 and 5 points gave 104.98, rounded to the nearest whole point: 105" in page
        assert sentences_in(page) == {"rules-0": "2 points per 1.00 and 5 points"}

    def test_nothing_is_saved(self, shop: Shop) -> None:
        before = list(PointRule.objects.values()), list(Contest.objects.values()), RuleSet.objects.count()
        examples(signed_in(shop, "owner"), shop, {"points_per_unit": "2"}, title="Other", rounding="down")
        assert before == (list(PointRule.objects.values()), list(Contest.objects.values()), RuleSet.objects.count())

    def test_rounding_and_caps_as_they_stand_in_the_form(self, shop: Shop) -> None:
        page = examples(signed_in(shop, "owner"), shop, {}, rounding="down", cap_per_purchase="40")
        assert points_in(page) == [9, 40, 40, 40, 25]
        assert "limited to 40 by the most points for one purchase" in page

    def test_every_currency_that_is_named_or_was_seen(self, shop: Shop) -> None:
        buy(shop, "10", currency="JPY")
        page = examples(signed_in(shop, "owner"), shop, {"currency": "EUR"})
        assert points_in(page) == [10, 50, 100, 1000, 0, 0, 0, 0, 0]
        assert ("9.99 EUR" in page, "10 JPY" in page, "it is for EUR only" in page) == (True, True, True)

    @pytest.mark.parametrize(("typed", "code"), [("eur", "EUR"), (" Euro ", "EUR"), ("us dollar", "USD")])
    def test_a_currency_by_its_code_or_name(self, shop: Shop, typed: str, code: str) -> None:
        page = examples(signed_in(shop, "owner"), shop, {"currency": typed})
        assert sentences_in(page) == {"rules-0": f"1 point per 1.00 {code}"}

    def test_ones_own_first_purchase_in_december(self, shop: Shop) -> None:
        december = {"valid_from_0": "2026-12-01", "valid_from_1": "00:00:00", "first_purchase_only": "on"}
        client = signed_in(shop, "owner")
        assert points_in(examples(client, shop, december))[-1] == 0
        assert points_in(examples(client, shop, december, **{"example-first": "on"}))[-1] == 25

    def test_times_are_those_of_the_browser(self, shop: Shop) -> None:
        client = signed_in(shop, "owner")
        client.cookies["timezone"] = "Europe/Berlin"
        day = {"valid_from_0": "2026-12-01", "valid_from_1": "00:00:00"}
        day |= {"valid_until_0": "2026-12-25", "valid_until_1": "00:00:00"}
        assert sentences_in(examples(client, shop, day)) == {"rules-0": "1 point per 1.00, 1–24 December 2026"}
        client.post(url(shop), form(shop, day))
        assert PointRule.objects.get(valid_from__isnull=False).valid_from == datetime(2026, 11, 30, 23, tzinfo=UTC)
        client.cookies["timezone"] = "../../etc/passwd"
        assert "2026-11-30" in client.get(url(shop)).content.decode()

    @pytest.mark.parametrize(
        ("rule", "problem"),
        [
            ({"points_per_unit": "-1"}, "Points per 1.00: Ensure this value is greater than or equal to 0."),
            ({"points_per_unit": ""}, "Points per 1.00: This field is required."),
            ({"points_per_unit": "0"}, "A rule must give something"),
            ({"currency": "ABC"}, "“ABC” is not a currency"),
            ({"amount_from": "20", "amount_to": "10"}, "“Amount to” must not be below “amount from”."),
            ({"amount_to": "0"}, "A purchase is always more than 0"),
            ({"amount_from": "999999999999.5"}, "No purchase is that large"),
            ({"currency": "EUR", "amount_from": "9.991", "amount_to": "9.999"}, "No amount in EUR lies between"),
            (
                {"valid_from_0": "2026-12-02", "valid_until_0": "2026-12-01"} | MIDNIGHTS,
                "“Valid until” must be later than “valid from”.",
            ),
            ({"valid_from_0": "2027-06-01", "valid_from_1": "00:00"}, "begins after the contest ends"),
            ({"valid_until_0": "2026-06-01", "valid_until_1": "00:00"}, "ends before the contest starts"),
        ],
    )
    def test_what_cannot_be_explained_is_refused_while_typing_and_when_saving(
        self, shop: Shop, rule: dict[str, str], problem: str
    ) -> None:
        dates = {"starts_at_0": "2026-07-01", "starts_at_1": "00:00", "ends_at_0": "2027-05-01", "ends_at_1": "00:00"}
        client = signed_in(shop, "owner")
        page = examples(client, shop, rule, **dates)
        assert "Rule 1: " in page
        assert problem in page
        assert points_in(page) == []
        saved = html.unescape(client.post(url(shop), form(shop, rule, **dates)).content.decode())
        assert problem.removeprefix("Points per 1.00: ") in saved
        assert PointRule.objects.count() == 1

    def test_a_rule_that_is_off_may_lie_outside(self, shop: Shop) -> None:
        late: dict[str, Any] = {"valid_from_0": "2027-06-01", "valid_from_1": "00:00", "is_active": None}
        page = examples(signed_in(shop, "owner"), shop, late, ends_at_0="2027-05-01", ends_at_1="00:00")
        assert sentences_in(page) == {"rules-0": "1 point per 1.00, from 1 June 2027 (off)"}

    def test_a_contest_that_is_being_made(self, shop: Shop) -> None:
        client = signed_in(shop, "owner")
        sent = form(shop, {"points_per_unit": "3", "contest": ""}, title="", slug="")
        page = client.post(reverse("admin:contests_contest_examples_new"), sent).content.decode()
        assert points_in(page) == [30, 150, 300, 3000, 75]

    def test_owners_only_and_never_anothers(self, shop: Shop) -> None:
        other = make_shop("eve@example.com")
        sent = form(shop, {})
        for view in ("examples", "try"):
            assert signed_in(shop, "support").post(url(shop, view), sent).status_code == 403
            assert signed_in(shop, "owner").post(url(other, view), sent).status_code == 404
        assert signed_in(shop, "support").post(reverse("admin:contests_contest_examples_new"), sent).status_code == 403
        assert not Job.objects.exists()

    def test_few_statements(self, shop: Shop) -> None:
        client = signed_in(shop, "owner")
        sent = form(shop, {}, {}, {}, {}, {})
        with CaptureQueriesContext(connection) as captured:
            client.post(url(shop, "examples"), sent)
        queries = [query["sql"] for query in captured if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
        checks = [query for query in queries if query.startswith("SELECT 1 AS")]  # of constraints, without a table
        assert len(queries) - len(checks) <= 12, queries


class TestSaving:
    def test_a_rule_left_as_it_was_offered_is_added(self, shop: Shop) -> None:
        rule = PointRule.objects.get()
        signed_in(shop, "owner").post(url(shop), form(shop, {"id": rule.pk}, {}))
        assert [str(each) for each in PointRule.objects.all()] == ["1 point per 1.00"] * 2

    def test_switching_off_and_removing(self, shop: Shop) -> None:
        client = signed_in(shop, "owner")
        rule = {"id": PointRule.objects.get().pk}
        client.post(url(shop), form(shop, rule | {"is_active": None}))
        assert str(PointRule.objects.get()) == "1 point per 1.00 (off)"
        client.post(url(shop), form(shop, rule | {"DELETE": "on"}))
        shop.contest.refresh_from_db()
        assert shop.contest.rules_in_force.terms.rules == ()


class TestSavingAtOnce:
    def opened(self, client: Client, shop: Shop) -> dict[str, str]:
        page = client.get(url(shop)).content.decode()
        found = {name: re.search(rf'name="{name}" value="([^"]*)"', page) for name in ("seen", "zone")}
        return {name: match[1] for name, match in found.items() if match}

    def test_the_second_of_two_owners_is_told_and_may_save_again(self, shop: Shop) -> None:
        rule = {"id": PointRule.objects.get().pk}
        ours, theirs = signed_in(shop, "owner"), signed_in(shop, "owner")
        opened = self.opened(ours, shop)
        theirs.post(url(shop), form(shop, rule | {"points_per_unit": "7"}, **self.opened(theirs, shop)))
        sent = form(shop, rule, title="Other", **opened)
        page = ours.post(url(shop), sent).content.decode()
        assert "This contest was saved since you opened this page" in page
        assert str(PointRule.objects.get()) == "7 points per 1.00"
        again = re.search(r'name="seen" value="([^"]*)"', page)
        assert again
        assert ours.post(url(shop), sent | {"seen": again[1]}).status_code == 302
        assert str(PointRule.objects.get()) == "1 point per 1.00"

    def test_two_clicks_add_one_rule(self, shop: Shop) -> None:
        client = signed_in(shop, "owner")
        sent = form(shop, {"id": PointRule.objects.get().pk}, {"fixed_points": "5"}, **self.opened(client, shop))
        for _ in range(2):
            client.post(url(shop), sent)
        assert PointRule.objects.count() == 2

    @pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York", "Pacific/Kiritimati"])
    @pytest.mark.parametrize("hour", [0, 1])
    def test_saving_without_a_change_changes_nothing_in_any_zone(self, shop: Shop, zone: str, hour: int) -> None:
        """Also in the hour that comes twice, and where the browser told its zone after the page was drawn."""
        until = datetime(2026, 10, 25, hour, 30, tzinfo=UTC)
        set_rules(shop.contest, {"valid_until": until}, ends_at=until, starts_at=datetime(2026, 3, 29, 1, tzinfo=UTC))
        client = signed_in(shop, "owner")
        client.cookies["timezone"] = zone
        page = client.get(url(shop)).content.decode()
        shown = dict(re.findall(r'<input[^>]*? name="([^"]+)"[^>]*? value="([^"]*)"', page))
        shown |= {name: value for value, name in re.findall(r'<input[^>]*? value="([^"]*)"[^>]*? name="([^"]+)"', page)}
        rule = PointRule.objects.get()
        moments = {name: value for name, value in shown.items() if re.search(r"(valid_|starts_at|ends_at)", name)}
        sent = form(shop, {"id": rule.pk}, **{"seen": shown["seen"], "zone": shown["zone"], **moments})
        client.cookies["timezone"] = "Asia/Tokyo"
        answer = client.post(url(shop), sent | {"rules-0-first_purchase_only": "on"})
        assert answer.status_code == 302, answer.content.decode()
        saved = PointRule.objects.get()
        assert (saved.valid_until, saved.first_purchase_only) == (until, True)
        shop.contest.refresh_from_db()
        assert shop.contest.ends_at == until

    def test_an_hour_that_never_is_cannot_be_typed(self, shop: Shop) -> None:
        client = signed_in(shop, "owner")
        sent = form(shop, {"valid_from_0": "2027-03-28", "valid_from_1": "02:30"}, zone="Europe/Berlin")
        assert "couldn’t be interpreted" in html.unescape(client.post(url(shop), sent).content.decode())

    def test_too_many_rules_are_refused_with_a_sentence(self, shop: Shop) -> None:
        page = signed_in(shop, "owner").post(url(shop), form(shop, *[{}] * 51)).content.decode()
        assert "A contest has at most 50 rules." in page
        assert PointRule.objects.count() == 1


class TestHistory:
    def test_who_when_and_what_changed(self, shop: Shop) -> None:
        client = signed_in(shop, "owner")
        rule = {"id": PointRule.objects.get().pk}
        client.post(url(shop), form(shop, rule | {"points_per_unit": "2"}, {"fixed_points": "5"}, rounding="down"))
        client.post(url(shop), form(shop, rule | {"DELETE": "on"}, cap_per_entry="1000"))
        page = html.unescape(signed_in(shop, "support").get(url(shop, "rule_sets")).content.decode())
        third, second, first = page.split('<section class="desk-card">')[1:]
        assert "<ins>1 point per 1.00</ins>" in first
        assert "<del>1 point per 1.00</del><ins>2 points per 1.00</ins>" in second
        assert "<ins>1 point per 1.00 and 5 points</ins>" in second
        assert "<del>rounded to the nearest whole point</del><ins>rounded down</ins>" in second
        assert "<del>2 points per 1.00</del></li>" in third
        assert "<ins>at most 1,000 points for one entry</ins>" in third
        assert ("in force" in third, "owner" in third, "draft" in page) == (True, True, False)

    def test_many_are_read_page_by_page(self, shop: Shop) -> None:
        for cap in range(1, 25):
            set_rules(shop.contest, {}, cap_per_purchase=cap)
        client = signed_in(shop, "owner")
        page = client.get(url(shop, "rule_sets")).content.decode()
        assert ("Rules no. 25" in page, "Rules no. 5<" in page, "?p=2" in page) == (True, False, True)
        assert "Rules no. 1<" in client.get(url(shop, "rule_sets"), {"p": "2"}).content.decode()

    def test_an_earlier_rule_set_is_opened_as_a_draft(self, shop: Shop) -> None:
        """What was changed is as it was, what was removed is offered anew, what came since is marked for removal."""
        kept, gone = PointRule.objects.get(), PointRule.objects.create(contest=shop.contest, fixed_points=7)
        client = signed_in(shop, "owner")
        both = {"id": kept.pk}, {"id": gone.pk, "fixed_points": "7"}
        client.post(url(shop), form(shop, *both, cap_per_purchase="50"))
        removed = {"id": kept.pk, "points_per_unit": "9"}, {"id": gone.pk, "fixed_points": "7", "DELETE": "on"}
        client.post(url(shop), form(shop, *removed, {"fixed_points": "3"}, rounding="up"))
        shop.contest.refresh_from_db()
        page = client.get(url(shop), {"draft": "2"}).content.decode()
        assert "Nothing changes until you save." in page
        assert re.search(r'name="rules-0-points_per_unit" value="1"', page)
        assert re.search(r'name="rules-1-DELETE"[^>]*checked', page)
        assert re.search(r'name="rules-2-fixed_points" value="7"', page)
        assert re.search(r'name="cap_per_purchase" value="50"', page)
        assert RuleSet.objects.count() == 3
        assert [str(rule) for rule in PointRule.objects.order_by("fixed_points")] == [
            "9 points per 1.00",
            "1 point per 1.00 and 3 points",
        ]

    def test_a_draft_that_is_none_is_passed_over(self, shop: Shop) -> None:
        client = signed_in(shop, "owner")
        for number in ("7", "x", "-1", "99999999999999999999", ""):
            assert client.get(url(shop), {"draft": number}).status_code == 200


class TestTrialAndRecalculation:
    def test_a_trial_of_what_stands_in_the_form(self, shop: Shop) -> None:
        buy(shop, "30.00")
        client = signed_in(shop, "owner")
        begun = client.post(url(shop, "try"), form(shop, {"points_per_unit": "2"}, days="30")).content.decode()
        assert "Waiting" in begun
        work_off_all()
        told = client.get(url(shop, "job", Job.objects.get().pk)).content.decode()
        assert "<strong>60</strong>" in told
        assert "instead of 30 points." in told
        assert ("ada@example.com" in told, "hx-get" in told) == (True, False)
        assert Purchase.objects.get().points_now == 30

    def test_a_trial_of_what_is_wrong_says_so(self, shop: Shop) -> None:
        page = signed_in(shop, "owner").post(url(shop, "try"), form(shop, {"points_per_unit": "-1"}, days="30"))
        assert "greater than or equal to 0" in page.content.decode()
        assert not Job.objects.exists()

    def test_recalculated_after_looking_with_a_reason_and_taken_back(self, shop: Shop) -> None:
        buy(shop, "30.00")
        set_rules(shop.contest, {"points_per_unit": 2})
        client = signed_in(shop, "owner")
        looked = client.post(url(shop, "recalculate"), {"look": "1", "days": "0"})
        work_off_all()
        page = client.get(looked["Location"]).content.decode()
        assert "instead of 30 points." in page
        trial = Job.objects.get().pk
        sent = {"confirm": "1", "trial": trial, "act_id": "act_one", "reason": ""}
        assert "This field is required." in client.post(url(shop, "recalculate"), sent).content.decode()
        for _ in range(2):
            client.post(url(shop, "recalculate"), sent | {"reason": "As announced"})
        work_off_all()
        assert points_of(shop.entry) == 60
        assert "1 of 1 orders changed" in client.get(url(shop, "recalculate")).content.decode()
        one = Recalculation.objects.get()
        undo = url(shop, "recalculated", one.pk)
        assert client.get(undo).status_code == 200
        for _ in range(2):
            client.post(undo, {"reason": "A mistake", "act_id": "act_two", "undo": "1"})
        work_off_all()
        assert points_of(shop.entry) == 30
        assert "Taken back" in client.get(url(shop, "recalculate")).content.decode()

    def test_not_by_rules_that_nobody_looked_at(self, shop: Shop) -> None:
        buy(shop, "30.00")
        set_rules(shop.contest, {"points_per_unit": 2})
        client = signed_in(shop, "owner")
        client.post(url(shop, "recalculate"), {"look": "1", "days": "0"})
        work_off_all()
        set_rules(shop.contest, {"points_per_unit": 3})
        sent = {"confirm": "1", "trial": Job.objects.get().pk, "act_id": "act_one", "reason": "?"}
        assert "The rules were changed since." in client.post(url(shop, "recalculate"), sent).content.decode()
        assert not Recalculation.objects.exists()

    def test_not_after_a_look_of_long_ago(self, shop: Shop) -> None:
        buy(shop, "30.00")
        set_rules(shop.contest, {"points_per_unit": 2})
        client = signed_in(shop, "owner")
        client.post(url(shop, "recalculate"), {"look": "1", "days": "0"})
        work_off_all()
        Job.objects.update(finished_at=timezone.now() - timedelta(hours=2))
        sent = {"confirm": "1", "trial": Job.objects.get().pk, "act_id": "act_one", "reason": "?"}
        assert "That was a while ago." in client.post(url(shop, "recalculate"), sent).content.decode()
        assert not Recalculation.objects.exists()

    def test_one_that_was_half_taken_back_says_so_and_needs_a_button(self, shop: Shop) -> None:
        buy(shop, "30.00")
        set_rules(shop.contest, {"points_per_unit": 2})
        act = Act(reason="As announced")
        one = start_recalculation(shop.contest, shop.contest.rules_in_force, days=0, act=act)
        work_off_all()
        client = signed_in(shop, "owner")
        client.post(url(shop, "recalculated", one.pk), {"reason": "?", "act_id": "act_two"})
        one.refresh_from_db()
        assert one.undo_job is None
        undo_recalculation(one, act=Act(reason="A mistake"))
        Job.objects.get(kind=Job.Kind.UNDO_RECALCULATION).cancel()
        page = client.get(url(shop, "recalculate")).content.decode()
        assert "Taking back: Cancelled, 0 of 1" in page
        assert "Continue it or take it back" not in page

    def test_support_and_others_do_not(self, shop: Shop) -> None:
        other = make_shop("eve@example.com")
        assert signed_in(shop, "support").post(url(shop, "recalculate"), {"look": "1", "days": "0"}).status_code == 403
        assert signed_in(shop, "owner").post(url(other, "recalculate"), {"look": "1", "days": "0"}).status_code == 403
        assert not Job.objects.exists()


# --- For any rules and purchases --------------------------------------------------------------------------------


@pytest.mark.django_db
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(
    rules=st.lists(
        st.fixed_dictionaries(
            {
                "points_per_unit": st.decimals(0, 5, places=3),
                "fixed_points": st.integers(1, 50),
                "currency": st.sampled_from(["", "USD", "EUR"]),
                "amount_from": st.sampled_from([None, Decimal(20)]),
                "amount_to": st.sampled_from([None, Decimal(60)]),
                "first_purchase_only": st.booleans(),
            }
        ),
        max_size=3,
    ),
    amount=st.decimals("0.01", 100, places=2),
    currency=st.sampled_from(["USD", "EUR"]),
    cap=st.none() | st.integers(0, 200),
    rounding=st.sampled_from(["nearest", "up", "down"]),
)
def test_an_example_is_what_recording_gives(
    rules: list[dict[str, Any]], amount: Decimal, currency: str, cap: int | None, rounding: str
) -> None:
    with transaction.atomic():
        shop = make_shop()
        typed = [_typed(rule) for rule in rules]
        own = {"example-amount": str(amount), "example-currency": currency, "example-first": "on"}
        own["example-at"] = f"{timezone.now() - timedelta(minutes=1):%Y-%m-%dT%H:%M}"
        caps = {"cap_per_purchase": "" if cap is None else str(cap)}
        page = examples(signed_in(shop, "owner"), shop, *typed, rounding=rounding, **own, **caps)
        set_rules(shop.contest, *rules, rounding=rounding, cap_per_purchase=cap)
        assert points_in(page)[-1] == buy(shop, str(amount), currency=currency).points_awarded
        transaction.set_rollback(True)


def _typed(rule: dict[str, Any]) -> dict[str, str]:
    given = {name: value for name, value in rule.items() if value is not None and value is not False}
    return {name: "on" if value is True else str(value) for name, value in given.items()}
