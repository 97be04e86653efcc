"""digest.sources: answers that are cut off or broken, and what lacks a title, are named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from builders import response, source

from digest.model import Listing
from digest.sources import _tree, adapter

RSS = '<rss version="2.0"><channel><title>T</title>{}</channel></rss>'
ITEMS = "".join(
    f"<item><title>Loom {n}</title><link>https://a.example/{n}</link></item>" for n in (1, 2)
)
KEPT = "what could be read is kept"
CUT = f"{KEPT}; the last entry is cut off and left out"


def parsed(kind: str, body: bytes | str) -> Listing:
    """Parse a body with the adapter of a kind."""
    return adapter(kind).parse(response(body), source(kind))


def ends(listing: Listing) -> list[str]:
    """Give the notes without the parser's own complaint."""
    return [note.partition("); ")[2] or note for note in listing.notes]


@pytest.mark.parametrize("kind", ["feed", "pubmed", "biorxiv"])
@pytest.mark.parametrize("at", ["2</title>", "/2</link>", "</item></channel>"])
def test_entry_cut_in_its_middle(kind: str, at: str) -> None:
    """Where a feed ends within an entry, that entry waits until it is whole."""
    body = RSS.format(ITEMS)
    found = parsed(kind, body[: body.index(at) + 2])
    assert (["Loom 1"], [CUT]) == ([one.title for one in found.entries], ends(found))


@pytest.mark.parametrize("kind", ["feed", "pubmed", "biorxiv"])
def test_feed_cut_between_entries(kind: str) -> None:
    """Where a feed ends behind an entry, all that came is kept, and the feed is called broken."""
    body = RSS.format(ITEMS)
    found = parsed(kind, body[: body.index("</channel>")])
    assert (["Loom 1", "Loom 2"], [KEPT]) == ([one.title for one in found.entries], ends(found))


@pytest.mark.parametrize(
    ("kind", "name", "at"),
    [
        ("pubmed", "pubmed.xml", b"<Author"),
        ("arxiv", "arxiv_oai.xml", b"<doi>"),
        ("arxiv", "arxiv_raw.xml", b"<authors>"),
    ],
)
def test_answer_cut_in_an_article(data: Path, kind: str, name: str, at: bytes) -> None:
    """A cut-off answer does not look complete, and its last paper waits."""
    body = (data / name).read_bytes()
    found = parsed(kind, body[: body.index(at)])
    assert ((), [CUT]) == (found.entries, ends(found))


def test_answer_cut_behind_its_papers(data: Path) -> None:
    """A list that ends before its end tag, where a token may have stood, is called broken."""
    body = (data / "arxiv_oai.xml").read_bytes()
    found = parsed("arxiv", body[: body.index(b"</ListRecords>")])
    assert (1, [KEPT]) == (len(found.entries), ends(found))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"<a><item>x</item>", False),
        (b"<a><item>x</item><item n='1'>", True),
        (b"<a><x:item>x</x:ite", True),
        (b"<a><item/>", False),
        (b"<a><items>", False),
        (b"", False),
    ],
)
def test_cut_off(body: bytes, expected: bool) -> None:
    """A document is cut off within the element that it opens last and does not close."""
    assert expected == _tree.cut_off(body, "item|entry")


PAPER = {"abstract": "We weave."}
TITLELESS = {
    "biorxiv": {"messages": [], "collection": [PAPER, {}, "no paper"]},
    "openreview": {"notes": [{"content": PAPER}, {"content": {}}, "no note"]},
    "hackernews": {"hits": [{"story_text": "We weave."}, {}, "no story"]},
    "huggingface": [{"paper": {"summary": "We weave."}}, {}, "no paper"],
    "feed": {"items": [{"content_text": "We weave."}, {}, "no item"]},
}


@pytest.mark.parametrize("kind", TITLELESS)
def test_rows_without_title(kind: str) -> None:
    """A text makes a title; what has neither, or is no object, is counted."""
    found = parsed(kind, json.dumps(TITLELESS[kind]))
    expected = (["We weave."], ("left out 2 without title and text",))
    assert expected == ([one.title for one in found.entries], found.notes)


@pytest.mark.parametrize("kind", ["feed", "pubmed", "biorxiv"])
def test_items_without_title(kind: str) -> None:
    """A text makes a title in a feed, too, and what has neither is counted."""
    text = "<item><description>We weave.</description></item><item><link>/</link></item>"
    found = parsed(kind, RSS.format(text))
    expected = (["We weave."], ("left out 1 without title and text",))
    assert expected == ([one.title for one in found.entries], found.notes)


def test_records_without_title() -> None:
    """An abstract makes a title in OAI-PMH; a record without arXiv's id is counted."""
    papers = "<arXiv><id>2603.00001</id><abstract>We weave.</abstract></arXiv><arXiv/>"
    found = parsed("arxiv", f"<OAI-PMH><metadata>{papers}</metadata></OAI-PMH>")
    expected = (["We weave."], ("left out 1 without arXiv id or title",))
    assert expected == ([one.title for one in found.entries], found.notes)


def test_note_of_a_fault() -> None:
    """A broken feed's note tells the fault, without a place in what the parser made of it."""
    found = parsed("feed", "<rss version='2.0'><channel><title>T</title>")
    assert (f"the feed is broken (no element found); {KEPT}",) == found.notes
