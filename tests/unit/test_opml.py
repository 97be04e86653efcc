"""digest.opml: feeds of nested outlines, doubles, shared names, and files that mean harm."""

from __future__ import annotations

from pathlib import Path

import pytest

from digest import opml
from digest.errors import SettingsError

ONE = '<outline text="Loom" xmlUrl="https://loom.example/feed"/>'
NONE = "feeds.opml: names no feed; an outline needs an xmlUrl"
OTHER = "feeds.opml: is not OPML; export the subscriptions of your feed reader as OPML"
BOMB = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))


def wrapped(outlines: str, before: str = "") -> bytes:
    """Make an OPML file."""
    head = "<head><title>Feeds</title></head>"
    return f"<?xml version='1.0'?>{before}<opml>{head}<body>{outlines}</body></opml>".encode()


def read(body: bytes) -> tuple[tuple[str, str], ...]:
    """Read a file."""
    return opml.parse(body, "feeds.opml")


def outline(**attributes: str) -> str:
    """Make an outline."""
    named = " ".join(f'{name}="{value}"' for name, value in attributes.items())
    return f"<outline {named}/>"


def refusal(body: bytes) -> str:
    """Give what a file is refused with."""
    with pytest.raises(SettingsError) as caught:
        read(body)
    return str(caught.value)


def test_nested_outlines() -> None:
    """Feeds are found at any depth, in the file's order; folders are none."""
    deep = f'<outline text="B"><outline text="C">{ONE}</outline></outline>'
    first = outline(text="First", xmlUrl="https://a.example/")
    last = outline(text="Last", xmlUrl="https://z.example/")
    assert (
        ("First", "https://a.example/"),
        ("Loom", "https://loom.example/feed"),
        ("Last", "https://z.example/"),
    ) == read(wrapped(f'<outline text="A">{first}{deep}</outline>{last}'))


def test_feed_that_is_a_folder() -> None:
    """An outline with an address may hold others."""
    outer = f'<outline text="Outer" xmlUrl="https://outer.example/">{ONE}</outline>'
    assert (
        ("Outer", "https://outer.example/"),
        ("Loom", "https://loom.example/feed"),
    ) == read(wrapped(outer))


def test_doubles() -> None:
    """An address that stands in two folders counts once, by its first name."""
    again = outline(text="Again", xmlUrl="https://loom.example/feed")
    assert (("Loom", "https://loom.example/feed"),) == read(wrapped(ONE + again))


def test_shared_names() -> None:
    """Feeds of one name are numbered from the second on."""
    feeds = [outline(text="News", xmlUrl=f"https://{host}.example/") for host in "abc"]
    assert (
        ("News", "https://a.example/"),
        ("News 2", "https://b.example/"),
        ("News 3", "https://c.example/"),
    ) == read(wrapped("".join(feeds)))


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"text": "Text", "title": "Title"}, "Title"),
        ({"text": "Text", "title": ""}, "Text"),
        ({"text": "Text"}, "Text"),
        ({}, "https://loom.example/feed"),
        ({"text": " \t "}, "https://loom.example/feed"),
        ({"text": "Looms &amp; flowers"}, "Looms & flowers"),
        ({"text": "&lt;b&gt;Bold&lt;/b&gt; looms"}, "Bold looms"),
        ({"text": "two\nlines"}, "two lines"),
        ({"text": "loom " * 20}, f"{'loom ' * 11}".strip() + "…"),
    ],
)
def test_names(attributes: dict[str, str], expected: str) -> None:
    """A feed is named by its title, text or address: plain, on one line, sixty at most."""
    found = read(wrapped(outline(**attributes, xmlUrl="https://loom.example/feed")))
    assert ((expected, "https://loom.example/feed"),) == found


@pytest.mark.parametrize(
    "url",
    ["", "loom.example", "/feed", "ftp://loom.example/", "file:///etc/passwd", "javascript:x()"],
)
def test_addresses_that_are_none(url: str) -> None:
    """What cannot be fetched over HTTP is no feed; the others stay."""
    found = read(wrapped(outline(text="Odd", xmlUrl=url) + ONE))
    assert (("Loom", "https://loom.example/feed"),) == found


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("feed://a.example/rss", "http://a.example/rss"),
        ("FEED://a.example/rss", "http://a.example/rss"),
        ("feed:https://a.example/rss", "https://a.example/rss"),
        (" https://a.example/rss ", "https://a.example/rss"),
    ],
)
def test_addresses_of_feed_readers(url: str, expected: str) -> None:
    """The scheme feed, which some readers write, stands for http or before it."""
    assert (("Loom", expected),) == read(wrapped(outline(text="Loom", xmlUrl=url)))


