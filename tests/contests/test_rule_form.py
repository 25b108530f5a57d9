"""The page of a contest's rules: sentences, live examples, what is refused, and saving."""

import html
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blitzrocket.jobs.models import Job
from contests.models import Contest, PointRule, RuleSet
from tests.contests.rules_form import MIDNIGHTS, examples, form, opened, points_in, sentences_in, url
from tests.profiles import times
from tests.purchases.orders import buy
from tests.support import Shop, make_shop, set_rules, signed_in, wait_for_blocked


class TestExamples:
    def test_the_preview_shows_usual_amounts_and_an_own_example(self, shop: Shop) -> None:
        page = examples(signed_in(shop, "owner"), shop, {"points_per_unit": "2", "fixed_points": "5"})
        assert points_in(page) == [25, 105, 205, 2005, 55]
        assert "2 points per 1.00 and 5 points = 104.98, rounded to the nearest whole point: 105" in page
        assert sentences_in(page) == {"rules-0": "2 points per 1.00 and 5 points"}

    def test_the_preview_saves_nothing(self, shop: Shop) -> None:
        before = list(PointRule.objects.values()), list(Contest.objects.values()), RuleSet.objects.count()
        examples(signed_in(shop, "owner"), shop, {"points_per_unit": "2"}, rounding="down")
        assert before == (list(PointRule.objects.values()), list(Contest.objects.values()), RuleSet.objects.count())

    def test_the_preview_uses_rounding_and_caps_of_the_form(self, shop: Shop) -> None:
        page = examples(signed_in(shop, "owner"), shop, {}, rounding="down", cap_per_purchase="40")
        assert points_in(page) == [9, 40, 40, 40, 25]
        assert "capped at 40 per purchase" in page

    def test_the_preview_has_the_currencies_of_rules_and_orders(self, shop: Shop) -> None:
        buy(shop, "10", currency="JPY")
        page = examples(signed_in(shop, "owner"), shop, {"currency": "EUR"})
        assert points_in(page) == [0, 0, 0, 10, 50, 100, 1000, 0]
        assert ("9.99 EUR" in page, "5,000 JPY" in page, "is for EUR only" in page) == (True, True, True)

    @pytest.mark.parametrize(
        ("currency", "amounts"),
        [
            ("JPY", ["1,000 JPY", "5,000 JPY", "10,000 JPY"]),
            ("KRW", ["10,000 KRW", "50,000 KRW", "100,000 KRW"]),
            ("HUF", ["1,000.00 HUF", "5,000.00 HUF", "10,000.00 HUF"]),
            ("KWD", ["9.990 KWD", "49.990 KWD", "100.000 KWD", "1,000.000 KWD"]),
        ],
    )
    def test_the_preview_has_amounts_that_are_usual_in_a_currency(
        self, shop: Shop, currency: str, amounts: list[str]
    ) -> None:
        page = examples(signed_in(shop, "owner"), shop, {"currency": currency})
        assert re.findall(r"<dt>(.*?)</dt>", page)[:-1] == amounts

    def test_the_preview_has_no_currency_but_the_contests_own(self, shop: Shop) -> None:
        buy(shop, "10", currency="EUR")
        page = examples(signed_in(shop, "owner"), shop, {})
        assert re.findall(r"<dt>.*? ([A-Z]{3})</dt>", page) == ["EUR"] * 4 + ["USD"]  # the last is the own example
        assert "<details" not in page
        buy(shop, "10", currency="GBP")
        page = examples(signed_in(shop, "owner"), shop, {})
        assert re.findall('data-currency="([A-Z]{3})"( open)?', page) == [("EUR", " open"), ("GBP", "")]

    @pytest.mark.parametrize(("typed", "code"), [("eur", "EUR"), (" Euro ", "EUR"), ("us dollar", "USD")])
    def test_a_currency_is_entered_by_code_or_name(self, shop: Shop, typed: str, code: str) -> None:
        page = examples(signed_in(shop, "owner"), shop, {"currency": typed})
        assert sentences_in(page) == {"rules-0": f"1 point per 1.00 {code}"}

    def test_an_own_example_may_be_a_first_purchase_in_december(self, shop: Shop) -> None:
        december = {"valid_from_0": "2026-12-01", "valid_from_1": "00:00:00", "first_purchase_only": "on"}
        client = signed_in(shop, "owner")
        assert points_in(examples(client, shop, december))[-1] == 0
        assert points_in(examples(client, shop, december, **{"example-first": "on"}))[-1] == 25

    def test_days_are_whole_and_in_the_contests_zone(self, shop: Shop) -> None:
        Contest.objects.update(time_zone="Europe/Berlin")
        client = signed_in(shop, "owner")
        client.cookies["timezone"] = "Asia/Tokyo"
        days = {"valid_from_0": "2026-12-01", "valid_until_0": "2026-12-24"}
        sentence = "1 point per 1.00, 1–24 Dec 2026"
        assert sentences_in(examples(client, shop, days)) == {"rules-0": sentence}
        client.post(url(shop), form(shop, days))
        rule = PointRule.objects.get(valid_from__isnull=False)
        assert rule.valid_from == datetime(2026, 11, 30, 23, tzinfo=UTC)
        assert rule.valid_until == datetime(2026, 12, 24, 23, tzinfo=UTC)
        page = client.get(url(shop)).content.decode()
        assert [text in page for text in ('value="2026-12-24"', "Time zone: Europe/Berlin.", "12-25")] == [
            True,
            True,
            False,
        ]
        assert sentence in client.get(url(shop, "history")).content.decode()

    def test_a_time_may_be_given(self, shop: Shop) -> None:
        Contest.objects.update(time_zone="Europe/Berlin")
        until = {"valid_until_0": "2026-12-24", "valid_until_1": "18:00"}
        page = examples(signed_in(shop, "owner"), shop, until)
        assert sentences_in(page) == {"rules-0": "1 point per 1.00, until 24 Dec 2026, 18:00 Europe/Berlin"}

    def test_days_that_nobody_changed_stay_when_the_zone_changes_meanwhile(self, shop: Shop) -> None:
        """The page was drawn before."""
        start = datetime(2026, 12, 1, tzinfo=UTC)
        set_rules(shop.contest, {"valid_from": start}, time_zone="Europe/Berlin")
        rule = {"id": PointRule.objects.get().pk, "valid_from_0": "2026-12-01", "valid_from_1": "01:00"}
        rule |= {"valid_until_0": "2026-12-24", "points_per_unit": "2"}
        Contest.objects.update(time_zone="Asia/Tokyo")
        response = signed_in(shop, "owner").post(url(shop), form(shop, rule, contest_zone="Europe/Berlin"))
        assert response.status_code == 302
        saved = PointRule.objects.get()
        assert (saved.valid_from, saved.valid_until) == (start, datetime(2026, 12, 24, 23, tzinfo=UTC))

    @pytest.mark.parametrize(
        ("rule", "problem"),
        [
            ({"points_per_unit": "-1"}, "Points per 1.00: Ensure this value is greater than or equal to 0."),
            ({"points_per_unit": ""}, "Points per 1.00: This field is required."),
            ({"points_per_unit": "0"}, "This rule gives no points"),
            ({"currency": "ABC"}, "“ABC” is not a currency"),
            ({"amount_from": "20", "amount_to": "10"}, "“Amount to” must be at least “amount from”."),
            ({"amount_to": "0"}, "Purchases are always above 0"),
            ({"amount_from": "999999999999.5"}, "No purchase is that large"),
            ({"currency": "EUR", "amount_from": "9.991", "amount_to": "9.999"}, "No EUR amount lies between"),
            (
                {"valid_from_0": "2026-12-02", "valid_until_0": "2026-12-01"} | MIDNIGHTS,
                "“Valid until” must be later than “valid from”.",
            ),
            ({"valid_from_0": "2027-06-01", "valid_from_1": "00:00"}, "begins after the contest ends"),
            ({"valid_until_0": "2026-06-01", "valid_until_1": "00:00"}, "ends before the contest starts"),
        ],
    )
    def test_an_impossible_rule_is_refused_in_preview_and_form(
        self, shop: Shop, rule: dict[str, str], problem: str
    ) -> None:
        dates = {"starts_at": datetime(2026, 7, 1, tzinfo=UTC), "ends_at": datetime(2027, 5, 1, tzinfo=UTC)}
        Contest.objects.update(**dates)
        client = signed_in(shop, "owner")
        page = examples(client, shop, rule)
        assert "Rule 1: " in page
        assert problem in page
        assert points_in(page) == []
        saved = html.unescape(client.post(url(shop), form(shop, rule)).content.decode())
        assert problem.removeprefix("Points per 1.00: ") in saved
        assert PointRule.objects.count() == 1

    def test_a_rule_that_is_off_may_lie_outside_the_contest(self, shop: Shop) -> None:
        late: dict[str, Any] = {"valid_from_0": "2027-06-01", "valid_from_1": "00:00", "is_active": None}
        Contest.objects.update(ends_at=datetime(2027, 5, 1, tzinfo=UTC))
        page = examples(signed_in(shop, "owner"), shop, late)
        assert sentences_in(page) == {"rules-0": "1 point per 1.00, from 1 Jun 2027 (off)"}

    def test_only_owners_preview_and_only_their_contests(self, shop: Shop) -> None:
        other = make_shop("eve@example.com")
        sent = form(shop, {})
        for view in ("examples", "backtest"):
            assert signed_in(shop, "support").post(url(shop, view), sent).status_code == 403
            assert signed_in(shop, "owner").post(url(other, view), sent).status_code == 404
        assert not Job.objects.exists()

    def test_the_preview_takes_few_statements(self, shop: Shop) -> None:
        client = signed_in(shop, "owner")
        sent = form(shop, {}, {}, {}, {}, {})
        with CaptureQueriesContext(connection) as captured:
            client.post(url(shop, "examples"), sent)
        queries = [query["sql"] for query in captured if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
        checks = [query for query in queries if query.startswith("SELECT 1 AS")]  # of constraints, without a table
        assert len(queries) - len(checks) <= 12, queries
        assert len(checks) <= 8, checks  # one for each rule, and the contest's own


class TestSaving:
    def test_an_unchanged_added_rule_is_saved(self, shop: Shop) -> None:
        rule = PointRule.objects.get()
        signed_in(shop, "owner").post(url(shop), form(shop, {"id": rule.pk}, {}))
        assert [str(each) for each in PointRule.objects.all()] == ["1 point per 1.00"] * 2

    def test_rules_are_switched_off_and_removed(self, shop: Shop) -> None:
        client = signed_in(shop, "owner")
        rule = {"id": PointRule.objects.get().pk}
        client.post(url(shop), form(shop, rule | {"is_active": None}))
        assert str(PointRule.objects.get()) == "1 point per 1.00 (off)"
        client.post(url(shop), form(shop, rule | {"DELETE": "on"}))
        shop.contest.refresh_from_db()
        assert shop.contest.current_rules().terms.rules == ()


class TestSavingAtOnce:
    def test_the_second_of_two_owners_is_warned_and_may_overwrite(self, shop: Shop) -> None:
        rule = {"id": PointRule.objects.get().pk}
        owner, colleague = signed_in(shop, "owner"), signed_in(shop, "owner")
        sent = form(shop, rule, rounding="up", **opened(owner, shop))
        colleague.post(url(shop), form(shop, rule | {"points_per_unit": "7"}, **opened(colleague, shop)))
        page = owner.post(url(shop), sent).content.decode()
        assert "Someone saved this contest after you opened it" in page
        assert str(PointRule.objects.get()) == "7 points per 1.00"
        seen_match = re.search(r'name="seen" value="([^"]*)"', page)
        assert seen_match
        assert owner.post(url(shop), sent | {"seen": seen_match[1]}).status_code == 302
        assert str(PointRule.objects.get()) == "1 point per 1.00"

    def test_two_clicks_add_one_rule(self, shop: Shop) -> None:
        client = signed_in(shop, "owner")
        sent = form(shop, {"id": PointRule.objects.get().pk}, {"fixed_points": "5"}, **opened(client, shop))
        for _ in range(2):
            client.post(url(shop), sent)
        assert PointRule.objects.count() == 2

    @pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York", "Pacific/Kiritimati"])
    @pytest.mark.parametrize("hour", [0, 1])
    def test_saving_without_a_change_changes_nothing_in_any_zone(self, shop: Shop, zone: str, hour: int) -> None:
        """Also in the hour that comes twice, and where the browser told its zone after the page was drawn."""
        until = datetime(2026, 10, 25, hour, 30, tzinfo=UTC)
        set_rules(shop.contest, {"valid_until": until})
        client = signed_in(shop, "owner")
        client.cookies["timezone"] = zone
        page = client.get(url(shop)).content.decode()
        shown = dict(re.findall(r'<input[^>]*? name="([^"]+)"[^>]*? value="([^"]*)"', page))
        shown |= {name: value for value, name in re.findall(r'<input[^>]*? value="([^"]*)"[^>]*? name="([^"]+)"', page)}
        rule = PointRule.objects.get()
        moments = {name: value for name, value in shown.items() if "valid_" in name}
        sent = form(shop, {"id": rule.pk}, **{"seen": shown["seen"], "zone": shown["zone"], **moments})
        client.cookies["timezone"] = "Asia/Tokyo"
        answer = client.post(url(shop), sent | {"rules-0-first_purchase_only": "on"})
        assert answer.status_code == 302, answer.content.decode()
        saved = PointRule.objects.get()
        assert (saved.valid_until, saved.first_purchase_only) == (until, True)

    def test_a_skipped_hour_is_refused(self, shop: Shop) -> None:
        Contest.objects.update(time_zone="Europe/Berlin")
        client = signed_in(shop, "owner")
        sent = form(shop, {"valid_from_0": "2027-03-28", "valid_from_1": "02:30"})
        assert "couldn’t be interpreted" in html.unescape(client.post(url(shop), sent).content.decode())

    def test_too_many_rules_are_refused_with_a_sentence(self, shop: Shop) -> None:
        page = signed_in(shop, "owner").post(url(shop), form(shop, *[{}] * 51)).content.decode()
        assert "A contest has at most 50 rules." in page
        assert PointRule.objects.count() == 1


# --- For any rules and purchases --------------------------------------------------------------------------------


@pytest.mark.django_db
@settings(max_examples=times(5, 40), suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
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
    values = {name: value for name, value in rule.items() if value is not None and value is not False}
    return {name: "on" if value is True else str(value) for name, value in values.items()}


@pytest.mark.django_db(transaction=True)
def test_a_save_that_waits_for_another_one_is_warned(transactional_db: None) -> None:
    """The page is validated before the other save commits, and saved after it."""
    shop = make_shop()
    client = signed_in(shop, "owner")
    rule = {"id": PointRule.objects.get().pk}
    sent = form(shop, rule, rounding="up", **opened(client, shop))

    def save() -> str:
        try:
            return client.post(url(shop), sent).content.decode()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Contest.objects.filter(pk=shop.contest.pk).update(rounding="down")
            saving = pool.submit(save)
            wait_for_blocked()
        page = saving.result()
    assert "Someone saved this contest after you opened it" in page
    assert Contest.objects.get().rounding == "down"


def test_validating_the_form_locks_nothing(shop: Shop) -> None:
    client = signed_in(shop, "owner")
    rule = {"id": PointRule.objects.get().pk}
    sent = form(shop, rule, rounding="", **opened(client, shop))
    with CaptureQueriesContext(connection) as queries:
        assert client.post(url(shop), sent).status_code == 200
    assert [query["sql"] for query in queries if "FOR NO KEY UPDATE" in query["sql"]] == []
