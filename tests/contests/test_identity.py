"""Which addresses are the same person's."""

import pytest

from contests.identity import Email, InvalidEmail


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
