"""Reads SMTP replies (RFC 5321 section 4.2) out of what a server sends, within limits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

REPLY_MOST = 65_536
_LINE_MOST = 300
_SHORT = 1000
_LINE = re.compile(rb"([2-5]\d\d)(?:([ -])([^\n]*))?\r?\n")


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply: its code and the text of its lines."""

    code: int
    lines: tuple[str, ...]

    def __str__(self) -> str:
        """Give the reply as one line of at most 300 characters."""
        words = " ".join(" ".join(self.lines).split())
        if not words.isprintable():
            words = "".join(char for char in words if char.isprintable())
        return f"{self.code} {words}"[:_LINE_MOST]

    @property
    def codes(self) -> str:
        """The code and the enhanced code (RFC 3463) alone."""
        found = re.match(r"\s*(\d\.\d{1,3}\.\d{1,3})\b", self.lines[0])
        return f"{self.code} {found[1]}" if found else str(self.code)


@lru_cache(maxsize=256)
def _whole(line: bytes) -> Reply | None:
    """Read a reply of one short line, as nearly all are, and most are alike; None if it is not."""
    found = _LINE.fullmatch(line) if len(line) < _SHORT else None
    if found is None or found[2] == b"-":
        return None
    return Reply(int(found[1]), ((found[3] or b"").decode("utf-8", "replace").strip(),))


class LostError(ConnectionError):
    """The connection is of no more use, by what the server said, if it said so.

    Handled within this package; it never leaves it.
    """

    def __init__(self, said: str, reply: Reply | None = None) -> None:
        """Keep the server's ``reply``."""
        super().__init__(said)
        self.reply = reply


class Replies:
    """Takes bytes as they come and gives whole replies."""

    def __init__(self) -> None:
        """Begin with nothing read."""
        self._read = b""
        self._at = 0  # up to here it was taken
        self._lines: list[str] = []
        self._code = b""
        self._size = 0

    @property
    def unread(self) -> bool:
        """Whether the server said more than was taken."""
        return self._at < len(self._read) or bool(self._lines)

    def feed(self, part: bytes) -> None:
        """Take what was received.

        Raises:
            LostError: it is far more than was asked for.
        """
        self._read, self._at = self._read[self._at :] + part, 0
        if len(self._read) > 2 * REPLY_MOST:
            raise LostError("the server sent too long a reply")

    def take(self) -> Reply | None:
        """Take a reply, if a whole one has come.

        Raises:
            LostError: it is too long, or no reply.
        """
        if not self._lines and (end := self._read.find(b"\n", self._at) + 1):
            known = _whole(self._read[self._at : end])
            if known is not None:
                self._at = end
                return known
        while self._at < len(self._read):
            found = _LINE.match(self._read, self._at)
            if found is None:
                self._check_rest()
                return None
            self._at = found.end()
            code, more, text = found.groups()
            self._size += len(text or b"")
            if self._size > REPLY_MOST:
                raise LostError("the server sent too long a reply")
            if self._lines and code != self._code:
                raise LostError("the server sent what is no reply")
            self._lines.append((text or b"").decode("utf-8", "replace").strip())
            self._code = code
            if more != b"-":
                reply = Reply(int(code), tuple(self._lines))
                self._lines, self._size = [], 0
                return reply
        return None

    def _check_rest(self) -> None:
        """Refuse a line that is no reply, or too long without an end.

        Raises:
            LostError: it is such a one.
        """
        if self._read.find(b"\n", self._at) >= 0:
            raise LostError("the server sent what is no reply")
        if self._size + len(self._read) - self._at > REPLY_MOST:
            raise LostError("the server sent too long a reply")
