"""Lists reach PostgreSQL as they are, whatever their texts hold."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from django.db import DataError
from hypothesis import example, given, settings
from hypothesis import strategies as st

from blitzrocket.postgres.statements import send
from tests.profiles import times

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=6)
marks = st.text('",\\{} \nN', max_size=6)
kinds = {
    "text": texts | marks | st.sampled_from(["", "NULL", '\\"', "\x01"]),
    "bigint": st.integers(-(2**63), 2**63 - 1),
    "numeric": st.decimals(allow_nan=False, allow_infinity=False, places=4) | st.just(Decimal("1E+20")),
    "boolean": st.booleans(),
    "timestamptz": st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)),
}


def through_postgresql(kind: str, values: list[Any]) -> list[Any]:
    sql = f"SELECT * FROM unnest(%(values)s::{kind}[])"
    return [value for (value,) in send(sql, {"values": values}).all()]


@pytest.mark.django_db
@pytest.mark.parametrize("kind", kinds)
def test_values_come_back_as_they_were(kind: str) -> None:
    @settings(max_examples=times(25, 1000))
    @example(values=[])
    @given(values=st.lists(kinds[kind] | st.none(), max_size=5) | st.lists(kinds[kind], max_size=5))
    def check(values: list[Any]) -> None:
        assert through_postgresql(kind, values) == values

    check()


@pytest.mark.django_db
def test_times_of_any_zone_come_back() -> None:
    moment = datetime(2026, 11, 22, 19, 0, 0, 250_000, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    assert through_postgresql("timestamptz", [moment, moment]) == [moment, moment]


@pytest.mark.django_db
@pytest.mark.parametrize("values", [["\0"], ["a", "b\0c"], ["a\0b", "c"]])
def test_no_text_becomes_two(values: list[str]) -> None:
    with pytest.raises(DataError, match="NUL"):
        through_postgresql("text", values)
