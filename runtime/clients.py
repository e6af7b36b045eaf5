"""Clients: tells from which address a request comes, the peer's or one that a trusted proxy names."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from starlette.types import Scope

Address = IPv4Address | IPv6Address


class Clients:
    """Believes the `X-Forwarded-For` of trusted addresses and networks, and of no others."""

    def __init__(self, trusted_proxies: tuple[str, ...]) -> None:
        self._trusted = [ip_network(proxy, strict=False) for proxy in trusted_proxies]

    def address(self, scope: Scope) -> str:
        """Returns the right-most hop that is no trusted proxy; of an IPv6 address its /64, which one client has."""
        peer = _parsed(scope["client"][0]) if scope.get("client") else None
        if peer is None or not self._is_trusted(peer):
            return _network(peer)
        forwarded = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for").decode("latin-1")
        client = peer
        for hop in map(_parsed, reversed(forwarded.split(","))):
            if hop is None:
                break  # it is no address, so nothing further left is believed
            client = hop
            if not self._is_trusted(hop):
                break
        return _network(client)

    def _is_trusted(self, hop: Address) -> bool:
        return any(hop in network for network in self._trusted)


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
