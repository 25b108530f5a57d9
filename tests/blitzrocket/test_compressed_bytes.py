"""Bytes come back as they were, also those that were stored before they were compressed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blitzrocket.compressed_bytes import MARK, compress, decompress


@given(st.binary(max_size=5000))
def test_bytes_come_back_as_they_were(plain: bytes) -> None:
    assert decompress(compress(plain)) == plain


@pytest.mark.parametrize("plain", [b"", MARK, b"\xff\0", b'{"id": 1}' * 120_000])
def test_of_any_kind_and_size(plain: bytes) -> None:
    assert decompress(compress(plain)) == plain


@pytest.mark.parametrize("plain", [b"", b'{"id": 1}', b"x\x9cno zlib", b"\xff\0"])
def test_what_was_stored_plain_is_read_as_it_is(plain: bytes) -> None:
    assert decompress(plain) == plain


def test_an_order_takes_less_room() -> None:
    order = b'{"price_set": {"shop_money": {"amount": "49.99", "currency_code": "USD"}}, "name": "Notebook"}' * 40
    assert len(compress(order)) < len(order) / 3
