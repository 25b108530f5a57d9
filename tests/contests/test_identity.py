"""Which addresses are the same person's."""

import pytest

from contests.identity import MAX_WORD_LENGTH, MAX_WORDS, Email, InvalidEmail, distance, words_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ada@example.com", " ADA@EXAMPLE.COM "),
        ("jose\u0301@example.com", "josé@example.com"),
        ("straße@example.com", "STRASSE@example.com"),
        ("\u0390x@example.com", "\u0390x@example.com".upper()),
        ("a@bücher.example", "a@xn--bcher-kva.example"),
    ],
)
def test_the_same(one: str, other: str) -> None:
    assert Email.parse(one).key == Email.parse(other).key


@pytest.mark.parametrize("other", ["ada+shop@example.com", "a.da@example.com", "ada@example.org", "àda@example.com"])
def test_not_the_same(other: str) -> None:
    assert Email.parse("ada@example.com").key != Email.parse(other).key


@pytest.mark.parametrize("address", ["a@shop.test", "a@shop.local", "a@example.com", "o'hara+x@sub.example.com"])
def test_valid(address: str) -> None:
    assert Email.parse(address).address == address


@pytest.mark.parametrize(
    "address", ["", "a", "a@", "@b.example", "a@b", "a@b..example", "a@localhost", "a@b.invalid", "a b@c.de"]
)
def test_invalid(address: str) -> None:
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
def test_addresses_that_are_mistaken_for_one_another(mistaken: str) -> None:
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
def test_what_an_address_is_looked_for_by(address: str, near: str) -> None:
    assert Email.parse(address).near_key == near


def test_without_an_address_there_is_nothing_to_look_for() -> None:
    assert Email("", "").near_key == ""


@pytest.mark.parametrize("other", ["ada@example.org", "ida@example.com", "ada@gmail.com"])
def test_different_people_are_looked_for_by_different_keys(other: str) -> None:
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
def test_slips_are_counted(one: str, other: str, slips: int) -> None:
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
def test_the_words_that_a_name_is_found_by(name: str, words: list[str]) -> None:
    assert words_of(name) == words


def test_a_name_is_found_by_so_many_words_of_so_many_letters() -> None:
    words = words_of(" ".join(f"{number}{'x' * 100}" for number in range(20)))
    assert len(words) == MAX_WORDS
    assert {len(word) for word in words} == {MAX_WORD_LENGTH}
