"""The client's IP address, behind as many proxies as ``TRUST_PROXY`` names."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.http import HttpRequest

HOST_PREFIX_IPV6 = 64  # a provider hands out whole networks of this size, so one machine can use each address in it

MAX_REMEMBERED_ADDRESSES = 1000  # a shop's calls come from the same few, and parsing one takes as long as a view

Address = IPv4Address | IPv6Address


def client_address(request: HttpRequest) -> str | None:
    """The client's address in its shortest form, such as ``203.0.113.7`` or ``2001:db8::7``; None where it is unknown.

    Each trusted proxy appends the address that it was called from to ``X-Forwarded-For``, so the client's is as far
    from the right as there are proxies. Anything further left is written by the client itself and never read.
    """
    address = _parsed_address(request)
    return str(address) if address else None


def sign_in_address(request: HttpRequest) -> str | None:
    """The address by which failed sign-ins are counted: the client's, or its /64 network for IPv6."""
    address = _parsed_address(request)
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, HOST_PREFIX_IPV6), strict=False).network_address)
    return str(address) if address else None


def _parsed_address(request: HttpRequest) -> Address | None:
    peer = _parse(request.META.get("REMOTE_ADDR", ""))
    hops: int = settings.TRUSTED_PROXIES
    if not hops:
        return peer
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    return _parse(forwarded[-hops:][0]) or peer


@lru_cache(MAX_REMEMBERED_ADDRESSES)
def _parse(text: str) -> Address | None:
    """Read an address as proxies write it: with a port or without, IPv6 in brackets or not."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
