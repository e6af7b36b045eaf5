"""HTTP: limits what uvicorn leaves without limits, and sends each answer in one piece.

The limits are on the size of the headers, on the time a client takes for them, and on the time it takes for a body
that is answered already.
"""

import asyncio
from typing import cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LONGEST_WAIT = 10  # seconds from a connection, or from the first octet of a request, to the end of its headers
LARGEST_HEADERS = 64 * 1024  # octets


class JoiningTransport:
    """A transport that holds the head of an answer back until its body comes, and sends both in one packet.

    uvicorn writes them one by one, and each write is a packet, which is what costs most in a small answer.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held = b""
        self.is_closing = transport.is_closing  # uvicorn asks after every answer

    def write(self, data: bytes) -> None:
        if self._held:
            data, self._held = self._held + data, b""
            self._transport.write(data)
        else:
            self._held = data
            self._loop.call_soon(self._flush)  # an answer without a body has no second write

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._held:
            data, self._held = self._held, b""
            self._transport.write(data)

    def __getattr__(self, name: str) -> object:
        return getattr(self._transport, name)


class Protocol(HttpToolsProtocol):
    """Checks each connection once in LONGEST_WAIT seconds, so that no request pays for a timer of its own."""

    _waiting_since: float | None = None
    _next_check: asyncio.TimerHandle | None = None
    _in_headers = False
    _header_octets = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        super().connection_made(cast(asyncio.Transport, JoiningTransport(transport, self.loop)))
        self._waiting_since = self.loop.time()
        self._check_in(LONGEST_WAIT)

    def connection_lost(self, error: Exception | None) -> None:
        if self._next_check:
            self._next_check.cancel()
        super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._in_headers:  # counted as they come, for the parser reports a header only when it is complete
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
        if not self.pipeline and self.cycle.more_body:  # answered before its body came
            self._waiting_since = self.loop.time()
        super().on_response_complete()

    def on_message_complete(self) -> None:
        self._waiting_since = None
        super().on_message_complete()

    def _check_in(self, seconds: float) -> None:
        self._next_check = self.loop.call_later(seconds, self._close_if_late)

    def _close_if_late(self) -> None:
        waited = 0 if self._waiting_since is None else self.loop.time() - self._waiting_since
        if waited >= LONGEST_WAIT:
            self.transport.close()
        else:
            self._check_in(LONGEST_WAIT - waited)
