"""digest.language: the catalogues, and dates and numbers by locale."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import digest
from digest.emphasis import strongly
from digest.language import CODES, language

PACKAGE = Path(digest.__file__).parent
KEYWORDS = {"say": None, "plural": (1, 2), "msgid": None, "emphasised": None}
DAY = date(2026, 3, 2)


def messages() -> Iterator[str | tuple[str, ...]]:
    """Give all that program and templates may say, as their sources have it."""
    for folder, methods in (
        (PACKAGE, [("**.py", "python")]),
        (PACKAGE.parent / "templates", [("**.html", "jinja2"), ("**.txt", "jinja2")]),
    ):
        for _, _, message, _, _ in extract_from_dir(folder, methods, keywords=KEYWORDS):
            yield tuple(message) if isinstance(message, list | tuple) else message


def forms(text: str | Sequence[str] | None) -> list[str]:
    """Give the forms of a message: one, or those of a plural."""
    return [text] if isinstance(text, str) else list(text or [""])


@pytest.mark.parametrize("code", CODES[1:])
def test_a_catalogue_is_complete(code: str) -> None:
    """A language has all that is said in English, and nothing else."""
    with (PACKAGE / "locales" / f"{code}.po").open("rb") as file:
        known = {
            tuple(message.id) if isinstance(message.id, list | tuple) else message.id
            for message in read_po(file)
            if message.id and all(forms(message.string)) and not message.fuzzy
        }
    assert set(messages()) == known


@pytest.mark.parametrize("code", CODES[1:])
def test_a_translation_keeps_the_places(code: str) -> None:
    """Each name in braces stands in the translation, if not in every form of a plural."""
    with (PACKAGE / "locales" / f"{code}.po").open("rb") as file:
        found = [message for message in read_po(file) if message.id]
    wrong = []
    for message in found:
        source, said = forms(message.id)[-1], forms(message.string)[-1]
        names = [set(re.findall(r"\{\w+\}", text)) for text in (source, said)]
        if names[0] != names[1]:
            wrong.append(source)
    assert [] == wrong


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("en", "Monday 2 March 2026 / 2 Mar 2026 / Mon 2 Mar"),
        ("de", "Montag, 2. März 2026 / 2. März 2026 / Mo. 2. März"),
        ("ar", "الاثنين، 2 مارس 2026 / 2 مارس 2026 / الاثنين 2 مارس"),
    ],
)
def test_dates(code: str, expected: str) -> None:
    """A date is written in the order and the words of the language."""
    words = language(code)
    written = [words.long_date(DAY), words.short_date(DAY), words.day(DAY)]
    assert expected == " / ".join(written)


@pytest.mark.parametrize(("code", "expected"), [("en", "1,234"), ("de", "1.234")])
def test_numbers(code: str, expected: str) -> None:
    """Thousands are parted as the language does."""
    assert expected == language(code).number(1234)


@pytest.mark.parametrize(
    ("number", "expected"), [(1, "صوت واحد"), (2, "صوتان"), (3, "3 أصوات"), (15, "15 صوتًا")]
)
def test_plurals(number: int, expected: str) -> None:
    """Arabic has six forms of a plural, and the right one is taken."""
    assert expected == language("ar").plural("{number} upvote", "{number} upvotes", number)


def test_an_unknown_language_is_english() -> None:
    """A profile of a later version is still served."""
    assert "en" == language("tlh").code


def test_emphasised_values_stay_marked() -> None:
    """The mark stays on the value wherever the language puts it."""
    name = strongly("Ada")
    found = language("de").emphasised("by {names}, whom you follow", name)
    assert ("von Ada; Sie folgen", "von <b>Ada</b>; Sie folgen") == (found.bare, found.html)


def test_latin_text_keeps_together_from_right_to_left() -> None:
    """Within Arabic a Latin name is isolated, an Arabic one is not."""
    words = language("ar")
    assert ("\u2068Ada\u2069", "ليلى") == (words.apart("Ada"), words.apart("ليلى"))
