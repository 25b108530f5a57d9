"""Where events are not sent: into our own network, by whatever way an address is written, and not without TLS."""

import socket
from ipaddress import ip_address
from typing import Any

import pytest

from purchases.outgoing.addresses import (
    AddressRefused,
    UnusableURL,
    addresses_of,
    check_url,
    is_public,
    target_of,
)

TEXT = """
    127.0.0.1 0.0.0.0 10.1.2.3 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 100.100.100.200 192.0.0.1 198.18.0.1
    224.0.0.1 240.0.0.1 255.255.255.255 168.63.129.16 192.0.2.1
    :: ::1 fe80::1 fe80::1%eth0 fc00::1 fd00:ec2::254 fec0::1 ff02::1 ::ffff:127.0.0.1 ::ffff:a9fe:a9fe ::127.0.0.1
    64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::1 2002:7f00:1:: 2001:0:1::1 2001:db8::1
"""
PRIVATE = TEXT.split()
PUBLIC = ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"]
URLS = r"""
    http://example.com/ ftp://example.com/ //example.com/ example.com https:// https://localhost/ https://a.localhost/
    https://printer.local/ https://127.0.0.1/ https://2130706433/ https://0177.0.0.1/ https://0x7f.1/ https://127.1/
    https://[::1]/ https://[::ffff:10.0.0.1]/ https://[64:ff9b::7f00:1]/ https://user:pw@example.com/
    https://example.com:99999/ https://example.com/#x https://exa%6dple.com/ https://intranet/ https://a.com\@b.com/
    https://[fe80::1%25eth0]/ https://[::1 https://example.com/ä https://..com/
"""
REFUSED = URLS.split()


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"]
)
def test_public_addresses(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize("url", REFUSED)
def test_urls_that_are_refused(url: str) -> None:
    with pytest.raises(UnusableURL):
        check_url(url)


@pytest.mark.parametrize("control", ["\r\nX: 1", "\n", "\t", " ", "\x7f"])
def test_a_url_adds_no_headers(control: str) -> None:
    with pytest.raises(UnusableURL):
        check_url(f"https://example.com/{control}")


@pytest.mark.parametrize(
    ("url", "host", "path"),
    [
        ("https://hooks.example.com", "hooks.example.com", "/"),
        ("https://bücher.example/a?b=1", "xn--bcher-kva.example", "/a?b=1"),
        ("https://hooks.example.com:8443/a", "hooks.example.com:8443", "/a"),
        ("https://93.184.216.34/", "93.184.216.34", "/"),
    ],
)
def test_valid_urls_are_accepted(url: str, host: str, path: str) -> None:
    check_url(url)
    target = target_of(url)
    assert (target.host_header, target.path) == (host, path)


def test_a_name_is_refused_where_one_of_its_addresses_is_private(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(*_: Any, **__: Any) -> Any:
        return [(0, 0, 0, "", (address, 443)) for address in ("93.184.216.34", "10.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(AddressRefused):
        addresses_of(target_of("https://hooks.example.com/"))


@pytest.mark.parametrize("host", ["localhost", "2130706433", "0177.0.0.1", "0x7f.1", "0"])
def test_the_system_s_own_ways_to_write_an_address(host: str) -> None:
    """Also what no form lets through, such as a name that resolves to this machine now."""
    with pytest.raises(AddressRefused):
        addresses_of(target_of(f"https://{host}/"))
