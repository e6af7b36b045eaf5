"""Whose request it is: the peer, or the client a trusted proxy names."""

from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

_trusted: list[IPv4Network | IPv6Network] = []


def trust(proxies: tuple[str, ...]) -> None:
    """Believes the `X-Forwarded-For` of these addresses and networks, and of no others."""
    _trusted[:] = [ip_network(proxy, strict=False) for proxy in proxies]


def address(scope: Mapping) -> str:
    """The client's address: the right-most hop that no trusted proxy is."""
    peer = scope["client"][0] if scope.get("client") else ""
    if not _is_trusted(peer):
        return peer
    forwarded = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for").decode("latin-1")
    hops = [hop.strip() for hop in forwarded.split(",") if hop.strip()]
    return next((hop for hop in reversed(hops) if not _is_trusted(hop)), peer)


def _is_trusted(hop: str) -> bool:
    try:
        return any(ip_address(hop) in network for network in _trusted)
    except ValueError:
        return False
