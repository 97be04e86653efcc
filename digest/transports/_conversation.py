"""What is said to a mail server to hand over messages, and what each reply means; no sockets.

SMTP (RFC 5321). Where the server takes PIPELINING (RFC 2920) a message costs one round trip: its
content and the next one's MAIL, RCPT and DATA leave together; with CHUNKING (RFC 3030) too, the
content goes as it is, and needs no DATA. It never leaves before its own envelope is accepted. A
conversation is a generator that yields what it waits for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from functools import lru_cache

from digest.address import UNSPEAKABLE, speakable
from digest.errors import TransportError
from digest.model import DeliveryStatus, Message, SendResult
from digest.transports._opening import Session, opened
from digest.transports._replies import LostError, Reply
from digest.transports._wire import Server, Steps, Want, Wire, ask, reply

_OK, _START_INPUT, _CLOSING, _PERMANENT, _AUTHENTICATE = 250, 354, 421, 500, 530
_TAKEN = (_OK, 251, 252)  # RFC 5321 section 4.3.2
_SIZE = re.compile(r"[0-9]{1,20}")  # RFC 1870 section 4
_DOTTED = re.compile(rb"\n\.")
_UNKNOWN = SendResult(
    status=DeliveryStatus.UNCERTAIN, response="the connection was lost before the answer came"
)


class Conversation:
    """Opens a session and hands over messages until the connection is lost.

    ``message`` is the one under way and ``after`` the one whose envelope went with its content.
    ``fate`` is what has become of ``message`` if the connection is lost now; None while nothing
    of its content has left.
    """

    def __init__(
        self,
        server: Server,
        wire: Wire,
        following: Callable[[], Message | None],
        tell: Callable[[Message, SendResult], None],
    ) -> None:
        """Say nothing yet; ``following`` gives a message that may go now, ``tell`` hears."""
        self._server, self._wire = server, wire
        self._following, self._tell = following, tell
        self._session = Session({})
        self._stale = False  # a transaction is to be reset first
        self._chunked = False  # content goes with BDAT
        self.message: Message | None = None
        self.after: Message | None = None
        self.fate: SendResult | None = None
        self.may = False
        self.ready = False
        self.used = False

    def steps(self) -> Steps:
        """Talk.

        Raises:
            LostError: the connection is of no more use.
            TransportError: no message can be handed over.
        """
        self._session = yield from opened(self._server, self._wire)
        self.ready = True
        pipelined = "PIPELINING" in self._session.able
        self._chunked = pipelined and "CHUNKING" in self._session.able
        while True:
            if self.message is None:
                yield Want.MESSAGE
            elif self._unfit(self.message):
                self.message = None
            elif pipelined:
                self._wire.write(self._group(self.message))
                while self.message is not None:
                    yield from self._pipelined(self.message)
            else:
                yield from self._step_by_step(self.message)

    def _step_by_step(self, message: Message) -> Steps:
        """Hand over without PIPELINING: each command waits for its reply."""
        if self._stale:
            self._is_reset((yield from ask(self._wire, "RSET")))
        for command in (self._mail(message), _rcpt(message)):
            said = yield from ask(self._wire, command)
            if said.code not in _TAKEN:
                self._refused(message, said)
                return
        said = yield from ask(self._wire, "DATA")
        if said.code != _START_INPUT:
            self._refused(message, said)
            return
        yield from self._leave()
        self._wire.write(*_sealed(message))
        self._settle(message, (yield from reply(self._wire)))

    def _pipelined(self, message: Message) -> Steps:
        """Hand over a message whose envelope is said, and say the next one's."""
        refusal = yield from self._refusal()
        if not self._chunked:
            said = self._wire.take() or (yield from reply(self._wire))
            if refusal is None and said.code != _START_INPUT:
                refusal = said
            elif refusal is not None and said.code == _START_INPUT:
                # It would take content for nobody, and gets none (RFC 2920 section 3.1).
                yield from ask(self._wire, ".")
        if refusal is not None:
            self._refused(message, refusal)
            self.message = self._follow_on()
            return
        yield from self._leave()
        # After a refused BDAT servers differ in whether the transaction is over (RFC 3030).
        self._stale = self._chunked
        self.after = self._follow_on(*(_chunk if self._chunked else _sealed)(message))
        self._settle(message, (yield from reply(self._wire)))

    def _group(self, message: Message) -> bytes:
        """Give the commands that go together (RFC 2920 section 3.1)."""
        reset = "RSET\r\n" if self._stale else ""
        data = "" if self._chunked else "DATA\r\n"
        return f"{reset}{self._mail(message)}\r\n{_rcpt(message)}\r\n{data}".encode()

    def _follow_on(self, *content: bytes) -> Message | None:
        """Send the content, and behind it the envelope of the message that comes next."""
        following = self._following()
        while following is not None and self._unfit(following):
            following = self._following()
        group = self._group(following) if following is not None else b""
        self._wire.write(*content, group)
        return following

    def _refusal(self) -> Generator[Want, None, Reply | None]:
        """Match the replies to RSET, MAIL and RCPT; gives the first refusal."""
        if self._stale:
            self._is_reset((yield from reply(self._wire)))
        refusal: Reply | None = None
        for _ in ("MAIL", "RCPT"):
            # What has come already needs no generator.
            said = self._wire.take() or (yield from reply(self._wire))
            if said.code not in _TAKEN:
                refusal = refusal or said
                self._look_at(said)
        return refusal

    def _is_reset(self, said: Reply) -> None:
        if said.code != _OK:
            raise LostError(f"the server refused RSET ({said})", said)
        self._stale = False

    def _leave(self) -> Steps:
        """Have it committed that the message leaves now."""
        if self._wire.unread:
            raise LostError("the server sent more replies than it had commands")
        yield Want.LEAVE
        if not self.may:
            self.message = None
            raise LostError("the message was called back")
        self.fate = _UNKNOWN

    def _settle(self, message: Message, said: Reply) -> None:
        """Tell the answer to the content."""
        if said.code != _OK:
            self._look_at(said)
        if self.after is None and self._wire.unread:
            raise LostError("the server sent more replies than it had commands")
        self._done(message, self._verdict(said))
        self._wants_no_login(said)

    def _refused(self, message: Message, said: Reply) -> None:
        """Tell of a refusal before the content left; the transaction is to be reset."""
        self._look_at(said)
        self._wants_no_login(said)
        self._stale = True
        self._done(message, self._verdict(said))

    def _look_at(self, said: Reply) -> None:
        """Go no further after what is no refusal (RFC 5321 section 4.3.2), or after 421.

        Raises:
            LostError: it is such.
        """
        if said.code < 400:  # noqa: PLR2004 RFC 5321 section 4.2.1
            raise LostError(f"the server answered another command than was said ({said})")
        if said.code == _CLOSING:
            if self.fate is not None:
                self.fate = self._verdict(said)
            raise LostError(self._session.masked(str(said)), said)

    def _wants_no_login(self, said: Reply) -> None:
        """Stop where the server wants a login first (RFC 4954 section 6).

        Raises:
            TransportError: it does.
        """
        if said.code == _AUTHENTICATE:
            raise TransportError(
                f"{self._server.place} wants a login ({self._session.masked(str(said))}); "
                "set smtp.username and smtp.password_file"
            )

    def _verdict(self, said: Reply) -> SendResult:
        """Say what a reply means for a message."""
        return _meant(said.code, self._session.masked(str(said)))

    def _done(self, message: Message, result: SendResult) -> None:
        self._tell(message, result)
        self.message, self.after, self.fate = self.after, None, None
        self.used = True

    def _unfit(self, message: Message) -> bool:
        """Whether the server cannot take a message; that is told."""
        fault = _fault(message, self._session.able)
        if not fault:
            return False
        code = int(fault[:3])
        result = SendResult(status=DeliveryStatus.FAILED, code=code, response=fault[4:])
        self._tell(message, result)
        return True

    def _mail(self, message: Message) -> str:
        """Begin a transaction (RFC 1870 SIZE, RFC 6152 8BITMIME, RFC 6531 SMTPUTF8)."""
        able = self._session.able
        size = f" SIZE={len(message.content)}" if "SIZE" in able else ""
        letters = not (message.recipient.isascii() and message.sender.isascii())
        eight = "8BITMIME" in able and (letters or not _in_ascii(message))
        body = f"{' BODY=8BITMIME' if eight else ''}{' SMTPUTF8' if letters else ''}"
        return f"MAIL FROM:<{message.sender}>{size}{body}"


