"""digest.sources: answers that hold a part of what there is, and what a preprint became."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from builders import NOW, response, source

from digest import identity
from digest.model import Request
from digest.sources import Page, adapter

API = "https://api.biorxiv.org/details/biorxiv/2026-03-01/2026-03-02"
NOTES = "https://api2.openreview.net/notes?content.venueid=ICWL.cc%2F2026"


def followed(kind: str, url: str, content: object) -> str:
    """Give the address that is asked after an answer, or "" for none."""
    page = Page(request=Request(url=url), response=response(json.dumps(content)), entries=0)
    request = adapter(kind).follow(page)
    return request.url if request else ""


@pytest.mark.parametrize(
    ("url", "message", "expected"),
    [
        (API, {"cursor": 0, "count": 100, "total": "230"}, f"{API}/100"),
        (f"{API}/100/json", {"cursor": "100", "count": 100, "total": 230}, f"{API}/200/json"),
        (f"{API}/0?category=x", {"cursor": 0, "count": 9, "total": 10}, f"{API}/9?category=x"),
        (f"{API}/200", {"cursor": 200, "count": 30, "total": "230"}, ""),
        (f"{API}/500", {"cursor": 500, "count": 0, "total": "230"}, ""),
        ("https://m.example/preprints", {"cursor": 0, "count": 100, "total": "230"}, ""),
        (API, {"status": "no posts found"}, ""),
        (API, {"cursor": None, "count": [], "total": "9" * 20}, ""),
    ],
)
def test_rest_of_biorxiv(url: str, message: object, expected: str) -> None:
    """The API is asked on from where its answer ends, until all has come."""
    assert expected == followed("biorxiv", url, {"messages": [message], "collection": []})


@pytest.mark.parametrize(
    ("url", "notes", "count", "expected"),
    [
        (NOTES, 2, 5, f"{NOTES}&offset=2"),
        (f"{NOTES}&offset=2", 2, 5, f"{NOTES}&offset=4"),
        (f"{NOTES}&offset=4", 1, 5, ""),
        (f"{NOTES}&offset=9", 0, 5, ""),
        (NOTES, 2, None, ""),
        (NOTES, 2, "5", ""),
    ],
)
def test_rest_of_openreview(url: str, notes: int, count: object, expected: str) -> None:
    """The notes behind those that came are asked for, until all have come."""
    content = {"notes": [{}] * notes, "count": count}
    assert expected == followed("openreview", url, content)


@pytest.mark.parametrize("kind", ["biorxiv", "openreview"])
@pytest.mark.parametrize("body", ["<rss/>", "[]", "{}", '{"messages": 1, "notes": 2}'])
def test_nothing_follows(kind: str, body: str) -> None:
    """What is no such answer is followed by none."""
    page = Page(request=Request(url=API), response=response(body), entries=0)
    assert adapter(kind).follow(page) is None


@pytest.mark.parametrize(
    ("hours", "matching", "noted"), [(3, 500, True), (30, 500, False), (3, 1, False)]
)
def test_more_stories(hours: int, matching: int, noted: bool) -> None:
    """More stories than came are noted where those that came do not reach back a day."""
    at = NOW - timedelta(hours=hours)
    hits = [{"title": "Looms", "objectID": "1", "created_at": at.isoformat()}]
    body = response(json.dumps({"hits": hits, "nbHits": matching}))
    notes = adapter("hackernews").parse(body, source("hackernews")).notes
    said = "500 stories match, of which the newest 1 came; ask for more points"
    assert ((said,) if noted else ()) == notes


def test_preprint_and_its_article() -> None:
    """A preprint that names its article's DOI is one with an article of the same title."""
    row = {"title": "Spiders weave by numbers", "doi": "10.1101/9", "published": "10.1038/s1"}
    body = response(json.dumps({"messages": [], "collection": [row]}))
    (preprint,) = adapter("biorxiv").parse(body, source("biorxiv")).entries
    article = identity.keys(source="journal", title=row["title"], claimed_doi="10.1038/s1")
    assert "title:spiders weave by numbers" == identity.shared_key(
        preprint.keys, ("url:journal.example/1", "title:spiders weave by numbers", *article)
    )


def test_preprint_that_is_no_article_yet() -> None:
    """The word NA names no article."""
    row = {"title": "Spiders weave by numbers", "doi": "10.1101/9", "published": "NA"}
    body = response(json.dumps({"messages": [], "collection": [row]}))
    (preprint,) = adapter("biorxiv").parse(body, source("biorxiv")).entries
    assert [] == [key for key in preprint.keys if key.startswith("claim:")]
