"""Which addresses, and which numbers, are the same person's."""

import string

import email_validator
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from blitzrocket.emails import (
    MAX_EMAIL_LENGTH,
    MAX_PHONE_KEY_LENGTH,
    MAX_WORD_LENGTH,
    MAX_WORDS,
    Email,
    InvalidEmail,
    InvalidPhone,
    Phone,
    distance,
    words_of,
)
from blitzrocket.text import trim


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ada@example.com", " ADA@EXAMPLE.COM "),
        ("jose\u0301@example.com", "josé@example.com"),
        ("straße@example.com", "STRASSE@example.com"),
        ("\u0390x@example.com", "\u0390x@example.com".upper()),
        ("a@bücher.example", "a@xn--bcher-kva.example"),
        ("ada@example.com", "\ufeffada@example.com\u200b"),
        ("Ab..C.@docomo.ne.jp", "ab..c.@DOCOMO.ne.jp"),
    ],
)
def test_spellings_of_one_address_have_one_key(one: str, other: str) -> None:
    assert Email.parse(one).key == Email.parse(other).key


@pytest.mark.parametrize(
    "other", ["a..da@example.com", "ada+shop@example.com", "a.da@example.com", "ada@example.org", "àda@example.com"]
)
def test_different_addresses_have_different_keys(other: str) -> None:
    assert Email.parse("ada@example.com").key != Email.parse(other).key


ASCII = st.sampled_from(string.printable)
LOCALS = st.text(ASCII | st.sampled_from("..ßé"), min_size=1, max_size=8)
LABELS = st.one_of(
    st.text(st.sampled_from("abzAZ019-"), max_size=5),
    st.sampled_from(
        ["com", "onion", "localhost", "invalid", "test", "local", "arpa", "xn--bcher-kva", "bücher", "a" * 64]
    ),
)
DOMAINS = st.lists(LABELS, min_size=1, max_size=4).map(".".join) | st.text(ASCII, max_size=8)


def judgement_of_library(local: str, domain: str) -> str:
    """The key of an address whose local part is ASCII, or why it is none; dots may stand anywhere before the @-sign.

    One that is too long is refused with our sentence, whatever the library finds wrong with it first.
    """
    try:
        parts = email_validator.validate_email(f"{local.replace('.', 'q')}@{domain}", check_deliverability=False)
    except email_validator.EmailNotValidError as error:
        is_too_long = len(f"{local}@{domain}") > MAX_EMAIL_LENGTH
        return f"An email address has at most {MAX_EMAIL_LENGTH} characters." if is_too_long else str(error)
    return f"{local.lower()}@{parts.ascii_domain.lower()}"


def judgement(address: str) -> str:
    try:
        return Email.parse(address).key
    except InvalidEmail as error:
        return str(error)


@given(local=LOCALS, domain=DOMAINS)
@example(local="ada", domain="Example.COM")
@example(local="ada", domain="a" * 63 + ".com")
@example(local="ada", domain=".".join(["a" * 61] * 4))
@example(local='"ada"', domain="example.com")
@example(local="Ada <ada", domain="example.com>")
@example(local="a", domain="[127.0.0.1]")
@example(local="a", domain="example.com.")
@example(local="a", domain="example.c0m")
@example(local="a", domain="ab--cd.com")
@example(local="a", domain="example.com\n")
@example(local="a", domain=".".join(["a" * 64] * 3 + ["a" * 60]))  # longer than any address
def test_an_address_is_judged_as_the_library_judges_it(local: str, domain: str) -> None:
    """Also where its parts are looked at apart, and a domain only once."""
    address = trim(f"{local}@{domain}")
    before, _, after = address.rpartition("@")
    assume(before.isascii() and before.strip("."))
    expected = judgement_of_library(before, after)
    assert [judgement(address), judgement(address)] == [expected, expected]


@pytest.mark.parametrize("address", ["a@shop.test", "a@shop.local", "a@example.com", "o'hara+x@sub.example.com"])
def test_valid_addresses_are_accepted(address: str) -> None:
    assert Email.parse(address).address == address


@pytest.mark.parametrize(
    "address",
    [
        *(".ada@ezweb.ne.jp", "ada.@ezweb.ne.jp", "a...da@docomo.ne.jp", "-.@docomo.ne.jp", "..a..@docomo.ne.jp"),
        *("jos\u00e9..@example.com", "a.+b.@example.com", f"{'a' * 64}@example.com", f"{'.' * 63}a@example.com"),
        f"{'a' * 64}@{'b' * 60}.{'c' * 60}.{'d' * 59}.example",  # 254
    ],
)
def test_dots_may_stand_anywhere_before_the_at_sign(address: str) -> None:
    assert Email.parse(address).address == address
    assert Email.parse(address).key == address


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        (f"{'a' * 65}@example.com", "64 characters before"),
        (f"{'a.' * 33}@example.com", "64 characters before"),
        (f"{'a' * 64}@{'b' * 60}.{'c' * 60}.{'d' * 60}.example", "254"),
        ("...@example.com", "more than dots"),
        (".@example.com", "more than dots"),
        ("a.b@c..example", "two periods"),
        ("a.b@.example", "period"),
        ("a..b@c@example.com", "@"),
        ("a. b@example.com", "SPACE"),
        ("..", "@-sign"),
    ],
)
def test_a_refused_address_has_a_reason(address: str, reason: str) -> None:
    with pytest.raises(InvalidEmail, match=reason):
        Email.parse(address)