def test_attributes_in_lower_case() -> None:
    """An address is found however its attribute is spelt."""
    found = read(wrapped(outline(TEXT="Loom", xmlurl="https://a.example/")))
    assert (("Loom", "https://a.example/"),) == found


def test_passed_over() -> None:
    """What cannot be fetched over HTTP is named; folders and good addresses are not."""
    odd = outline(text="Odd", xmlUrl="ftp://a.example/") + outline(xmlUrl="loom.example")
    body = wrapped(outline(text="Folder", xmlUrl="") + odd + ONE)
    assert ("Odd: ftp://a.example/", "loom.example") == opml.passed_over(body, "feeds.opml")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" \n",
        b"[]",
        b"https://loom.example/feed",
        b"<html><body><outline xmlUrl='https://loom.example/'/></body></html>",
        b"<rss version='2.0'><channel/></rss>",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xfe",
    ],
)
def test_not_opml(body: bytes) -> None:
    """A file of another kind is refused with what to do instead."""
    assert refusal(body) == OTHER


@pytest.mark.parametrize(
    "outlines", ["", "<outline text='Folder'/>", "<outline url='https://loom.example/'/>"]
)
def test_no_feeds(outlines: str) -> None:
    """OPML without an address is refused with what is missing."""
    assert refusal(wrapped(outlines)) == NONE


def test_cut_off() -> None:
    """What stands before the end of a broken file is read."""
    body = wrapped(ONE)[: -len("</body></opml>")]
    assert (("Loom", "https://loom.example/feed"),) == read(body)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings(encoding: str) -> None:
    """Names outside ASCII survive in the encodings that readers export."""
    body = f"<opml><body>{outline(text='Wêb ü', xmlUrl='https://a.example/')}</body></opml>"
    assert (("Wêb ü", "https://a.example/"),) == read(body.encode(encoding))


@pytest.mark.parametrize("bomb", ["&e9;", outline(text="&e9;", xmlUrl="https://bomb.example/")])
def test_bomb(bomb: str) -> None:
    """A billion laughs in a text or a name are never spelt out; the feeds before them stay."""
    before = f'<!DOCTYPE opml [<!ENTITY e0 "ha">{BOMB}]>'
    assert (("Loom", "https://loom.example/feed"),) == read(wrapped(ONE + bomb, before))


def test_external_entity_in_a_name(tmp_path: Path) -> None:
    """A name cannot fetch a file; the feed goes by its address."""
    (tmp_path / "secret").write_text("secret")
    before = f'<!DOCTYPE opml [<!ENTITY e SYSTEM "{(tmp_path / "secret").as_uri()}">]>'
    found = read(wrapped(outline(text="&e;", xmlUrl="https://a.example/"), before))
    assert (("https://a.example/", "https://a.example/"),) == found


@pytest.mark.parametrize(
    "declared",
    [
        '<!DOCTYPE opml [<!ENTITY e SYSTEM "{file}">]>',
        '<!DOCTYPE opml [<!ENTITY % e SYSTEM "{file}"> %e; ]>',
        '<!DOCTYPE opml SYSTEM "{file}">',
    ],
)
def test_external_outlines(declared: str, tmp_path: Path) -> None:
    """Nothing outside the file adds feeds to it: no entity, no parameter entity, no DTD."""
    inside = outline(text="Inside", xmlUrl="https://inside.example/")
    (tmp_path / "more").write_text(f"{inside}<!ENTITY e '{inside}'>")
    before = declared.format(file=(tmp_path / "more").as_uri())
    assert (("Loom", "https://loom.example/feed"),) == read(wrapped(f"{ONE}&e;", before))


def test_deep_nesting() -> None:
    """Outlines nested deeper than the parser follows end the reading, not the program."""
    depth = 100_000
    body = f"{ONE}{'<outline>' * depth}{'</outline>' * depth}"
    assert (("Loom", "https://loom.example/feed"),) == read(wrapped(body))
