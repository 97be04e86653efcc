"""Servers on this machine for the tests: HTTP, SMTP, and SMTP by script; each keeps what it saw."""

from __future__ import annotations

import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler
from typing import Any, ClassVar, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """Give a port of this machine on which nothing listens."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a path answers, each byte after ``drip`` s; without a status, ``body`` is all of it."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    drip: float = 0.0
    hangs: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """One request: its path and headers, their names in lower case."""

    path: str
    headers: Mapping[str, str]


class _Handler(BaseHTTPRequestHandler):
    """Answers as the ``Web`` it belongs to was told."""

    web: ClassVar[Web]

    def do_GET(self) -> None:
        """Keep the request and answer it."""
        asked = {name.lower(): value for name, value in self.headers.items()}
        self.web.seen.append(Seen(self.path, asked))
        page = self.web.pages.get(self.path, Page(status=404))
        if page.hangs:
            self.web.closing.wait(30)
            return
        if not page.status:
            self._write(page)
            return
        known = {asked.get("if-none-match"), asked.get("if-modified-since")} - {None}
        unchanged = known & {page.headers.get("ETag"), page.headers.get("Last-Modified")}
        self.send_response(304 if unchanged else page.status)
        for name, value in page.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if not unchanged:
            self._write(page)

    def _write(self, page: Page) -> None:
        step = 1 if page.drip else len(page.body) or 1
        for start in range(0, len(page.body), step):
            self.wfile.write(page.body[start : start + step])
            self.web.closing.wait(page.drip)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 the library's own
        """Say nothing."""


class _Quiet(socketserver.ThreadingTCPServer):
    """A server that does not print when a client goes away."""

    allow_reuse_address = True
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 as inherited
        """Say nothing."""


class Web:
    """An HTTP server: ``pages`` by path may be changed at any time, ``seen`` grows."""

    def __init__(self) -> None:
        """Listen on a free port."""
        self.pages: dict[str, Page] = {}
        self.seen: list[Seen] = []
        self.closing = threading.Event()
        handler = type("Handler", (_Handler,), {"web": self})
        self._server = _Quiet((LOOPBACK, 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def url(self, path: str) -> str:
        """Give the address of a path."""
        return f"http://{LOOPBACK}:{self._server.server_address[1]}{path}"

    def close(self) -> None:
        """Stop, letting go of what hangs."""
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as the server got it, between DATA and the dot."""

    sender: str
    recipient: str
    content: bytes

    @property
    def parsed(self) -> EmailMessage:
        """Read the mail as a mail program does."""
        return message_from_bytes(self.content, policy=policy.default)


