"""`python -m benchmarks.serve VARIANT` serves an application by uvicorn, set up as in `portico serve`."""

import socket
import sys

import uvicorn

from .variants import find


class _Server(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        host, port = self.servers[0].sockets[0].getsockname()
        print(f"listens on http://{host}:{port}", flush=True)


def main(name: str) -> None:
    config = uvicorn.Config(
        find(name).application(),
        host="127.0.0.1",
        port=0,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=30,
    )
    _Server(config).run()


if __name__ == "__main__":
    main(sys.argv[1])
