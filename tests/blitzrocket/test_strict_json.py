"""Numbers survive digit by digit; what cannot be used is refused by the field that needs it, and only there."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from blitzrocket.datetimes import format_rfc3339
from blitzrocket.strict_json import (
    MAX_DEPTH,
    InvalidJSON,
    Unusable,
    _read_any,
    _read_plain,
    read,
    read_each,
    show,
    write,
)
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
    ("document", "part"),
    [
        (b"NaN", "NaN is not a JSON number"),
        (b"-Infinity", "not a JSON number"),
        (b"[" * 1001 + b"]" * 1001, "more than 1,000 levels deep"),
        (b'{"a":' * 1001 + b"1" + b"}" * 1001, "levels deep"),
        (b'{"a": ' + b"[" * 1001 + b"]" * 1001 + b', "a": 1}', "levels deep"),
        (b"[" * 100_000, "levels deep"),
        (b"{'a': 1}", "line 1, column 2"),
        (b'["\\', "not valid JSON"),
        (b'"' + b'\\"' * 100_000 + b"[" * 1001, "not valid JSON"),
        (b"\xff", "UTF-8"),
        (b"", "not valid JSON"),
    ],
)
def test_a_document_that_is_not_json_is_refused(document: bytes, part: str) -> None:
    with pytest.raises(InvalidJSON, match=part):
        read(document)


@pytest.mark.parametrize(
    ("document", "value"),
    [
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (b"1e999", Decimal("1e999")),
        (b'"\\ud83d\\ude00"', "😀"),
        (b'"\\ud83d"', "\ud83d"),
        (b"0.30000000000000004", Decimal("0.30000000000000004")),
        (b'["[[[[", {"[": "\\"["}]', ["[[[[", {"[": '"['}]),
    ],
)
def test_documents_are_read(document: bytes, value: Any) -> None:
    assert read(document) == value


@pytest.mark.parametrize(
    ("document", "items"),
    [
        (b"", []),
        (b" [] ", []),
        (b'\xef\xbb\xbf[1, {"a": [2]}, [3]]', [1, {"a": [2]}, [3]]),
        (b'[1]\n[2,3]{"a":1.50}', [1, 2, 3, {"a": Decimal("1.50")}]),
        (b"[1,]", None),
        (b"[1 2]", None),
        (b"[1", None),
        (b"[", None),
        (b"[1]]", None),
        (b"[" * 2000, None),
        (b"\xff", None),
    ],
)
def test_items_are_read_one_at_a_time(document: bytes, items: list[Any] | None) -> None:
    if items is not None:
        assert list(read_each(document)) == items
    else:
        with pytest.raises(InvalidJSON):
            list(read_each(document))


@pytest.mark.parametrize("document", [b"[" * 1000 + b"]" * 1000, b'{"a":' * 1000 + b"1" + b"}" * 1000])
def test_a_thousand_levels_are_read(document: bytes) -> None:
    value, depth = read(document), 0
    while isinstance(value, list | dict) and value:
        value, depth = (value[0] if isinstance(value, list) else value["a"]), depth + 1
    assert depth in (999, 1000)


@given(st.integers(1, 1200), st.text(alphabet='[]{}"\\\\a', max_size=1500))
def test_brackets_in_strings_are_not_levels(depth: int, text: str) -> None:
    document = b"[" * depth + json.dumps(text).encode() + b"]" * depth
    if depth <= MAX_DEPTH:
        assert json.dumps(text).encode() in document
        assert read(document) == json.loads(document)
    else:
        with pytest.raises(InvalidJSON, match="levels deep"):
            read(document)


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (b"1" * 257, "is a number of more than 256 characters."),
        (b"-0." + b"1" * 254, "is a number of more than 256 characters."),
        (b"9" * 5000, "is a number of more than 256 characters."),
        (b"1e1000", "is a number whose exponent is out of range."),
        (b"1E-1000", "is a number whose exponent is out of range."),
        (b"1e" + b"9" * 200, "is a number whose exponent is out of range."),
    ],
)
def test_a_number_that_no_field_takes_does_not_matter_elsewhere(document: bytes, reason: str) -> None:
    value = read(b'{"a": %s, "b": 2}' % document)
    assert (value["a"].reason, value["b"]) == (reason, 2)


@pytest.mark.parametrize("first", [b"1", b'"x"', b"null", b"[]", b"{}"])
def test_a_duplicate_name_has_no_value(first: bytes) -> None:
    value = read(b'{"a": %s, "\\u0061": 1, "b": {"c": 1, "c": 1}, "d": 4}' % first)
    assert isinstance(value["a"], Unusable)
    assert value["a"].reason.startswith("is given twice")
    assert isinstance(value["b"]["c"], Unusable)
    assert value["d"] == 4


PARTS = [
    *[b"1", b"-0", b"1.50", b"1e5", b"1e1000", b"1" * 256, b"1" * 257, b"-" + b"1" * 256, b"18446744073709551616"],
    *[b"null", b"true", b'"x"', b'""', rb'"\""', rb'"\u0022"', rb'"\\u0022"', rb'"\ud800"', "“é”".encode(), b'"\xff"'],
]
NAMES = [b'"a"', b'"b"', rb'"\u0061"', rb'"c\""', rb'"c\u0022"']
members = st.sampled_from(NAMES)
documents = st.recursive(
    st.sampled_from(PARTS),
    lambda parts: (
        st.lists(parts, max_size=4).map(lambda items: b"[%s]" % b", ".join(items))
        | st.lists(st.tuples(members, parts), max_size=4).map(
            lambda pairs: b"{%s}" % b",".join(b"%s: %s" % pair for pair in pairs)
        )
    ),
    max_leaves=20,
)


def reading(reader: Any, document: bytes) -> str:
    try:
        return repr(reader(document))
    except InvalidJSON as error:
        return f"refused: {error}"


@example(rb'{"a": 1, "a": "\u0022\u0022"}', 0, b"")  # as many quotes are written again as were read
@given(documents, st.integers(0, 10_000), st.sampled_from([b"", b'"', b"\\", b"[", b",", b"1", b"\0", b"\xff"]))
def test_both_readers_read_the_same(document: bytes, place: int, other: bytes) -> None:
    """The quick one reads only what is plain; with one byte changed too."""
    place %= len(document)
    for each in (document, document[:place] + other + document[place + 1 :]):
        assert reading(read, each) == reading(_read_any, each)


@pytest.mark.parametrize("spare", [0, 1, 63, 64, 255, 700])
def test_a_long_number_is_seen_wherever_it_is(spare: int) -> None:
    for length in (255, 256, 257, 300):
        document = b'{"%s": [%s]}' % (b"a" * spare, b"7" * length)
        assert reading(read, document) == reading(_read_any, document)


def test_a_usual_body_is_read_the_quick_way() -> None:
    order = {
        "id": 2**53 + 1,
        "name": "Ada “Byron”",
        "note": 'a "b"\n',
        "lines": [{"id": 1, "rate": 0.2, "tax": None}] * 50,
    }
    document = json.dumps(order, ensure_ascii=False).encode()
    assert _read_plain(document) == order | {"lines": [{"id": 1, "rate": Decimal("0.2"), "tax": None}] * 50}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
)


@given(json_values)
def test_every_value_can_be_shown(value: Any) -> None:
    document = json.dumps(value).encode()
    show(read(document)).encode()
    assert show(read(b'{"a": %s, "b": 1e1000, "c": "\\udfff", "b": 2}' % document)).encode()


def test_values_are_shown_as_json() -> None:
    value = read(b'["caf\xc3\xa9", 49.90, 7, null, "\\ud83d\\u0000", 1e99999]')
    assert show(value) == '["café",49.9,7,null,"�\\u0000","1e99999"]'
    assert [show(each) for each in (value[1], value[5])] == ["49.90", "1e99999"]


def test_numbers_stay_exact_in_the_database(shop: Shop) -> None:
    content = {"a": Decimal("49.90"), "b": [Decimal("0.000001")], "c": 10**18, "d": None}
    RuleSet.objects.create(contest=shop.contest, number=7, content=content)
    stored = RuleSet.objects.get(number=7).content
    assert stored == content
    assert str(stored["a"]) == "49.90"


def test_times_have_milliseconds_and_z() -> None:
    assert format_rfc3339(datetime(2026, 11, 22, 18, 0, 0, 1999, UTC)) == "2026-11-22T18:00:00.001Z"
