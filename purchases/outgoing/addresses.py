"""Where events may be sent: to public addresses over HTTPS, so that no endpoint's URL reaches into our own network.

A URL is checked when it is saved, for a clear message, and its addresses each time before connecting to one of them: a
name may resolve to something else a moment later.
"""

import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from django.conf import settings

from purchases.models.webhooks import MAX_URL_LENGTH

PORTS = {"https": 443, "http": 80}
MAX_HOST_LENGTH = 253
NAT64 = ip_network("64:ff9b::/96")  # IPv6 addresses with an IPv4 one in the last 32 bits
# Reachable for more than the public, although Python calls them global: local NAT64, 6to4 and Teredo (which carry an
# IPv4 address), documentation, and the address of Azure's own services.
CLOSED = [
    ip_network(network)
    for network in ("64:ff9b:1::/48", "2002::/16", "2001::/32", "3fff::/20", "5f00::/16", "168.63.129.16/32")
]


class UnusableURL(Exception):
    """The URL can't be used for events; the message says why."""


class AddressRefused(Exception):
    """The host is not reachable at a public address; the message says why."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a URL names: host and port to connect to, and the path to ask for."""

    scheme: str
    host: str  # in ASCII
    port: int
    path: str  # with the query

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def target_of(url: str) -> Target:
    """The host, port and path that the URL names.

    Raises:
        UnusableURL: events can't be sent to it.
    """
    if len(url) > MAX_URL_LENGTH:
        raise UnusableURL(f"Use at most {MAX_URL_LENGTH} characters.")
    if any(character <= " " or character in "\\\x7f" for character in url):
        raise UnusableURL("A URL has no spaces, control characters or backslashes.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise UnusableURL("This is no URL: check the host and the port.") from None
    schemes = ("https", "http") if settings.WEBHOOKS_TO_PRIVATE_ADDRESSES else ("https",)
    if parts.scheme not in schemes:
        raise UnusableURL("The URL must start with https://.")
    if parts.username is not None or parts.password is not None:
        raise UnusableURL("Remove the user name and password: requests are signed instead.")
    if parts.fragment:
        raise UnusableURL("Remove the part after #: it is never sent.")
    host = _ascii_host(parts.hostname or "")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not path.isascii():
        raise UnusableURL("Write other characters than ASCII in the path as %XX.")
    return Target(parts.scheme, host, port or PORTS[parts.scheme], path)


def check_url(url: str) -> None:
    """Whether a URL may be saved: usable, and not plainly private.

    Raises:
        UnusableURL: it may not.
    """
    host = target_of(url).host
    if settings.WEBHOOKS_TO_PRIVATE_ADDRESSES:
        return
    address = _literal(host)
    if address is not None and not is_public(address):
        raise UnusableURL("This address is not public. Use a host that is reachable from the internet.")
    is_name = address is None and "." in host.rstrip(".") and not host.rstrip(".").endswith((".localhost", ".local"))
    # Numbers such as 0x7f.1 and 2130706433 are addresses to the system, and no names that anyone registers.
    is_number = address is None and host.rstrip(".").rpartition(".")[2][:1].isdigit()
    if address is None and (not is_name or is_number):
        raise UnusableURL("Use a full host name, for example hooks.example.com.")


def addresses_of(target: Target) -> list[str]:
    """The addresses of the host, each of them public.

    Raises:
        AddressRefused: it has none, or one that is not public.
    """
    try:
        entries = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise AddressRefused(f"The host {target.host} was not found.") from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in entries))
    if settings.WEBHOOKS_TO_PRIVATE_ADDRESSES:
        return addresses
    if not all(is_public(ip_address(address)) for address in addresses):
        raise AddressRefused(f"The host {target.host} has an address that is not public, so nothing was sent.")
    return addresses


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether anyone on the internet reaches it, and not only those in a network."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address in NAT64:
            return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
        if address.scope_id or int(address) < 1 << 32 or address.is_site_local:
            return False
    is_closed = any(address.version == network.version and address in network for network in CLOSED)
    return address.is_global and not address.is_multicast and not address.is_reserved and not is_closed


def _ascii_host(host: str) -> str:
    if not host or len(host) > MAX_HOST_LENGTH or "%" in host:
        raise UnusableURL("The URL has no valid host name.")
    if _literal(host) is not None:
        return host
    try:
        name = host.encode("idna").decode("ascii")
    except UnicodeError:
        raise UnusableURL("The URL has no valid host name.") from None
    if not all(character.isalnum() or character in "-._" for character in name):
        raise UnusableURL("The URL has no valid host name.")
    return name


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
