"""digest.wrapping: lines of a text part."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given
from hypothesis.strategies import integers, lists, text

from digest.wrapping import columns, tidy, underline, wrap

LINK = "https://example.org/" + "x" * 90


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a b", "  a b"),
        (f"{'a' * 40} {'b' * 40}", f"  {'a' * 40}\n    {'b' * 40}"),
        (f"PDF: {LINK}", f"  PDF:\n    {LINK}"),
        ("", "  "),
    ],
)
def test_wrap(text: str, expected: str) -> None:
    """A paragraph breaks at spaces, hangs, and keeps addresses whole."""
    assert expected == wrap(text, 2, 2)


@pytest.mark.parametrize("text", ["字" * 200, "x" * 300, "字 word " * 40])
def test_no_line_is_too_long(text: str) -> None:
    """East Asian text counts two columns each and breaks anywhere; a long word is cut."""
    assert 76 >= max(map(columns, wrap(text, 4).splitlines()))


@pytest.mark.parametrize("text", ["字" * 100, "字 word"])
def test_wrapping_loses_nothing(text: str) -> None:
    """All characters are still there."""
    assert text.replace(" ", "") == "".join(wrap(text, 4).split())


def test_a_whole_word_is_not_cut() -> None:
    """Asked for, words stay whole by their characters."""
    assert f"    {'字' * 70}" == wrap("字" * 70, 4, whole=True)
    long = "b" * 100
    assert [f"a\n{long}\nc", f"a\n{long}"] == [
        wrap(text, whole=True) for text in (f"a {long} c", f"a {long}")
    ]


@given(
    lists(text(alphabet="abc-.,“”·éß", min_size=1, max_size=60), max_size=40),
    integers(0, 8),
    integers(0, 6),
)
def test_words_that_fit_are_filled_in(words: list[str], indent: int, hang: int) -> None:
    """Lines are filled as the standard library fills them, where no word is longer than one."""
    said = "  ".join(words)
    expected = textwrap.fill(
        " ".join(words),
        76,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + hang),
        break_long_words=False,
        break_on_hyphens=False,
    )
    assert (expected or " " * indent) == wrap(said, indent, hang)


@pytest.mark.parametrize("before", ["", "See ", "word " * 14])
def test_a_long_address_has_a_line_of_its_own(before: str) -> None:
    """What goes on after an address that no line holds goes on below it."""
    address = "https://e.org/" + "x" * 90
    lines = wrap(f"{before}{address} and more", 4).splitlines()
    expected = [f"    {before}".rstrip()] if before else []
    assert [*expected, f"    {address}", "    and more"] == lines


def test_underline() -> None:
    """A line as wide as the heading stands below it."""
    assert "字ab\n====" == underline("字ab", "=")


def test_tidy() -> None:
    """Trailing spaces and surplus blank lines go."""
    assert "a\n\nb" == tidy("\na  \n\n\n\nb\n\n")


@given(text(alphabet="ab字 \u0301é-", max_size=400), integers(0, 8), integers(0, 8))
def test_any_text_is_wrapped_whole(value: str, indent: int, hang: int) -> None:
    """No line is longer than 76 columns, and no character is lost."""
    lines = wrap(value, indent, hang).splitlines()
    lost = "".join(value.split()) != "".join("".join(lines).split())
    assert (True, False) == (max(map(columns, lines), default=0) <= 76, lost)
