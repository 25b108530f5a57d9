"""Ids sort by the time of their making, so that a time is a range of them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blitzrocket.ids import (
    ALPHABET,
    LAST_MICROSECOND,
    RANDOM_BITS,
    end_id,
    first_id_at,
    id_digits,
    least_id,
    new_digits,
    new_id,
)

LONG_AGO = datetime(1900, 1, 1, tzinfo=UTC)


def test_an_id_lies_between_the_times_around_its_creation() -> None:
    before = datetime.now(UTC)
    ids = [new_id("entry") for _ in range(100)]
    after = datetime.now(UTC) + timedelta(microseconds=1)
    assert all(first_id_at("entry", before) <= one < first_id_at("entry", after) for one in ids)


def test_digits_of_several_ids_are_made_in_the_order_of_their_time() -> None:
    before = datetime.now(UTC)
    digits = new_digits(100)
    after = datetime.now(UTC) + timedelta(microseconds=1)
    assert all(first_id_at("", before) <= one < first_id_at("", after) for one in digits)
    times, random_bits = [one[:11] for one in digits], [one[11:] for one in digits]
    assert times == sorted(times)
    assert len(set(random_bits)) == 100


def test_later_moments_have_later_ids() -> None:
    moments = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=7**power) for power in range(16)]
    ids = [first_id_at("points", moment) for moment in moments]
    assert ids == sorted(set(ids))


def test_a_first_id_has_the_form_of_an_id_and_before_1970_there_is_none() -> None:
    assert len(first_id_at("", datetime.now(UTC))) == len(new_id())
    assert first_id_at("entry", LONG_AGO) == "entry_" + 26 * "0"


@pytest.mark.parametrize("year", [1, 1969, 3110, 3112, 5000, 9999])
def test_bounds_work_for_any_year(year: int) -> None:
    """Later than ids reach is no end; earlier than they begin is no beginning."""
    moment, now = datetime(year, 12, 31, 23, 59, 59, tzinfo=UTC), new_id("purchase")
    assert (end_id("purchase", moment) > now) == (year > 2100)
    assert (least_id("purchase", moment) <= now) == (year < 2100)


@given(st.integers(0, LAST_MICROSECOND), st.integers(0, 2**RANDOM_BITS - 1))
def test_the_digits_are_the_time_and_then_the_random_bits(microseconds: int, random: int) -> None:
    number = 0
    for digit in id_digits(microseconds, random):
        number = 32 * number + ALPHABET.index(digit)
    assert number == microseconds * 2**RANDOM_BITS + random
