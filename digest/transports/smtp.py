"""SMTP over several connections at once, in the clear, with STARTTLS or inside TLS.

A message whose content has left without an answer is ``uncertain``; nothing is guessed. One
thread does it all: what is to leave on several connections is committed together.
"""

from __future__ import annotations

import selectors
import ssl
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from math import inf
from types import TracebackType
from typing import Self, TypeVarTuple

from digest.errors import TransportError
from digest.model import DeliveryStatus, Message, SendResult
from digest.transports import Answer, Office, Wait, hand_over
from digest.transports._conversation import Conversation
from digest.transports._line import Line, Surroundings
from digest.transports._replies import LostError
from digest.transports._token import Token
from digest.transports._wire import Server, Want

__all__ = ["Server", "SmtpTransport", "Token"]

_LOOK = 0.5  # seconds at most until the office is asked again whether to stop
_MOMENT = 0.002  # seconds
_BRIEFLY, _LONG = 8, 256  # times that it is not waited, after waiting in vain once, and often
_LAST_WAIT = 6.0  # seconds for answers still owed when told to stop
_GOODBYE = 1.0  # seconds for the answer to QUIT
_Given = TypeVarTuple("_Given")


class SmtpTransport:
    """Connections to one server, opened as messages come and kept while the server keeps them."""

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
        self._selector = selectors.DefaultSelector()
        around = Surroundings(
            server=server,
            context=self._trusted,
            selector=self._selector,
            next=self._next,
            tell=self._hear,
        )
        self._lines = [Line(number, around) for number in range(server.connections)]
        self._answers: list[Answer] = []
        self._back: deque[Message] = deque()
        self._trouble: TransportError | None = None
        self._office: Office | None = None
        self._ending = False
        self._exhausted = False
        self._wait = inf  # seconds until the rate lets a message go
        self._hasty = 0  # how often not to wait for more that is to leave
        self._shy = _BRIEFLY  # the same, once it was waited in vain again
        self._latest = inf  # when to wait for answers no longer
        self._review = 0.0  # when to look for lines that are out of time

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
        for line in self._lines:
            if line.idle and line.connection is not None:
                line.connection.quit(_GOODBYE)
            line.close()
        self._selector.close()

    def login(self) -> None:
        """Connect, secure and authenticate, and no more: for a check.

        Raises:
            TransportError: one of them failed.
        """
        first = self._lines[0]
        self._try(first, first.open)
        while first.is_open and not first.ready:
            self._listen(_LOOK)
        self._raise_trouble()

    def send(self, message: Message) -> SendResult:
        """Hand over one message.

        Raises:
            TransportError: no message can be handed over; this one did not leave.
        """
        return hand_over(self, message)

    def carry(self, office: Office) -> None:
        """Hand over all messages of an office.

        Raises:
            TransportError: no message can be handed over; those without an answer did not leave.
        """
        self._office, self._ending, self._exhausted, self._latest = office, False, False, inf
        try:
            self._listen(0)  # a connection that was closed meanwhile is opened anew
            while self._give_out(office):
                # Now, or each line would wait while the next one's mail is made.
                office.prepare(len([line for line in self._lines if line.is_open]))
                self._listen(min(_LOOK, self._wait))
                self._gather()
                self._mark(office)
            self._mark(office)
        except BaseException:
            for line in self._lines:
                line.close()  # what has not left stays here, whatever its buffer holds
            answers, self._answers = self._answers, []
            office.mark(answers, ())  # or these mails would be sent again
            raise
        finally:
            self._office = None
            self._back.clear()
            for line in self._lines:
                line.again = None
        self._raise_trouble()

    def _gather(self) -> None:
        """Wait a moment for more that is to leave: a commit costs about as much as a mail.

        The server has enough to do with half of the lines. Where none comes in a moment, as
        from far away, that is not tried again for a while, and for twice as long each time: a near
        server is late once only.
        """
        self._hasty = max(self._hasty - 1, 0)
        until = 0.0
        while not self._hasty and self._few_leave():
            now = time.monotonic()
            until = until or now + _MOMENT
            if now >= until:
                self._hasty, self._shy = self._shy, min(self._shy * 2, _LONG)
                return
            self._listen(until - now)
        if until:
            self._shy = _BRIEFLY

    def _few_leave(self) -> bool:
        """Whether some wait to leave, and fewer than half of those under way."""
        wants = [line.want for line in self._lines]
        leaving = wants.count(Want.LEAVE)
        return bool(leaving) and leaving < (leaving + wants.count(Want.REPLY)) // 2

    def _raise_trouble(self) -> None:
        trouble, self._trouble = self._trouble, None
        if trouble is not None:
            raise trouble

    def _give_out(self, office: Office) -> bool:
        """Give messages to the lines that have none; gives whether any is under way."""
        self._wait = inf
        if office.stopped() and not self._ending:
            self._ending = True
            self._latest = time.monotonic() + _LAST_WAIT
        for line in self._lines:
            if line.idle:
                message = self._next(line)
                if message is not None:
                    self._try(line, line.start, message)
            elif not line.is_open and self._may_open(line) and self._has_one(line):
                self._try(line, line.open)
        if any(line.busy for line in self._lines):
            return True
        waiting = not self._ended and any(line.again for line in self._lines)
        if waiting or self._wait == inf:
            return waiting
        self._sleep(min(self._wait, _LOOK))  # nothing is under way: only the rate says wait
        self._wait = 0.0
        return True

    @property
    def _ended(self) -> bool:
        return self._ending or self._trouble is not None

    def _may_open(self, line: Line) -> bool:
        """Whether a line may be opened: one proves the server first, then the others."""
        proven = any(other.ready for other in self._lines)
        if line.retired or not (proven or not any(other.is_open for other in self._lines)):
            return False
        lower = self._lines[: line.number]
        return line.again is not None or all(other.retired or other.is_open for other in lower)

    def _has_one(self, line: Line) -> bool:
        """Whether there is a message for a line that is to be opened."""
        line.again = self._next(line)
        return line.again is not None

    def _next(self, line: Line) -> Message | None:
        """Give the next message that may go now."""
        if self._ended:
            return None
        if line.again is not None:
            message, line.again = line.again, None
            return message
        if self._back:
            return self._back.popleft()
        if self._office is None or self._exhausted:
            return None
        found = self._office.next(line.number + 1)
        if isinstance(found, Wait):
            self._wait = min(self._wait, found.seconds)
            return None
        self._exhausted = found is None
        return found

    def _hear(self, message: Message, result: SendResult) -> None:
        self._answers.append(Answer(message, result))

    def _listen(self, seconds: float) -> None:
        """Wait for what servers say, and go on with each line; give up those out of time."""
        now = time.monotonic()
        left = min(seconds, self._latest - now, self._review - now)
        for key, events in self._selector.select(max(left, 0)):
            line = self._lines[key.data]
            self._try(line, line.move, events)
        now = time.monotonic()
        if now < self._review and now < self._latest:
            return
        for line in self._lines:
            if min(line.deadline, self._latest) <= now and line.busy:
                self._fail(line, TimeoutError("the reply took too long"))
        # What a line begins to wait for from now on has its whole time before it.
        nearest = min(line.deadline for line in self._lines)
        self._review = min(nearest, now + self._server.timeout)

    def _try(self, line: Line, action: Callable[[*_Given], None], *given: *_Given) -> None:
        """Do something with a line, and settle what follows if it fails."""
        try:
            action(*given)
        except (OSError, TransportError) as error:
            self._fail(line, error)

    def _trusted(self) -> ssl.SSLContext:
        if self._context is None:
            self._context = ssl.create_default_context()
        return self._context

    def _mark(self, office: Office) -> None:
        """Have answers and what is to leave committed, and let go what may."""
        leaving = [(line, message) for line in self._lines if (message := line.leaving)]
        answers, self._answers = self._answers, []
        may = office.mark(answers, [message for _, message in leaving])
        for (line, _), allowed in zip(leaving, may, strict=True):
            self._try(line, line.let_go, allowed)

    def _fail(self, line: Line, error: Exception) -> None:
        """Give up a connection, and settle what becomes of its messages."""
        conversation = line.conversation
        line.close()
        if conversation is None or not conversation.ready or isinstance(error, TransportError):
            self._give_up(line, conversation, error)
            return
        message, after = conversation.message, conversation.after
        if message is None:
            return
        if conversation.fate is not None:
            fate = conversation.fate
            if fate.status is DeliveryStatus.UNCERTAIN:
                fate = replace(fate, response=f"{fate.response} ({error})")
            self._hear(message, fate)
            line.again = after
        elif conversation.used:
            line.again = message  # the server closed while idle, or after its last message
        else:
            self._hear(message, _delayed(error))

    def _give_up(self, line: Line, conversation: Conversation | None, error: Exception) -> None:
        """End the pass, unless another connection serves."""
        if conversation is not None and conversation.ready and conversation.message is not None:
            self._back.append(conversation.message)
        if line.again is not None:
            self._back.append(line.again)
            line.again = None
        others = [other for other in self._lines if other is not line]
        if any(other.is_open for other in others) and not _about_us(conversation):
            line.retired = True
            return
        if self._trouble is None:
            self._trouble = _trouble(self._server, error)


