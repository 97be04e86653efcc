"""digest.cleaning: what a listing says, as a mail may show it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis.strategies import text

from digest.cleaning import shown, sound_url, titled, whole


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("AT&amp;amp;T", "AT&T"),
        ("a &lt;b&gt; c", "a ‹b› c"),  # noqa: RUF001 the marks look like angle brackets on purpose
        ("x < y and y > z", "x < y and y > z"),
        ("a<x and x>b", "a<x and x>b"),
        ("a &lt;img src=x onerror=1&gt;", "a ‹img src=x onerror=1›"),  # noqa: RUF001 as above
        ("safe \u202egnp.exe\u202c", "safe gnp.exe"),
        ("a\x00b\tc\r\nBcc: d", "ab c Bcc: d"),
        ("{{ config }} {% x %}", "{ { config } } { % x % }"),
        ("body{color:red;}", "body(color:red;)"),
        ("<script>alert(1)</script>Title", "Title"),
        (r"$\beta$-VAE", "β-VAE"),
        ("begin with <s> and <b>go</b> on", "begin with ‹s› and go on"),  # noqa: RUF001 as above
    ],
)
def test_a_field_is_harmless(given: str, expected: str) -> None:
    """Markup, controls, overrides and double escapes are gone; what merely looks alike stays."""
    assert expected == whole(given)


def test_a_field_of_five_megabytes() -> None:
    """Of a very long field only the beginning is looked at."""
    assert 20_000 == len(whole("x" * 5_000_000))


def test_a_field_is_cut_at_a_word() -> None:
    """A field that is too long ends with an ellipsis."""
    assert "one two…" == shown("one two three four", 11)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("https://bank.example", "“https://bank.example”"),
        ("llama.cpp on a phone", "llama.cpp on a phone"),
        ("x" * 80, f"{'x' * 68} {'x' * 12}"),
        (f"{'字' * 50}，{'字' * 30}", f"{'字' * 50}， {'字' * 30}"),  # noqa: RUF001 Chinese comma
    ],
)
def test_titles(given: str, expected: str) -> None:
    """A title that is an address is quoted; a word longer than a line is parted."""
    assert expected == titled(given, 300)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("https://example.org/a", "https://example.org/a"),
        ("https://example.org/{x}", "https://example.org/%7Bx%7D"),
        ("https://bücher.example/ä", "https://xn--bcher-kva.example/%C3%A4"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("http://1.2.3.4/x", ""),
        ("http://[::1]/x", ""),
        ("http://intranet/x", ""),
        ("https://user:word@example.org/", ""),
        ("https://[", ""),
        ("/relative", ""),
        ("https://example.org/" + "x" * 2000, ""),
    ],
)
def test_links(given: str, expected: str) -> None:
    """A mail links to http(s) addresses of hosts that have names."""
    assert expected == sound_url(given)


@given(text(max_size=300))
def test_cleaning_twice_changes_nothing(value: str) -> None:
    """What is harmless stays as it is, whatever it was made of."""
    once = whole(value)
    assert once == whole(once)


@given(text(alphabet="<>&;#{}%$\\/x1amp ltgquo!-'\"\u202e\n", max_size=200))
def test_nothing_hostile_comes_through(value: str) -> None:
    """No tag, template marker, override or line end is left of any mixture of their signs."""
    assert [] == re.findall(r"<[/!]?[a-z]+ ?/?>|\{[{%#]|[\u202a-\u202e\r\n]", whole(value))
