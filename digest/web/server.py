"""Runs the page until told to stop; the one use of uvicorn."""

from __future__ import annotations

import logging
import signal
import socket

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from digest.errors import Problem, SettingsError

_STOP_SECONDS = 10
_CONNECTIONS_MOST = 500
_log = logging.getLogger("digest")


def listen(host: str, port: int, place: str = "[web]") -> socket.socket:
    """Take the port; ``place`` is where it was chosen.

    Raises:
        SettingsError: it is taken, or the host is not ours.
    """
    try:
        return _bound(host, port)
    except OSError as error:
        fault = f"{host}:{port} cannot be listened at ({error.strerror})"
        raise SettingsError([Problem(place, fault, "choose another host or port")]) from None


def _bound(host: str, port: int) -> socket.socket:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, kind, _, _, address = found[0]
    # With the protocol named: asyncio sets TCP_NODELAY for no other, and an answer takes 40 ms.
    listening = socket.socket(family, kind, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen()
    except OSError:
        listening.close()
        raise
    return listening


def server(application: ASGIApp) -> uvicorn.Server:
    """Make the server. It believes no header about whom it serves, and logs no path.

    A request that waits for something can ask ``scope["stopping"]()`` whether it should end.
    """

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        scope["stopping"] = lambda: running.should_exit
        await application(scope, receive, send)

    running = uvicorn.Server(
        uvicorn.Config(
            answer,
            http="h11",
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            log_level=logging.WARNING,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            limit_concurrency=_CONNECTIONS_MOST,
            timeout_graceful_shutdown=_STOP_SECONDS,
        )
    )
    return running


def serve(application: ASGIApp, host: str, port: int) -> None:
    """Answer until SIGTERM or SIGINT; requests under way are answered first."""
    with listen(host, port) as listening:
        answer_at(application, listening)


def answer_at(application: ASGIApp, listening: socket.socket) -> None:
    """Answer at a port that is taken, until SIGTERM or SIGINT."""
    running = server(application)

    def stop(number: int, frame: object) -> None:
        del frame
        _log.info("stopping on %s", signal.Signals(number).name)
        running.should_exit = True

    # While it runs the server has handlers of its own; then it raises what they heard once more.
    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        _log.info("answering at http://%s:%d", *listening.getsockname()[:2])
        running.run(sockets=[listening])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
