"""digest.schema: mistakes named by file, line and key, all at once, each with its cure."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import pytest

from digest import schema
from digest.errors import Problem, SettingsError
from digest.locate import locate
from digest.schema import Address, ClockTime, Field, Line, Schema, Zone

TEXT = '''\
title = "top"
[server]
port = 25
tls.mode = "on"
[[row]]
name = "one"
[[row]]
name = "two"
words = [
  "a",
]
note = """
name = "not a key"
"""
"last" = 1
[row.part]
size = 3
'''


@pytest.mark.parametrize(
    ("loc", "expected"),
    [
        (("title",), 1),
        (("server",), 2),
        (("server", "port"), 3),
        (("server", "missing"), 2),
        (("server", "tls", "mode"), 4),
        (("row", 0), 5),
        (("row", 0, "name"), 6),
        (("row", 1, "name"), 8),
        (("row", 1, "words", 0), 9),
        (("row", 1, "last"), 15),
        (("row", 1, "missing"), 7),
        (("nowhere",), 0),
        ((), 0),
    ],
)
def test_locate(loc: tuple[str | int, ...], expected: int) -> None:
    """A key is found at its line, else at its table's; texts over several lines hold no keys."""
    assert expected == locate(TEXT, loc)


class Row(Schema):
    """A table in a list."""

    name: Line
    size: Annotated[int, Field(ge=1)] = 1


class Settings(Schema):
    """A file."""

    email: Address = "a@b.example"
    zone: Zone = "UTC"
    send_at: ClockTime = "07:30"
    mode: Literal["fast", "slow"] = "fast"
    row: tuple[Row, ...] = ()


def refused(content: object, text: str = "") -> tuple[Problem, ...]:
    """Give the mistakes that the content is refused for."""
    with pytest.raises(SettingsError) as caught:
        schema.validate(Settings, content, "file.toml", text)
    return caught.value.problems


def test_all_mistakes_at_once() -> None:
    """Every mistake is named, in the order of the lines."""
    text = 'mode = "fats"\nzone = "Europe/Berlim"\n[[row]]\nname = "x"\n[[row]]\nsiez = 2\n'
    content = {
        "mode": "fats",
        "zone": "Europe/Berlim",
        "row": [{"name": "x"}, {"siez": 2}],
    }
    assert [
        "file.toml:1: mode: 'fats' is not one of the choices; did you mean \"fast\"?",
        'file.toml:2: zone: "Europe/Berlim" is not a time zone; did you mean "Europe/Berlin"?',
        "file.toml:5: row[2].name: is missing; add it",
        'file.toml:6: row[2].siez: no such setting; did you mean "size"?',
    ] == [str(problem) for problem in refused(content, text)]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            {"email": 5},
            'email: 5 is not a text; write it in quotation marks, like "this"',
        ),
        ({"row": "x"}, 'row: \'x\' is not a list; write for instance ["this", "that"]'),
        ({"row": ["x"]}, "row[1]: 'x' is of the wrong kind; write a table, [row[1]]"),
        ({"send_at": "25:00"}, 'send_at: "25:00" is not a time of day; write for instance "07:30"'),
        ({"mode": "zzz"}, 'mode: \'zzz\' is not one of the choices; write one of "fast", "slow"'),
        (
            {"zzz": 1},
            "zzz: no such setting; known are email, mode, row, send_at, zone",
        ),
        (
            {"row": [{"name": "a\nb"}]},
            "row[1].name: holds a line break or control character; write it on one line",
        ),
        (
            {"row": [{"name": "a", "size": 0}]},
            "row[1].size: 0 cannot be used here; input should be greater than or equal to 1",
        ),
    ],
)
def test_mistakes_and_cures(content: dict[str, object], expected: str) -> None:
    """A mistake is told in the words of the file, with its cure."""
    assert [f"file.toml: {expected}"] == [str(problem) for problem in refused(content)]


