"""Numbers survive digit by digit; documents that two readers may understand differently do not."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blitzrocket.api.moments import write_moment
from blitzrocket.exact_json import InvalidJSON, read, write
from contests.models import RuleSet
from tests.support import Shop


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15, places=4))
def test_a_decimal_comes_back_as_it_was(number: Decimal) -> None:
    assert read(write([number]))[0] == number
    assert write(number).decode() == str(number)


@pytest.mark.parametrize(("number", "text"), [("49.90", b"49.90"), ("0.30", b"0.30"), ("100", b"100")])
def test_money_keeps_its_minor_digits(number: str, text: bytes) -> None:
    assert write(Decimal(number)) == text


@pytest.mark.parametrize(
    ("document", "field", "part"),
    [
        (b'{"a": 1, "a": 1}', "a", "given twice"),
        (b'{"x": {"b": 1, "b": 2}}', "b", "given twice"),
        (b'{"email": "\\u0000"}', "email", "NUL"),
        (b'{"email": ["\\udfff"]}', "email", "surrogate"),
        (b'{"\\u0000": 1}', "�", "NUL"),
        (b"NaN", "", "NaN is not a JSON number"),
        (b"-Infinity", "", "not a JSON number"),
        (b"1" * 257, "", "more than 256 characters"),
        (b"1e1000", "", "exponent is out of range"),
        (b"1E-1000", "", "exponent is out of range"),
        (b"[" * 33 + b"]" * 33, "", "levels deep"),
        (b"[" * 100_000, "", "levels deep"),
        (b"{'a': 1}", "", "line 1, column 2"),
        (b"\xff", "", "UTF-8"),
        (b"", "", "not valid JSON"),
    ],
)
def test_refused(document: bytes, field: str, part: str) -> None:
    with pytest.raises(InvalidJSON, match=part) as refused:
        read(document)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("document", "value"),
    [
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (b"1e999", Decimal("1e999")),
        (b'"\\ud83d\\ude00"', "😀"),
        (b"[" * 31 + b"1" + b"]" * 31, None),
        (b"0.30000000000000004", Decimal("0.30000000000000004")),
    ],
)
def test_read(document: bytes, value: Any) -> None:
    assert value is None or read(document) == value


def test_exact_in_the_database(shop: Shop) -> None:
    content = {"a": Decimal("49.90"), "b": [Decimal("0.000001")], "c": 10**18, "d": None}
    RuleSet.objects.create(contest=shop.contest, number=7, content=content)
    stored = RuleSet.objects.get(number=7).content
    assert stored == content
    assert str(stored["a"]) == "49.90"


def test_times_have_milliseconds_and_z() -> None:
    assert write_moment(datetime(2026, 11, 22, 18, 0, 0, 1999, UTC)) == "2026-11-22T18:00:00.001Z"
