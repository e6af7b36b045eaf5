"""HTTP as octets, for what no client library would send."""

import select
import socket
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urlsplit

PATIENCE = 20  # seconds; longer is a hang


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


class Connection:
    """One connection. A server that closes early is answered with silence, not with an exception."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._socket = socket.create_connection((parts.hostname, parts.port), timeout=PATIENCE)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._reader = self._socket.makefile("rb")

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_: object) -> None:
        self._reader.close()
        self._socket.close()

    def send(self, octets: bytes) -> None:
        with suppress(ConnectionError):  # what it had to say first can still be read
            self._socket.sendall(octets)

    def finish(self) -> None:
        """Says that nothing more will be sent."""
        self._socket.shutdown(socket.SHUT_WR)

    def heard(self, seconds: float) -> bool:
        """Tells whether the server says something, or closes, within `seconds`."""
        return bool(select.select([self._socket], [], [], seconds)[0])

    def answer(self, to: str = "GET") -> Answer:
        answer = self.answer_or_silence(to)
        assert answer is not None, "closed without an answer"
        return answer

    def answer_or_silence(self, to: str = "GET") -> Answer | None:
        """Reads the next answer; None when the server closes without one."""
        start = self._line()
        if not start:
            return None
        headers: dict[str, str] = {}
        while line := self._line():
            name, _, value = line.partition(": ")
            headers[name.lower()] = f"{headers[name.lower()]}, {value}" if name.lower() in headers else value
        status = int(start.split(" ")[1])
        bodyless = to == "HEAD" or status < 200 or status in (204, 304)
        return Answer(status, headers, b"" if bodyless else self._reader.read(int(headers["content-length"])))

    def closed(self) -> bool:
        """Tells whether the server closes now, with nothing left to read."""
        try:
            return self._reader.read(1) == b""
        except ConnectionError:
            return True

    def _line(self) -> str:
        try:
            return self._reader.readline().decode("latin-1").rstrip("\r\n")
        except ConnectionError:
            return ""


def ask(url: str, octets: bytes) -> Answer:
    """Returns the answer to one request on a connection of its own."""
    with Connection(url) as connection:
        connection.send(octets)
        return connection.answer(to=octets.partition(b" ")[0].decode("latin-1"))


def head(method: str, target: str, *headers: str) -> bytes:
    """Builds a request without a body."""
    lines = [f"{method} {target} HTTP/1.1", "Host: portico.test", *headers]
    return "".join(f"{line}\r\n" for line in lines).encode("latin-1") + b"\r\n"


def post(target: str, body: bytes, *headers: str) -> bytes:
    return head("POST", target, *headers, f"Content-Length: {len(body)}") + body


def chunked(target: str, body: bytes, *headers: str) -> bytes:
    """Builds a request with a body that is sent as it is: the chunks are the caller's."""
    return head("POST", target, *headers, "Transfer-Encoding: chunked") + body


def chunk(octets: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(octets), octets)
