"""Reads SMTP replies (RFC 5321 section 4.2) out of what a server sends, within limits."""

from __future__ import annotations

import re
from dataclasses import dataclass

REPLY_MOST = 65_536
_LINE_MOST = 300
_CODE = re.compile(rb"([2-5]\d\d)([ -]|\r?$)")


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply: its code and the text of its lines."""

    code: int
    lines: tuple[str, ...]

    def __str__(self) -> str:
        """Give the reply as one line of at most 300 characters."""
        words = " ".join(" ".join(self.lines).split())
        clean = "".join(char for char in words if char.isprintable())
        return f"{self.code} {clean}"[:_LINE_MOST]

    @property
    def codes(self) -> str:
        """The code and the enhanced code (RFC 3463) alone."""
        found = re.match(r"\s*(\d\.\d{1,3}\.\d{1,3})\b", self.lines[0])
        return f"{self.code} {found[1]}" if found else str(self.code)


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
        self._lines: list[str] = []
        self._code = 0
        self._size = 0

    @property
    def unread(self) -> bool:
        """Whether the server said more than was taken."""
        return bool(self._read or self._lines)

    def feed(self, part: bytes) -> None:
        """Take what was received.

        Raises:
            LostError: it is far more than was asked for.
        """
        self._read = self._read + part if self._read else part
        if len(self._read) > 2 * REPLY_MOST:
            raise LostError("the server sent too long a reply")

    def take(self) -> Reply | None:
        """Take a reply, if a whole one has come.

        Raises:
            LostError: it is too long, or no reply.
        """
        while True:
            line, end, rest = self._read.partition(b"\n")
            if self._size + len(line) > REPLY_MOST:
                raise LostError("the server sent too long a reply")
            if not end:
                return None
            self._read = rest
            self._size += len(line)
            found = _CODE.match(line)
            code = int(found[1]) if found else 0
            if found is None or (self._lines and code != self._code):
                raise LostError("the server sent what is no reply")
            self._lines.append(line[4:].strip().decode("utf-8", "replace"))
            self._code = code
            if found[2] != b"-":
                reply = Reply(code, tuple(self._lines))
                self._lines, self._size = [], 0
                return reply
