"""Writes text as quoted-printable (RFC 2045 section 6.7) that can be joined. Pure.

What is written begins and ends at the left margin, with a soft line break where the text has no
line end. So pieces are encoded once, each by itself, and put in a row: the row is the encoding of
the texts in a row.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Sequence

# Of the 76 that a line may have, one is for the "=" of a soft line break.
_LINE = 75
_ONE_LINE = re.compile(r"[ -~]*")
# Where the library would do otherwise: how lines begin, and blanks before their ends, which it
# escapes without looking at a line's length.
_ODD = re.compile(rb"\n(?:\.|--|From )|=(?:20|09)")
_HEX = [b"=%02X" % code for code in range(256)]
_READ_TEXT = (".", "--", "From ")
_READ = tuple(begin.encode() for begin in _READ_TEXT)
SOFT, _HARD = b"=\r\n", b"\r\n"


def printable(text: str) -> bytes:
    """Encode a text as UTF-8 in lines of at most 76, each with CRLF.

    No line begins with a dot, which SMTP would double (RFC 5321 section 4.5.2), with "--", as
    what parts a mail does, or with "From ", which old mailboxes change (RFC 4155).
    """
    if not text:
        return b""
    if len(text) <= _LINE and _ONE_LINE.fullmatch(text):
        escaped = text.replace("=", "=3D") if "=" in text else text
        if len(escaped) <= _LINE and not escaped.startswith(_READ_TEXT):
            return f"{escaped}=\r\n".encode()
    if "\r" not in text:  # of which the library would lose some
        at_once = _encoded(text.encode())
        if not (_ODD.search(at_once) or at_once.startswith(_READ)):
            whole = at_once.replace(b"\n", _HARD)
            return whole if whole.endswith(_HARD) else whole + SOFT
    *lines, rest = b"=0D".join(map(_escaped, text.encode().split(b"\r"))).split(b"\n")
    done = [_cut(line) + _HARD for line in lines]
    if rest:
        done.append(_cut(rest) + SOFT)
    return b"".join(done)


def decoded(encoded: bytes) -> bytes:
    """Give what was encoded, its lines ended as they are in it."""
    return binascii.a2b_qp(encoded)


def stripped(rows: Sequence[bytes]) -> list[bytes]:
    """Take away the line ends around what was encoded, as ``str.strip`` does of a text."""
    kept = list(rows)
    for end, strip in ((0, bytes.lstrip), (-1, bytes.rstrip)):
        while kept and not (within := strip(kept[end], _HARD)):
            del kept[end]
        if kept:
            kept[end] = within
    return [*kept, _HARD if kept[-1].endswith(b"=") else SOFT] if kept else []


def _escaped(text: bytes) -> bytes:
    """Escape what may not stand for itself, and the space at a line's end, at C's speed.

    The library breaks lines softly, too, which is undone, as lines are not known before pieces are
    joined; the dot that stood alone in one of its lines stays escaped.
    """
    return _encoded(text).replace(b"=\n", b"")


def _encoded(text: bytes) -> bytes:
    """Encode as the library does, with bare line ends."""
    return binascii.b2a_qp(text + b"|", istext=True)[:-1]  # with an end that needs no escape


def guarded(line: bytes) -> bytes:
    """Escape the beginning of a line that others than we would read."""
    return _HEX[line[0]] + line[1:] if line.startswith(_READ) else line


def _cut(line: bytes) -> bytes:
    """Break a line softly wherever it is too long."""
    parts: list[bytes] = []
    start = 0
    while True:
        if line.startswith(_READ, start):
            line = line[:start] + guarded(line[start:])
        at = start + _LINE
        if len(line) <= at:
            parts.append(line[start:])
            return SOFT.join(parts)
        escape = line.find(b"=", at - 2, at)  # which stays whole
        at = at if escape < 0 else escape
        parts.append(line[start:at])
        start = at