class Mailbox:
    """Keeps mails, and answers as it is told.

    ``tell`` queues replies to a stage (MAIL, RCPT or DATA) for one address; each is given
    once, after which all is accepted again.
    """

    def __init__(self) -> None:
        """Accept everything."""
        self.mails: list[Mail] = []
        self.peers: list[object] = []
        self._replies: dict[tuple[str, str], list[str]] = {}

    def tell(self, stage: str, address: str, *replies: str) -> None:
        """Queue replies."""
        self._replies.setdefault((stage, address), []).extend(replies)

    @property
    def recipients(self) -> list[str]:
        """Name who got a mail, in the order they came."""
        return [mail.recipient for mail in self.mails]

    def _reply(self, stage: str, address: str) -> str:
        queued = self._replies.get((stage, address))
        return queued.pop(0) if queued else "250 OK"

    async def handle_MAIL(  # noqa: D102, N802 aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, options
        if session.peer not in self.peers:
            self.peers.append(session.peer)
        envelope.mail_from = address
        return self._reply("MAIL", address)

    async def handle_RCPT(  # noqa: D102, N802 aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, session, options
        reply = self._reply("RCPT", address)
        if reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(  # noqa: D102, N802 aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        del server, session
        recipient = envelope.rcpt_tos[0]
        reply = self._reply("DATA", recipient)
        if reply.startswith("250"):
            content = envelope.original_content or b""
            self.mails.append(Mail(str(envelope.mail_from), recipient, content))
        return reply


def _allows(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: object
) -> AuthResult:
    """Let in "ada" with the password "right"."""
    del server, session, envelope, mechanism
    return AuthResult(success=given == LoginPassword(b"ada", b"right"), handled=False)


@contextmanager
def smtp(
    box: Mailbox,
    *,
    login: bool = False,
    starttls: ssl.SSLContext | None = None,
    utf8: bool = False,
    port: int | None = None,
) -> Iterator[int]:
    """Run an SMTP server; gives the port."""
    chosen = port or free_port()
    controller = Controller(
        box,
        hostname=LOOPBACK,
        port=chosen,
        enable_SMTPUTF8=utf8,
        tls_context=starttls,
        require_starttls=starttls is not None,
        authenticator=_allows if login else None,
        auth_required=login,
        auth_require_tls=False,
    )
    controller.start()
    try:
        yield chosen
    finally:
        controller.stop()


DROP, STALL = "drop", "stall"
_USUAL = {"greeting": "220 here", "DATA": "354 go on", "QUIT": "221 bye"}


def able(*keywords: str) -> dict[str, str]:
    """Give the script of a server that can do something: its answer to EHLO."""
    lines = ["here", *keywords]
    return {"EHLO": "\r\n".join([*(f"250-{line}" for line in lines[:-1]), f"250 {lines[-1]}"])}


class _Conversation(socketserver.StreamRequestHandler):
    """Talks by the script of its connection's number."""

    _said = "greeting"  # the last command, whole

    def handle(self) -> None:
        """Answer each command until told to drop."""
        server = cast("Scripted", self.server)
        script = server.next_script()
        verb = "greeting"
        while True:
            reply = script.get(self._said) or script.get(verb, _USUAL.get(verb, "250 OK"))
            if reply == STALL:
                server.closing.wait(30)
            if reply in {DROP, STALL}:
                return
            try:
                self.wfile.write(f"{reply}\r\n".encode("utf-8", "surrogateescape"))
                if verb == "STARTTLS" and server.upgrade and reply.startswith("220"):
                    self._encrypt(server.upgrade)
                verb = self._content() if reply.startswith("354") else self._command(server)
            except ConnectionError:
                return
            if not verb:
                return

    def finish(self) -> None:
        """Close what TLS took the place of, too."""
        super().finish()
        self.connection.close()

    def _encrypt(self, context: ssl.SSLContext) -> None:
        self.connection = context.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = cast("Any", self.connection.makefile("wb", buffering=0))

    def _command(self, server: Scripted) -> str:
        read = self.rfile.readline()
        line = self._said = read.decode("utf-8", "replace").strip()
        if line:
            server.heard.append(line)
        words = line.split() or ["EMPTY" if read else ""]
        if words[0] == "BDAT":
            server.mails.append(self.rfile.read(int(words[1])))
        return words[0].upper()

    def _content(self) -> str:
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line)
        if line:
            cast("Scripted", self.server).mails.append(b"".join(lines))
        return line.decode().strip()


class Scripted(_Quiet):
    """An SMTP server by script: replies by verb ("greeting", ".", "EMPTY" too), one a connection.

    A whole command has its reply before its verb; after STARTTLS it goes on inside ``upgrade``.

    The last script serves all further connections; ``DROP`` closes without a word, ``STALL`` says
    nothing more. ``heard`` keeps the commands, ``mails`` the contents, dots doubled.
    """

    def __init__(
        self,
        scripts: Sequence[Mapping[str, str]],
        tls: ssl.SSLContext | None = None,
        upgrade: ssl.SSLContext | None = None,
    ) -> None:
        """Listen on a free port, inside TLS if asked to."""
        super().__init__((LOOPBACK, 0), _Conversation)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        self.upgrade = upgrade
        self.scripts = [dict(script) for script in scripts]
        self.heard: list[str] = []
        self.mails: list[bytes] = []
        self.connections = 0
        self.closing = threading.Event()
        self.port = int(self.server_address[1])

    def next_script(self) -> Mapping[str, str]:
        """Give the script of a new connection."""
        self.connections += 1
        return self.scripts[min(self.connections, len(self.scripts)) - 1]

    def change(self, script: Mapping[str, str]) -> None:
        """Answer otherwise from now on, in the last conversation too."""
        self.scripts[-1].update(script)


@contextmanager
def scripted(
    *scripts: Mapping[str, str],
    tls: ssl.SSLContext | None = None,
    upgrade: ssl.SSLContext | None = None,
) -> Iterator[Scripted]:
    """Run a scripted SMTP server."""
    with Scripted(scripts, tls, upgrade) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            server.closing.set()
            server.shutdown()
            thread.join()
