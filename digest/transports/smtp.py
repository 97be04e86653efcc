"""SMTP (RFC 5321) over one reused connection, in the clear, with STARTTLS or inside TLS.

A message whose bytes have left without an answer is ``uncertain``; nothing is guessed.
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import ssl
import time
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from digest.errors import TransportError
from digest.model import DeliveryStatus, Message, SendResult

_OK, _START_INPUT, _CLOSING, _PERMANENT, _AUTHENTICATE = 250, 354, 421, 500, 530
_REPLY_MOST = 65_536
_REPLY = re.compile(rb"([2-5]\d\d)([ -]|$|(?=\r))(.*)", re.DOTALL)
_LINE_START_DOT = re.compile(rb"(?m)^\.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """The mail server; ``timeout`` is seconds a reply, ``rate`` mails a second (0: any)."""

    host: str
    port: int
    security: str = "none"
    username: str = ""
    password: str = field(default="", repr=False)
    timeout: float = 60.0
    rate: float = 0.0

    @property
    def place(self) -> str:
        """Name the server in messages."""
        return f"mail server {self.host}:{self.port}"


class _BoundedReplies(smtplib.SMTP):
    """smtplib with a limit on the whole of a reply: its time, its size, and its form.

    smtplib's own time-out begins anew with every packet, and takes garbage for an answer.
    """

    _read = b""

    def getreply(self) -> tuple[int, bytes]:
        """Read one reply (RFC 5321 section 4.2.1).

        Raises:
            SMTPServerDisconnected: it does not come, is too long, or is no reply.
        """
        if self.file is None:  # smtplib's mark of a new or secured socket
            self.file = self.sock.makefile("rb")  # type: ignore[union-attr]
            self._read = b""
        deadline = time.monotonic() + (self.timeout or 0.0)
        said: list[bytes] = []
        size = 0
        while True:
            line = self._line(deadline)
            size += len(line)
            found = _REPLY.match(line)
            if found is None or size > _REPLY_MOST:
                self.close()
                fault = "too long a reply" if found else "what is no reply"
                raise smtplib.SMTPServerDisconnected(f"the server sent {fault}")
            said.append(found[3].strip())
            if found[2] != b"-":
                return int(found[1]), b"\n".join(said)

    def _line(self, deadline: float) -> bytes:
        """Read up to the next line end, within the time of the whole reply."""
        while b"\n" not in self._read:
            left = deadline - time.monotonic()
            try:
                if left <= 0 or self.sock is None:
                    raise TimeoutError("the reply took too long")
                self.sock.settimeout(left)
                part = self.sock.recv(4096)
            except OSError as error:
                self.close()
                raise smtplib.SMTPServerDisconnected(f"no reply: {error}") from error
            if not part:
                self.close()
                raise smtplib.SMTPServerDisconnected("the server closed the connection")
            self._read += part
            if len(self._read) > _REPLY_MOST:
                break
        line, _, self._read = self._read.partition(b"\n")
        return line


class _BoundedRepliesInTls(_BoundedReplies, smtplib.SMTP_SSL):
    """The same inside TLS."""


class SmtpTransport:
    """One connection, opened with the first message and kept while the server keeps it."""

    def __init__(
        self,
        server: Server,
        *,
        context: ssl.SSLContext | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Open nothing yet; ``context`` holds the certificates to trust."""
        self._server = server
        self._context = context
        self._sleep = sleep
        self._connection: smtplib.SMTP | None = None
        self._next_turn = 0.0

    def __enter__(self) -> Self:
        """Give this transport."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Say goodbye and close."""
        if self._connection is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                self._connection.quit()
        self._drop()

    def login(self) -> None:
        """Connect, secure and authenticate, and no more: for a check.

        Raises:
            TransportError: one of them failed.
        """
        self._open()

    def send(self, message: Message) -> SendResult:
        """Hand over one message; a connection that was lost while idle is opened anew once."""
        self._wait_for_turn()
        reused = self._connection is not None
        result = self._attempt(message)
        if result.code in {0, _CLOSING} and result.status is DeliveryStatus.DEFERRED and reused:
            self._drop()
            result = self._attempt(message)
        return result

    def _wait_for_turn(self) -> None:
        if not self._server.rate:
            return
        now = time.monotonic()
        if self._next_turn > now:
            self._sleep(self._next_turn - now)
        self._next_turn = max(now, self._next_turn) + 1 / self._server.rate

    def _attempt(self, message: Message) -> SendResult:
        connection = self._open()
        try:
            refusal = self._envelope(connection, message)
            if refusal is not None:
                return refusal
            code, said = connection.docmd("DATA")
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            return SendResult(status=DeliveryStatus.DEFERRED, response=f"connection lost ({error})")
        if code != _START_INPUT:
            return self._refused(connection, code, said)
        return self._content(connection, message)

    def _envelope(self, connection: smtplib.SMTP, message: Message) -> SendResult | None:
        """Name sender and recipient; gives the refusal, if one comes."""
        options = []
        if connection.has_extn("size"):
            options.append(f"SIZE={len(message.content)}")
        if not message.recipient.isascii():
            if not connection.has_extn("smtputf8"):
                said = "the mail server takes no addresses with such letters (no SMTPUTF8)"
                return SendResult(status=DeliveryStatus.FAILED, code=553, response=said)
            options += ["SMTPUTF8", "BODY=8BITMIME"]
            connection.command_encoding = "utf-8"
        code, said_bytes = connection.mail(message.sender, options)
        if code == _OK:
            code, said_bytes = connection.rcpt(message.recipient)
        if code in {_OK, 251}:
            return None
        return self._refused(connection, code, said_bytes)

    def _refused(self, connection: smtplib.SMTP, code: int, said: bytes) -> SendResult:
        """Make a result of a refusal, and the connection ready for the next message.

        Raises:
            TransportError: it is about us: the server wants a login first (RFC 4954 section 6).
        """
        if code == _CLOSING:
            self._drop()
        else:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                connection.rset()
        if code == _AUTHENTICATE:
            self._drop()
            raise TransportError(
                f"{self._server.place} wants a login ({_one_line(code, said)}); "
                "set smtp.username and smtp.password_file"
            )
        final = code >= _PERMANENT
        return SendResult(
            status=DeliveryStatus.FAILED if final else DeliveryStatus.DEFERRED,
            code=code,
            response=self._masked(_one_line(code, said)),
        )

    def _content(self, connection: smtplib.SMTP, message: Message) -> SendResult:
        """Send the bytes, dots doubled (RFC 5321 section 4.5.2), and wait for the answer."""
        try:
            connection.send(_LINE_START_DOT.sub(b"..", message.content) + b".\r\n")
            code, said = connection.getreply()
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            return SendResult(
                status=DeliveryStatus.UNCERTAIN,
                response=f"the connection was lost before the answer came ({error})",
            )
        if code == _OK:
            return SendResult(
                status=DeliveryStatus.SENT, code=code, response=self._masked(_one_line(code, said))
            )
        return self._refused(connection, code, said)

    def _open(self) -> smtplib.SMTP:
        """Connect, secure and log in, unless that is done.

        Raises:
            TransportError: one of them failed; there is no fall-back to plain text.
        """
        if self._connection is not None:
            return self._connection
        server = self._server
        try:
            self._connection = self._connected()
            self._login(self._connection)
        except smtplib.SMTPAuthenticationError as error:
            self._drop()
            # Some servers repeat what they were sent: only the code is told.
            said = _codes(error.smtp_code, _bytes(error.smtp_error))
            raise TransportError(
                f"{server.place} refused the login of {server.username} ({said}); "
                "check smtp.username and the password file"
            ) from None
        except (smtplib.SMTPException, OSError, ValueError) as error:
            self._drop()
            raise TransportError(f"{server.place}: {self._masked(_explained(error))}") from None
        return self._connection

    def _masked(self, text: str) -> str:
        """Take the password out of a text, as it is and as AUTH writes it."""
        user, password = self._server.username, self._server.password
        if not password:
            return text
        secrets = [password, f"\0{user}\0{password}"]
        forms = [*secrets, *(b64encode(secret.encode()).decode() for secret in secrets)]
        for form in sorted(forms, key=len, reverse=True):
            text = text.replace(form, "…")
        return text

    def _connected(self) -> smtplib.SMTP:
        """Connect, inside TLS if so configured."""
        server = self._server
        if server.security == "tls":
            return _BoundedRepliesInTls(
                server.host, server.port, timeout=server.timeout, context=self._trusted()
            )
        return _BoundedReplies(server.host, server.port, timeout=server.timeout)

    def _login(self, connection: smtplib.SMTP) -> None:
        """Greet, begin TLS where that is still to do, and authenticate."""
        connection.ehlo_or_helo_if_needed()
        if self._server.security == "starttls":
            connection.starttls(context=self._trusted())
            connection.ehlo()
        if self._server.username:
            connection.login(self._server.username, self._server.password)

    def _trusted(self) -> ssl.SSLContext:
        return self._context or ssl.create_default_context()

    def _drop(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(OSError):
                self._connection.close()
        self._connection = None


def _explained(error: Exception) -> str:
    """Say what kept us from the server, and the cure."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not valid ({error.verify_message}); check smtp.host"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return f"{error}; set smtp.security to what the server offers"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed ({error.reason}); check smtp.security and smtp.port"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused; check smtp.host and smtp.port"
    if isinstance(error, TimeoutError):
        return "no answer in time; check smtp.host and smtp.port"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"refused ({_one_line(error.smtp_code, _bytes(error.smtp_error))})"
    return f"cannot be reached ({error}); check smtp.host, smtp.port and smtp.security"


def _bytes(said: bytes | str) -> bytes:
    return said if isinstance(said, bytes) else said.encode("utf-8", "replace")


def _codes(code: int, said: bytes) -> str:
    """Give a reply's code and enhanced code (RFC 3463) alone."""
    found = re.match(rb"\s*(\d\.\d{1,3}\.\d{1,3})\b", said)
    return f"{code} {found[1].decode()}" if found else str(code)


def _one_line(code: int, said: bytes) -> str:
    """Give a server's answer as one line of at most 300 characters."""
    words = " ".join(said.decode("utf-8", "replace").split())
    clean = "".join(char for char in words if char.isprintable())
    return f"{code} {clean}"[:300]
