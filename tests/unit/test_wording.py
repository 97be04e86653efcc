"""digest.wording: the sentences about the whole of a mail."""

from __future__ import annotations

from datetime import date

import pytest
from builders import entry, interest, match

from digest import wording
from digest.language import CODES, language
from digest.model import Coverage

ENGLISH = language("en")
DAY = date(2026, 3, 2)
READ = Coverage(source="one", state="read", entries=3)
TOPIC = interest()


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("count", [0, 1, 2, 9])
def test_subject_is_short(code: str, count: int) -> None:
    """A subject has at most sixty characters, in every language."""
    matches = [match(entry("A very long title " * 9), TOPIC) for _ in range(count)]
    assert len(wording.subject(DAY, matches, language(code))) <= 60


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("count", [0, 1, 2, 9])
def test_preheader_has_its_length(code: str, count: int) -> None:
    """A preheader has 40 to 110 characters, in every language."""
    matches = [match(entry(f"T {n}"), TOPIC) for n in range(count)]
    found = wording.preheader(matches, 412, [READ], language(code))
    assert 40 <= len(found) <= 110


def test_subject_writes_latex_as_unicode() -> None:
    """A title is read before it is cut, so that no formula is cut in two."""
    found = wording.subject(DAY, [match(entry(r"On $\beta$-VAEs"))], ENGLISH)
    assert "Mon 2 Mar: On β-VAEs" == found


def test_trending_alone_is_not_about_interests() -> None:
    """Without interests the summary does not speak of them."""
    found = wording.summary([match(entry("a")), match(entry("b"))], 1412, ENGLISH)
    assert "The 2 most upvoted of 1,412 new entries." == found


def test_best_first() -> None:
    """Higher scores come first; equals keep their order."""
    low, high, equal = (match(entry(str(n)), score=s) for n, s in ((1, 0.2), (2, 0.8), (3, 0.2)))
    assert [high, low, equal] == wording.best_first([low, high, equal])


def test_doubtful_sources_say_so() -> None:
    """A source that is read but stale is named as such, in the reader's language."""
    stale = Coverage(source="one", state="stale", entries=1)
    assert "Gelesene Quellen: one: 1 neuer (veraltet)." == wording.sources([stale], language("de"))
