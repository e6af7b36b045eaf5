"""HTTP as uvicorn speaks it, with limits: on the time a client takes for its headers, or for a body nobody waits for,
and on the size of the headers. And an answer leaves in one piece.
"""

import asyncio
from typing import cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

PATIENCE = 10  # seconds from a connection or the first octet of a request to the end of its headers
LARGEST_HEADERS = 64 * 1024  # octets


class InOnePiece:
    """A transport that sends the head of an answer together with its body.

    uvicorn writes them one by one, and each write is a packet: on the way of a small answer that is what costs most.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held = b""
        self.is_closing = transport.is_closing  # asked after every answer

    def write(self, data: bytes) -> None:
        if self._held:
            data, self._held = self._held + data, b""
            self._transport.write(data)
        else:
            self._held = data
            self._loop.call_soon(self._let_go)  # an answer without a body has no second write

    def close(self) -> None:
        self._let_go()
        self._transport.close()

    def _let_go(self) -> None:
        if self._held:
            data, self._held = self._held, b""
            self._transport.write(data)

    def __getattr__(self, name: str) -> object:
        return getattr(self._transport, name)


class Protocol(HttpToolsProtocol):
    """One look at the connection every PATIENCE seconds costs nothing on the way of a request."""

    _waiting_since: float | None = None
    _look: asyncio.TimerHandle | None = None
    _in_headers = False
    _header_octets = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        super().connection_made(cast(asyncio.Transport, InOnePiece(transport, self.loop)))
        self._waiting_since = self.loop.time()
        self._look_later(PATIENCE)

    def connection_lost(self, error: Exception | None) -> None:
        if self._look:
            self._look.cancel()
        super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._in_headers:  # counted as they come, for the parser tells of a header only when it is complete
            self._header_octets += len(data)
            if self._header_octets > LARGEST_HEADERS and not self.transport.is_closing():
                self.send_400_response("The headers are too large.")

    def on_message_begin(self) -> None:
        self._waiting_since = self.loop.time()
        self._in_headers = True
        self._header_octets = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._waiting_since = None
        self._in_headers = False
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        if not self.pipeline and self.cycle.more_body:  # answered before its body came, which nobody waits for
            self._waiting_since = self.loop.time()
        super().on_response_complete()

    def on_message_complete(self) -> None:
        self._waiting_since = None
        super().on_message_complete()

    def _look_later(self, seconds: float) -> None:
        self._look = self.loop.call_later(seconds, self._let_go_if_stuck)

    def _let_go_if_stuck(self) -> None:
        waited = 0 if self._waiting_since is None else self.loop.time() - self._waiting_since
        if waited >= PATIENCE:
            self.transport.close()
        else:
            self._look_later(PATIENCE - waited)
