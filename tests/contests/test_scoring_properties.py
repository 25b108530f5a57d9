"""What holds for any rules and any purchases."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from contests.scoring import MAX_PER_PURCHASE, Rounding, Rule, ScoringFacts, Terms, points_that_stay, score

NOW = datetime(2026, 11, 22, tzinfo=UTC)

amounts = st.decimals(min_value="0.0001", max_value=999_999_999_999, places=4)
moments = st.datetimes(min_value=datetime(2026, 11, 1), max_value=datetime(2026, 12, 31), timezones=st.just(UTC))
caps = st.none() | st.integers(0, 10**6)


def rules_with(
    rates: st.SearchStrategy[Decimal], **bounds: st.SearchStrategy[Decimal | None]
) -> st.SearchStrategy[Rule]:
    return st.builds(
        Rule,
        id=st.text(min_size=1, max_size=3),
        points_per_unit=rates,
        fixed_points=st.integers(0, 10**6),
        currency=st.sampled_from(["", "USD", "EUR"]),
        amount_from=st.none() | amounts,
        valid_from=st.none() | moments,
        valid_until=st.none() | moments,
        first_purchase_only=st.booleans(),
        is_active=st.booleans(),
        **bounds,
    )


rates = st.decimals(min_value=0, max_value=100_000, places=6)
any_rules = rules_with(st.decimals(min_value=-1000, max_value=100_000, places=6), amount_to=st.none() | amounts)
unbounded_rules = rules_with(rates, amount_to=st.none())


def terms_of(rules: st.SearchStrategy[Rule]) -> st.SearchStrategy[Terms]:
    return st.builds(
        Terms,
        rules=st.lists(rules, max_size=6).map(tuple),
        rounding=st.sampled_from(Rounding),
        cap_per_purchase=caps,
        cap_per_entry=caps,
    )


facts = st.builds(
    ScoringFacts,
    amount=amounts,
    currency=st.sampled_from(["USD", "EUR", "JPY"]),
    purchased_at=moments,
    is_first_purchase=st.booleans(),
    points_before=st.integers(-(10**6), 10**7),
    tracking_enabled=st.booleans(),
    contest_status=st.sampled_from(["active", "active", "active", "paused"]),
    starts_at=st.none() | moments,
    ends_at=st.none() | moments,
    is_disqualified=st.booleans(),
)


@given(terms_of(any_rules), facts)
def test_points_are_never_negative_or_above_a_cap(terms: Terms, purchase: ScoringFacts) -> None:
    points = score(terms, purchase).points
    assert 0 <= points <= MAX_PER_PURCHASE
    if terms.cap_per_purchase is not None:
        assert points <= terms.cap_per_purchase
    if terms.cap_per_entry is not None and points:
        assert purchase.points_before + points <= terms.cap_per_entry


@given(terms_of(unbounded_rules), facts, amounts)
def test_more_money_never_earns_fewer_points(terms: Terms, purchase: ScoringFacts, other: Decimal) -> None:
    less, more = sorted([purchase.amount, other])
    assert score(terms, _with(purchase, less)).points <= score(terms, _with(purchase, more)).points


@given(terms_of(any_rules), facts, st.randoms(use_true_random=False))
def test_the_order_of_rules_does_not_matter(terms: Terms, purchase: ScoringFacts, random: object) -> None:
    shuffled = list(terms.rules)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    other = Terms(
        rules=tuple(shuffled),
        rounding=terms.rounding,
        cap_per_purchase=terms.cap_per_purchase,
        cap_per_entry=terms.cap_per_entry,
    )
    assert score(terms, purchase).points == score(other, purchase).points


@given(terms_of(any_rules), facts)
def test_the_sum_is_the_sum_of_the_lines(terms: Terms, purchase: ScoringFacts) -> None:
    result = score(terms, purchase)
    assert result.exact == sum((line.points for line in result.lines), Decimal(0))
    assert abs(result.exact - result.rounded) < 1 or result.rounded == 0


@given(terms_of(any_rules), facts, st.lists(st.integers(1, 100), min_size=1, max_size=8))
def test_refunds_of_any_size_end_at_exactly_0(terms: Terms, purchase: ScoringFacts, shares: list[int]) -> None:
    points = score(terms, purchase).points
    left = purchase.amount
    for share in shares:
        left -= purchase.amount * share / sum(shares)
        stays = points_that_stay(points, terms, purchase, left)
        assert 0 <= stays <= points
        points = stays
    assert points_that_stay(points, terms, purchase, purchase.amount - purchase.amount) == 0


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=10)))
def test_a_contest_runs_from_its_start_until_just_before_its_end(after: timedelta) -> None:
    terms = Terms(rules=(Rule(id="r", points_per_unit=Decimal(1)),))
    end = NOW + timedelta(days=5)
    purchase = ScoringFacts(amount=Decimal(1), currency="USD", purchased_at=NOW + after, starts_at=NOW, ends_at=end)
    assert score(terms, purchase).points == (1 if NOW + after < end else 0)


def _with(purchase: ScoringFacts, amount: Decimal) -> ScoringFacts:
    return replace(purchase, amount=amount)