@lru_cache(maxsize=256)  # most answers are alike
def _meant(code: int, text: str) -> SendResult:
    """Say what a reply of that code and text means for a message."""
    status = DeliveryStatus.DEFERRED
    if code == _OK:
        status = DeliveryStatus.SENT
    elif code >= _PERMANENT and code != _AUTHENTICATE:
        status = DeliveryStatus.FAILED
    return SendResult(status=status, code=code, response=text)


def _rcpt(message: Message) -> str:
    return f"RCPT TO:<{message.recipient}>"


def _fault(message: Message, able: dict[str, str]) -> str:
    """Say, with a code, why a server that can do such things cannot take a message, or ""."""
    if not message.recipient:
        return "553 there is no address"
    for address in (message.sender, message.recipient):
        if not speakable(address):
            return f"553 {UNSPEAKABLE}"
        if not address.isascii() and "SMTPUTF8" not in able:
            return "553 the mail server takes no addresses with such letters (no SMTPUTF8)"
    most = able.get("SIZE", "")
    if _SIZE.fullmatch(most) and 0 < int(most) < len(message.content):
        return f"552 the mail server takes {int(most)} bytes at most; send fewer entries"
    if "8BITMIME" not in able and not _in_ascii(message):
        return "554 the mail server takes no such letters (no 8BITMIME)"
    return ""


def _in_ascii(message: Message) -> bool:
    return message.plain or message.content.isascii()


def _chunk(message: Message) -> tuple[bytes, bytes]:
    """Give the content as it goes with BDAT (RFC 3030 section 2)."""
    return f"BDAT {len(message.content)} LAST\r\n".encode(), message.content


def _sealed(message: Message) -> tuple[bytes, bytes]:
    """Give the content as it goes after DATA, with its end; one that is plain goes as it is."""
    if message.plain and message.content.endswith(b"\r\n"):
        return message.content, b".\r\n"
    return stuffed(message.content)


def stuffed(content: bytes) -> tuple[bytes, bytes]:
    """Double the dot that begins a line, and end with one (RFC 5321 section 4.5.2)."""
    # Several times as fast as bytes.replace, which does not skip from line to line.
    dotted = _DOTTED.sub(b"\n..", content)
    if dotted.startswith(b"."):
        dotted = b"." + dotted
    return dotted, b".\r\n" if content.endswith(b"\r\n") else b"\r\n.\r\n"