@pytest.mark.parametrize(
    "address", ["", "a", "a@", "@b.example", "a@b", "a@b..example", "a@localhost", "a@b.invalid", "a b@c.de"]
)
def test_invalid_addresses_are_refused(address: str) -> None:
    with pytest.raises(InvalidEmail):
        Email.parse(address)


@pytest.mark.parametrize(
    "mistaken",
    [
        "adalovelace@gmail.com",
        "Ada.Lovelace+shop@gmial.con",
        "ada.love.lace@gmail.com",
        "adalovelace+a+b@googlemail.com",
        "adalovelace@gmail.co",
        "adalovelace@gmal.com",
        "adalovelace@gmaill.com",
        "adalovelace@gnail.vom",
    ],
)
def test_misspelled_addresses_share_a_near_key(mistaken: str) -> None:
    assert Email.parse(mistaken).near_key == "adalovelace@gmail.com"


@pytest.mark.parametrize(
    ("address", "near"),
    [
        ("ada@shop.example", "ada@shop.example"),
        ("ada@hotmial.com", "ada@hotmail.com"),
        ("ada@example.con", "ada@example.com"),
        ("ada@gmx.net", "ada@gmx.net"),
        ("ada@gmx.de", "ada@gmx.de"),
        ("+tag@example.com", "+tag@example.com"),
        ("ada@b\u00fccher.example", "ada@xn--bcher-kva.example"),
    ],
)
def test_an_address_has_its_near_key(address: str, near: str) -> None:
    assert Email.parse(address).near_key == near


def test_no_address_has_no_near_key() -> None:
    assert Email("", "").near_key == ""


@pytest.mark.parametrize("other", ["ada@example.org", "ida@example.com", "ada@gmail.com"])
def test_different_people_have_different_near_keys(other: str) -> None:
    assert Email.parse("ada@example.com").near_key != Email.parse(other).near_key


@pytest.mark.parametrize(
    ("one", "other", "slips"),
    [
        ("ada@x.de", "ada@x.de", 0),
        ("ada@x.de", "daa@x.de", 1),
        ("ada@x.de", "adda@x.de", 1),
        ("ada@x.de", "aa@x.de", 1),
        ("ada@x.de", "ida@x.de", 1),
        ("ada@x.de", "grace@x.de", 4),
    ],
)
def test_the_distance_counts_typing_errors(one: str, other: str, slips: int) -> None:
    assert distance(one, other) == distance(other, one) == slips


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Ada Lovelace", ["ada", "lovelace"]),
        ("  ADA   ada Ada-Marie ", ["ada", "marie"]),
        ("Jose\u0301 Stra\u00dfer", ["jos\u00e9", "strasser"]),
        ("O'Hara, Jr.", ["o", "hara", "jr"]),
        ("\u674e \u5c0f\u9f99", ["\u674e", "\u5c0f\u9f99"]),
        ("", []),
        ("!?", []),
    ],
)
def test_a_name_is_found_by_its_words(name: str, words: list[str]) -> None:
    assert words_of(name) == words


def test_search_words_are_limited_in_number_and_length() -> None:
    words = words_of(" ".join(f"{number}{'x' * 100}" for number in range(20)))
    assert len(words) == MAX_WORDS
    assert {len(word) for word in words} == {MAX_WORD_LENGTH}


@pytest.mark.parametrize(
    "number",
    [
        "+49 30 1234567",
        "+49301234567",
        "tel:+49-30-1234567",
        "TEL:+49301234567;ext=12;isub=7",
        "+49 (0)30 1234567",
        "+49 ( 0 ) 30 / 123 45 67",
        "(+49) 30.123.45.67",
        "\uff0b\uff14\uff19 \uff13\uff10 \uff11\uff12\uff13\uff14\uff15\uff16\uff17",
        "+49\u00a030\u20111234567",
        "\u202a+49 30 1234567\u202c",
        "  +49 \u2013 30 \u2013 1234567 ",
        "+\u0664\u0669 \u0663\u0660 \u0661\u0662\u0663\u0664\u0665\u0666\u0667",
        "Tel. +49 30 1234567",
        "'+49301234567",
    ],
)
def test_spellings_of_one_number_have_one_key(number: str) -> None:
    assert Phone.parse(number).key == "+49301234567"
    assert Phone.parse(number).number == trim(number)


@pytest.mark.parametrize(
    ("number", "key"),
    [
        ("(555) 123-4567", "5551234567"),
        ("030 1234567", "0301234567"),
        ("(0)30 1234567", "0301234567"),
        ("(030) 1234567", "0301234567"),
        ("0049 30 12345", "00493012345"),
        ("12345", "12345"),
        ("1 + 23456", "123456"),
        ("+1 (800) 00-00-0", "+180000000"),
        ("555-1234 x99", "555123499"),
    ],
)
def test_a_number_has_its_digits_as_key(number: str, key: str) -> None:
    assert Phone.parse(number).key == key


@pytest.mark.parametrize("number", ["+49301234568", "49301234567", "0301234567", "+4930123456", "+490301234567"])
def test_different_numbers_have_different_keys(number: str) -> None:
    assert Phone.parse(number).key != "+49301234567"


@pytest.mark.parametrize("text", ["", "N/A", "-", "none", "1234", "+1 55", "1(0)2(0)3(0)4", "()", "tel:", "1" * 41])
def test_texts_without_enough_digits_are_refused(text: str) -> None:
    with pytest.raises(InvalidPhone):
        Phone.parse(text)


def test_the_longest_key_fits_its_column() -> None:
    assert len(Phone.parse("+" + "\u2152" * 39).key) <= MAX_PHONE_KEY_LENGTH