def _about_us(conversation: Conversation | None) -> bool:
    """Whether the server refused us within a session, not a further connection."""
    return conversation is not None and conversation.ready


def _delayed(error: Exception) -> SendResult:
    """Say that a message did not leave: by the server's own reply, if it gave one."""
    reply = error.reply if isinstance(error, LostError) else None
    return SendResult(
        status=DeliveryStatus.DEFERRED,
        code=reply.code if reply else 0,
        response=str(error) if reply else f"connection lost ({error})",
    )


def _trouble(server: Server, error: Exception) -> TransportError:
    """Say what keeps us from the server, and the cure."""
    if isinstance(error, TransportError):
        return error
    if isinstance(error, ssl.SSLCertVerificationError):
        said = f"its certificate is not valid ({error.verify_message}); check smtp.host"
    elif isinstance(error, ssl.SSLError):
        said = f"TLS failed ({error.reason}); check smtp.security and smtp.port"
    elif isinstance(error, ConnectionRefusedError):
        said = "connection refused; check smtp.host and smtp.port"
    elif isinstance(error, TimeoutError):
        said = "no answer in time; check smtp.host and smtp.port"
    else:
        said = f"cannot be reached ({error}); check smtp.host, smtp.port and smtp.security"
    return TransportError(f"{server.place}: {said}")
