"""What surrounds a text is dropped everywhere by the same rule, and what nobody can see is no text."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blitzrocket.text import has_visible, is_storable, readings, storable, trim, without_decoration


@pytest.mark.parametrize(
    "around",
    [
        " ",
        "\t\r\n",
        "\u00a0",
        "\u3000",
        "\u200b",
        "\u200c\u200d",
        "\u2060",
        "\ufeff",
        "\u200e\u202c",
        "\u00ad",
        " \ufeff ",
    ],
)
def test_surrounding_characters_are_trimmed(around: str) -> None:
    assert trim(f"{around}A-1{around}") == "A-1"
    assert trim(f"A{around}1") == f"A{around}1"
    assert trim(around) == ""


@pytest.mark.parametrize("text", ["❤\ufe0f", "🏴\U000e0067\U000e0062\U000e007f", "e\u0301", "\u0600\u0661", "."])
def test_joiners_within_characters_stay(text: str) -> None:
    assert trim(text) == text


@given(st.text())
def test_trim_removes_all_that_python_strips(text: str) -> None:
    assert trim(text) == trim(text.strip())
    assert trim(text) == trim(trim(text))


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "\u200b", "\ufeff\u2060", "\u034f", "\u115f", "\u1160", "\u3164", "\uffa0", "\u2800", "\u00ad"),
        *("\ufe0f", "\U000e0041", "\u180e", "\u17b4", "\u2064 \u206f", "\U0001d173", "\n\u3000"),
    ],
)
def test_invisible_texts_have_no_visible_character(text: str) -> None:
    assert not has_visible(text)


@pytest.mark.parametrize("text", ["0", "\u200b1", "é", "\u0301", "🪙", "\u0600", "\u200b.\u200b"])
def test_visible_texts_have_a_visible_character(text: str) -> None:
    assert has_visible(text)


@given(st.characters(categories=["L", "N", "P", "S"]))
def test_letters_numbers_and_symbols_are_visible(character: str) -> None:
    blank = {"\u115f", "\u1160", "\u3164", "\uffa0", "\u2800"}  # letters and a symbol that look like nothing
    assert has_visible(character) is (character not in blank), unicodedata.name(character, "?")


@pytest.mark.parametrize(("text", "stored"), [("a\0b", "a�b"), ("\ud83d", "�"), ("😀", "😀"), ("\udfff\ud800", "��")])
def test_nul_and_surrogates_cannot_be_stored(text: str, stored: str) -> None:
    assert is_storable(text) is (text == stored)
    assert storable(text) == stored
    stored.encode()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("order-", "order-"),
        ("_order_", "_order_"),
        ("#re-", "#re-"),
        ("%", "%"),
        ("50%", "50%"),
        ("@ada", "@ada"),
        ("https://shop.example/orders/7/", "https://shop.example/orders/7/"),
        ("(555) 0100", "555) 0100"),
        ("A.B.C.", "A.B.C"),
        ("O’Neill", "O’Neill"),
        ("№ 7", "No 7"),
        ("“”", ""),
        ("mailto:", "mailto"),
        ("Ada <ada@shop.example", "ada@shop.example"),
        ("<a> <ada@shop.example>", "ada@shop.example"),
        ("¡Hola!", "Hola"),
        ("- - 7", "7"),
        ("mailto:ada%00@shop.example", "ada@shop.example"),
        ("<mailto:%E2%80%8Bada%40shop.example%EF%BB%BF?subject=%00>", "ada@shop.example"),
        ("mailto:%00%C2%AD", ""),
    ],
)
def test_a_term_loses_its_decoration(typed: str, meant: str) -> None:
    assert without_decoration(typed) == meant


@given(st.text(max_size=60))
def test_removing_decoration_twice_changes_nothing(text: str) -> None:
    left = without_decoration(text)
    assert without_decoration(left) == left == left.strip()


@pytest.mark.parametrize("depth", [1, 100, 10_000])
def test_deep_decoration_is_removed_quickly(depth: int) -> None:
    assert without_decoration("(<“" * depth + "7" + "”>)" * depth) == "7"


def test_the_text_itself_comes_first() -> None:
    assert readings(" (1001) ") == ["(1001)", "1001"]
    assert readings("1001") == ["1001"]
    assert readings(" \ufeff") == []
