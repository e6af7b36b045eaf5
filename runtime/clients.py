"""Whose request it is: the peer, or the client a trusted proxy names."""

import re
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address

_trusted: list[IPv4Network | IPv6Network] = []


def trust(proxies: tuple[str, ...]) -> None:
    """Believes the `X-Forwarded-For` of these addresses and networks, and of no others."""
    _trusted[:] = [ip_network(proxy, strict=False) for proxy in proxies]


def address(scope: Mapping) -> str:
    """The client's address: the right-most hop that no trusted proxy is. Of an IPv6 address the /64, which is one client."""
    peer = _parsed(scope["client"][0]) if scope.get("client") else None
    if peer is None or not _is_trusted(peer):
        return _network(peer)
    forwarded = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for").decode("latin-1")
    client = peer
    for hop in map(_parsed, reversed(forwarded.split(","))):
        if hop is None:
            break  # what is no address is no hop
        client = hop
        if not _is_trusted(hop):
            break
    return _network(client)


def _parsed(hop: str) -> Address | None:
    host = re.sub(r"^\[(.*)\](:\d+)?$|^([\d.]+):\d+$", r"\1\3", hop.strip())
    try:
        parsed = ip_address(host)
    except ValueError:
        return None
    return getattr(parsed, "ipv4_mapped", None) or parsed


def _network(client: Address | None) -> str:
    if client is None:
        return ""
    return str(ip_network((client, 64), strict=False)) if client.version == 6 else str(client)


def _is_trusted(hop: Address) -> bool:
    return any(hop in network for network in _trusted)
