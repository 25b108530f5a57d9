"""The client's address behind proxies: only what trusted ones have written counts."""

from typing import Any

import pytest
from django.test import RequestFactory

from blitzrocket.client_address import client_address, sign_in_address

PEER = "10.0.0.1"


def request(forwarded: str | None, peer: str = PEER) -> Any:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return RequestFactory().get("/admin/", headers=headers, REMOTE_ADDR=peer)


@pytest.mark.parametrize(
    ("hops", "forwarded", "address"),
    [
        (0, None, PEER),
        (0, "203.0.113.7", PEER),  # anybody can send the header
        (1, None, PEER),
        (1, "", PEER),
        (1, "203.0.113.7", "203.0.113.7"),
        (1, "198.51.100.1, 203.0.113.7", "203.0.113.7"),  # the left one is the client's own word
        (1, "203.0.113.7,", PEER),
        (1, "unknown", PEER),
        (1, "_hidden", PEER),
        (1, "203.0.113.7:50123", "203.0.113.7"),
        (1, "2001:db8::7", "2001:db8::7"),
        (1, "2001:0DB8:0:0::7", "2001:db8::7"),
        (1, "[2001:db8::7]", "2001:db8::7"),
        (1, "[2001:db8::7]:443", "2001:db8::7"),
        (1, '"[2001:db8::7]:443"', "2001:db8::7"),
        (1, "fe80::1%eth0", "fe80::1"),
        (1, "::ffff:203.0.113.7", "203.0.113.7"),
        (1, "203.0.113.999", PEER),
        (1, "<script>", PEER),
        (2, "203.0.113.7, 10.0.0.2", "203.0.113.7"),
        (2, "198.51.100.1, 203.0.113.7, 10.0.0.2", "203.0.113.7"),
        (2, "203.0.113.7", "203.0.113.7"),
        (3, "198.51.100.1, 203.0.113.7, 10.0.0.3, 10.0.0.2", "203.0.113.7"),
        (2, "198.51.100.1, nonsense, 10.0.0.2", PEER),
    ],
)
def test_only_trusted_hops_count(settings: Any, hops: int, forwarded: str | None, address: str) -> None:
    settings.TRUSTED_PROXIES = hops
    assert client_address(request(forwarded)) == address


@pytest.mark.parametrize("peer", ["", "unix:", "not an address"])
def test_a_peer_may_have_no_address(peer: str) -> None:
    assert client_address(request(None, peer)) is None
    assert sign_in_address(request(None, peer)) is None


@pytest.mark.parametrize(
    ("peer", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
        ("2001:db8:1:3::1", "2001:db8:1:3::"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
    ],
)
def test_sign_ins_of_one_ipv6_network_count_together(peer: str, counted: str) -> None:
    assert sign_in_address(request(None, peer)) == counted
