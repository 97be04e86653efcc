"""Answers /healthz and /metrics on this machine alone, for whoever watches the daemon."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import ClassVar

from digest import __version__
from digest.daemon.pulse import Pulse
from digest.errors import Problem, SettingsError

_SECONDS = 10.0  # that a client may take
Written = Callable[[], tuple[bytes, str]]  # a page, and its content type


class Monitor:
    """A web server in a thread of its own, until closed."""

    def __init__(self, place: str, metrics: Written, pulse: Pulse) -> None:
        """Listen at host:port; ``metrics`` writes its page.

        Raises:
            SettingsError: the port is taken, or the host is not ours.
        """
        host, _, port = place.rpartition(":")
        handler = type("Handler", (_Handler,), {"metrics": metrics, "pulse": pulse})
        try:
            self._server = _server(host.strip("[]"), int(port), handler)
        except OSError as error:
            fault = f"{place} cannot be listened at ({error.strerror})"
            cure = "choose another port, or see who has it"
            raise SettingsError([Problem("[metrics] listen", fault, cure)]) from None
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.2,), name="monitor", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _server(host: str, port: int, handler: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    kind = type("Server", (_Server,), {"address_family": family})
    made: ThreadingHTTPServer = kind((host, port), handler)
    return made


class _Server(ThreadingHTTPServer):
    """One thread a request, none of which keeps the program from ending."""

    daemon_threads = True
    block_on_close = False

    def server_bind(self) -> None:
        """Take the port without asking the DNS for the host's name, which may take long."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", self.server_address[1]

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing when a client goes away."""


class _Handler(BaseHTTPRequestHandler):
    """Answers two addresses; a request is read by its first line, and changes nothing."""

    metrics: ClassVar[Written]
    pulse: ClassVar[Pulse]
    timeout = _SECONDS
    server_version = f"digest/{__version__}"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer."""
        match self.path.partition("?")[0]:
            case "/healthz":
                content = health(self.pulse)
                healthy = not content["faults"]
                status = HTTPStatus.OK if healthy else HTTPStatus.SERVICE_UNAVAILABLE
                self._answer(status, json.dumps(content).encode(), "application/json")
            case "/metrics":
                self._answer(HTTPStatus.OK, *type(self).metrics())
            case _:
                self._answer(HTTPStatus.NOT_FOUND, b"/healthz or /metrics\n", "text/plain")

    do_HEAD = do_GET  # noqa: N815 the library's name

    def _answer(self, status: HTTPStatus, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the library's own
        """Say nothing: it is asked twice a minute."""


def health(pulse: Pulse) -> dict[str, object]:
    """Say how each job stands; ``faults`` is empty while all is well."""
    return {
        "faults": pulse.faults(),
        "jobs": {
            name: {
                "under_way": job.under_way,
                "runs": job.runs,
                "failures": job.failures,
                "ended": job.ended and job.ended.isoformat(timespec="seconds"),
            }
            for name, job in list(pulse.jobs.items())
        },
    }
