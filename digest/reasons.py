"""Says evidence in the reader's language, the matched words marked.

Evidence is kept in English, as its matcher wrote it; each form that a matcher uses stands
here. A reason of another form is shown as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from digest.cleaning import shown
from digest.emphasis import NOTHING, Line, Row, Text, joined, plainly, strongly
from digest.language import Language, msgid
from digest.model import Evidence

MOST = 3
AUTHORS = "authors"  # the matcher whose evidence is that somebody is followed
_LONGEST = 200
_KEPT = 4096  # reasons; more are slower to look among than to tell
_NOBODY: frozenset[str] = frozenset()
_DOT = plainly(" · ")
_UPVOTES = re.compile(r"(\d+) upvotes?")
_JOINT = re.compile(r" and (?=“|by |in )")
Told = tuple[frozenset[str], Line, bool]


class _Form(NamedTuple):
    """A form of reasons: its ``text``, and what stands in it before and after its one value."""

    text: str
    before: str
    after: str
    strong: bool  # the value is marked

    def value(self, reason: str) -> str:
        """Give the value in a reason of this form; "" if it is of another."""
        before, after = len(self.before), len(reason) - len(self.after)
        known = reason.startswith(self.before) and reason.endswith(self.after)
        return reason[before:after] if known else ""


def _form(text: str, *, strong: bool = True) -> _Form:
    """Give a form by its text, whose value has a name in braces."""
    before, after = re.split(r"\{\w+\}", text)
    return _Form(text, before, after, strong)


_FOLLOWED = _form(msgid("by {names}, whom you follow"))
_WHOLE = (
    _form(msgid("close to your topic: {words}")),
    _FOLLOWED,
    _form(msgid("like “{title}”"), strong=False),
)
_AS_THEY_STAND = {
    msgid("near in meaning to your topic"),
    msgid("drawn by lot, as your profile allows"),
    msgid("holds none of the words you ruled out"),
    msgid("holds not all of the words you ruled out"),
}
_PARTS = (
    _form(msgid("“{word}” in the title")),
    _form(msgid("“{word}” in the abstract")),
    _form(msgid("by {names}")),
    _form(msgid("in {places}")),
)


def why(evidence: Sequence[Evidence], words: Language) -> Line:
    """Give the strongest reasons in one line, none twice."""
    return told_of(evidence, words)[1]


def told_of(evidence: Sequence[Evidence], words: Language) -> Told:
    """Give the authors who are named as followed, as the entry spells them, and why it is here.

    The third is whether it is here for somebody who is followed.
    """
    if len(evidence) == 1:
        return _told_once(evidence[0].matcher, evidence[0].reason, words)
    strongest = dict.fromkeys([reason for _, reason, _ in evidence[:MOST]])
    texts = [text for reason in strongest if (text := told(reason, words)).bare]
    first, *others = texts or [NOTHING]
    line = Row((first, *[text for other in others for text in (_DOT, other)])) if others else first
    by_followed = [reason for matcher, reason, _ in evidence if matcher == AUTHORS]
    return _followed(by_followed) if by_followed else _NOBODY, line, bool(by_followed)


@lru_cache(maxsize=_KEPT)
def _told_once(matcher: str, reason: str, words: Language) -> Told:
    by_followed = matcher == AUTHORS
    return _followed([reason]) if by_followed else _NOBODY, told(reason, words), by_followed


@lru_cache(maxsize=_KEPT)
def told(reason: str, words: Language) -> Text:
    """Give one reason."""
    if reason in _AS_THEY_STAND:
        return words.emphasised(reason)
    if whole := _formed(reason, _WHOLE, words):
        return whole
    if votes := _UPVOTES.fullmatch(reason):
        number = int(votes[1])
        return plainly(words.plural("{number} upvote", "{number} upvotes", number))
    parts = [_formed(part, _PARTS, words) for part in _JOINT.split(reason)]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return plainly(shown(reason, _LONGEST))
    return joined(known, words.say(" and ")) if len(known) > 1 else known[0]


def _followed(said: Sequence[str]) -> frozenset[str]:
    return frozenset(name for one in said for name in _FOLLOWED.value(one).split(" and ") if name)


def _formed(reason: str, forms: Sequence[_Form], words: Language) -> Text | None:
    for form in forms:
        if value := form.value(reason):
            return words.emphasised(form.text, _marked(value, words, strong=form.strong))
    return None


def _marked(value: str, words: Language, *, strong: bool) -> Text:
    """Mark what was matched: of several, each, but not the "and" between them."""
    if not strong:
        return plainly(words.apart(shown(value, _LONGEST)))
    if " and " not in value:
        return strongly(words.apart(shown(value, _LONGEST)))
    return joined(
        [_marked(one, words, strong=True) for one in value.split(" and ")], words.say(" and ")
    )
