"""How a server ends: it finishes what is under way and leaves, however it was started."""

import json
import os
import socket
import subprocess
from urllib.parse import urlsplit

import httpx
import pytest
from doors.appseed import Appseed
from support.commands import Portico
from support.mailbox import awaited
from support.raw import Connection, head
from support.server import COMMAND, SETTINGS, Server, Serving, environment, free_port


def until_nobody_listens(server: Server) -> None:
    address = urlsplit(server.url)
    while True:
        try:
            socket.create_connection((address.hostname, address.port), timeout=20).close()
        except ConnectionError:
            return


@pytest.mark.parametrize("options", [(), ("--workers", "2")], ids=["one", "workers"])
def test_o04_sigterm_finishes_the_request_in_flight(serving: Serving, email: str, options: tuple[str, ...]) -> None:
    server = serving(*options)
    path, fields = server.at(Appseed).registration(email, "pass")
    body = json.dumps(fields).encode()
    more = (
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Expect: 100-continue",
        "Connection: close",
    )
    with Connection(server.url) as connection:
        connection.send(head("POST", path, *more))
        assert connection.answer().status == 100  # it has begun to read
        connection.send(body[: len(body) // 2])
        server.ask_to_stop()
        until_nobody_listens(server)
        connection.send(body[len(body) // 2 :])
        answer = connection.answer()

    registered = json.loads(answer.body)
    expected = {"success": True, "userID": registered["userID"], "msg": "The user was successfully registered"}
    assert (answer.status, registered) == (200, expected)
    assert server.stop() == 0
    server.options = ()
    server.start()
    assert server.at(Appseed).login(email, "pass").status_code == 200
    assert server.stop() == 0


STREAMS = {
    "no standard error": "2>&-",
    "none at all": "0<&- 1>&- 2>&-",
    "a standard output nobody reads": "1>&{unread} 2>told",
}


@pytest.mark.parametrize("streams", STREAMS)
def test_o02_a_server_whose_standard_streams_lead_nowhere_serves_and_stops(portico: Portico, streams: str) -> None:
    port = free_port()
    reader, unread = os.pipe()
    os.close(reader)
    command = f"exec {COMMAND} serve --access-log --port {port} {STREAMS[streams].format(unread=unread)}"
    process = subprocess.Popen(
        ["bash", "-c", command], cwd=portico.folder, env=environment(SETTINGS), pass_fds=[unread]
    )
    os.close(unread)
    try:
        awaited(lambda: answers_at(port), "an answer")
    finally:
        process.terminate()
        assert process.wait(timeout=40) == 0
    for file in portico.folder.glob("told"):
        assert "Traceback" not in file.read_text()
        assert "BrokenPipe" not in file.read_text()


def answers_at(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health/live", timeout=20).is_success
    except httpx.ConnectError:
        return False
