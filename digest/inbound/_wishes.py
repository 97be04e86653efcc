"""What people and their programs write back: a wish to stop, or an automatic reply."""

from __future__ import annotations

import re

from digest.inbound._letter import Letter, header
from digest.inbound._returned import Kind, Returned

_MARKS = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply")
_SUBJECTS = re.compile(
    r"(auto(matic|mated)?[- ]?(reply|response|antwort)|automatische antwort|out of (the )?office"
    r"|abwesenheit|réponse automatique|vacation)\b",
    re.IGNORECASE,
)
# The subject that our List-Unsubscribe asks for, or the word alone.
_SUBJECT = re.compile(
    r"(?:(?:re|aw|fwd?|sv|tr): ?)*(?:please )?unsubscribe(?: me)?[.! ]*(?P<who><?\S+@\S+>?)?[.! ]*",
    re.IGNORECASE,
)


def is_automatic(letter: Letter) -> bool:
    """Whether a program answered (RFC 3834 section 5); a wish to stop may be sent by one too."""
    message = letter.message
    submitted = header(message, "auto-submitted").lower()
    if submitted.startswith("auto-replied"):
        return True
    if any(header(message, name) for name in _MARKS) or _SUBJECTS.match(letter.subject):
        return True
    precedence = header(message, "precedence").lower()
    marked = submitted not in {"", "no"} or precedence in {"auto_reply", "auto-reply"}
    return marked and read(letter) is None


def read(letter: Letter) -> Returned | None:
    """Read a wish to stop, in the subject or the first line; None if the mail is none.

    ``addresses`` are who wrote, and whom the subject names, if that is another.
    """
    lines = [line.strip() for line in letter.text.splitlines() if line.strip()]
    found = [_SUBJECT.fullmatch(text) for text in (letter.subject, *lines[:1])]
    if "@" not in letter.sender or not any(found):
        return None
    named = [match["who"].strip("<>.!") for match in found if match and match["who"]]
    return Returned(kind=Kind.STOP, addresses=tuple(dict.fromkeys([letter.sender, *named])))