def test_at_most_twenty_mistakes_are_shown() -> None:
    """The message shows twenty mistakes and their number; all are kept."""
    problems = [Problem("here", str(number)) for number in range(25)]
    error = SettingsError(problems)
    lines = str(error).splitlines()
    assert (25, 21, "... 25 mistakes in all") == (len(error.problems), len(lines), lines[-1])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("ada@example.org", "ada@example.org"),
        ("Ada.L+tag@EXAMPLE.org", "Ada.L+tag@example.org"),
        ("δοκιμή@παράδειγμα.gr", "δοκιμή@παράδειγμα.gr"),
        ("digest@localhost", "digest@localhost"),
    ],
)
def test_addresses(given: str, expected: str) -> None:
    """An address keeps its local part; its domain is in lower case."""
    assert expected == schema.check_address(given)


@pytest.mark.parametrize(
    "given",
    [
        "",
        "ada",
        "@example.org",
        "ada@",
        "a b@example.org",
        ".ada@example.org",
        "ada..l@example.org",
        "ada@example..org",
        "ada@-example.org",
        "ada@example.org.",
        "ada@example.org\r\nBcc: x@example.org",
        "<ada@example.org>",
        "ada@exa_mple.org,eve@example.org",
        f"{'x' * 65}@example.org",
        f"ada@{'x' * 250}.org",
        "a\u202eb@example.org",
        "a@exa\u2066mple.org",
        "\u200ba@example.org",
        "a\x9b31m@example.org",
    ],
)
def test_what_is_no_address(given: str) -> None:
    """What RFC 5321 would not let through is refused."""
    with pytest.raises(ValueError, match="is not an e-mail address"):
        schema.check_address(given)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'a = "\xff"\n', "is not UTF-8 (invalid start byte); save it as UTF-8"),
        (b"a = \n", "is not TOML: Invalid value; strings stand in quotation marks, lists in"),
    ],
)
def test_unreadable_files(tmp_path: Path, content: bytes, expected: str) -> None:
    """A file that is not TOML in UTF-8 is refused with the fault and the cure."""
    path = tmp_path / "x.toml"
    path.write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        schema.read_toml(path)
    (problem,) = caught.value.problems
    assert expected in f"{problem.fault}; {problem.cure}"


def test_toml_with_a_byte_order_mark(tmp_path: Path) -> None:
    """A byte order mark, which Windows editors write, is no mistake."""
    path = tmp_path / "x.toml"
    path.write_bytes(b"\xef\xbb\xbfa = 1\n")
    assert ({"a": 1}, "a = 1\n") == schema.read_toml(path)


@dataclass(frozen=True)
class Options:
    """A source's options."""

    url: str
    path: Path = Path("x")
    words: tuple[str, ...] = ()


def test_options_are_made_relative_to_their_file() -> None:
    """Paths are taken from the folder of the file that names them; lists become tuples."""
    given = {"url": "https://example.org/feed", "path": "lists/a.xml", "words": ["b"]}
    expected = Options("https://example.org/feed", Path("/etc/digest/lists/a.xml"), ("b",))
    assert expected == schema.options(Options, given, Path("/etc/digest"))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "needs url; add it"),
        (
            {"url": "https://a.example", "wrods": []},
            'has no setting "wrods"; did you mean "words"?',
        ),
        ({"url": "example.org"}, "url: 'example.org' is not an address; write https://..."),
        ({"url": "file:///etc/passwd"}, "url: 'file:///etc/passwd' is not an address; write https"),
    ],
)
def test_options_refused(given: dict[str, object], expected: str) -> None:
    """A wrong option is named with its cure."""
    with pytest.raises(ValueError) as caught:  # noqa: PT011 the message is compared
        schema.options(Options, given, Path("/"))
    assert str(caught.value).startswith(expected)


@pytest.mark.parametrize(
    ("given", "expected"),
    [("KEYWORD", 'did you mean "keywords"?'), ("colour", "")],
)
def test_nearest(given: str, expected: str) -> None:
    """The nearest right word is suggested, whatever its case; nothing where none is near."""
    assert expected == schema.nearest(given, ["keywords", "authors"])
