"""digest.sources.huggingface: Daily Papers as its API gives them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from builders import response, source

from digest.errors import ListingError
from digest.model import Author, Authority, Entry, Link, Request
from digest.sources import huggingface

HERE = source("huggingface")


def test_whole_paper(data: Path) -> None:
    """A paper arrives with all that the API says of it, dated by its day on the page."""
    found = huggingface.parse(response((data / "daily_papers.json").read_bytes()), HERE)
    expected = Entry(
        id="arxiv:2603.00001",
        announce="new",
        title="Engines that Weave",
        url="https://arxiv.org/abs/2603.00001",
        summary="We weave numbers\u2014and flowers. The loom is small.",
        tldr="Looms.",
        authors=(Author(name="Ada Lovelace"), Author(name="Charles Babbage")),
        published=datetime(2026, 3, 2, tzinfo=UTC),
        organization="Analytical Engines",
        upvotes=41,
        comments=3,
        links=(
            Link(rel="pdf", url="https://arxiv.org/pdf/2603.00001"),
            Link(rel="code", url="https://github.com/example/weave"),
            Link(rel="project", url="https://weave.example/"),
            Link(rel="discussion", url="https://huggingface.co/papers/2603.00001"),
        ),
        thumbnail="https://cdn.example/2603.00001.png",
        seen_in=("here",),
        source_ids=("2603.00001",),
        keys=("arxiv:2603.00001", "title:engines that weave"),
        authority=Authority.DAILY_PAPERS,
    )
    assert expected == found.entries[0]


def test_bare_paper(data: Path) -> None:
    """Every optional field may be missing; links that are none are left out."""
    found = huggingface.parse(response((data / "daily_papers.json").read_bytes()), HERE)
    expected = Entry(
        id="arxiv:2603.00002",
        announce="new",
        title="A Bare Paper",
        url="https://arxiv.org/abs/2603.00002",
        published=datetime(2026, 3, 1, 9, tzinfo=UTC),
        organization="bare-lab",
        links=(
            Link(rel="pdf", url="https://arxiv.org/pdf/2603.00002"),
            Link(rel="discussion", url="https://huggingface.co/papers/2603.00002"),
        ),
        seen_in=("here",),
        source_ids=("2603.00002",),
        keys=("arxiv:2603.00002", "title:a bare paper"),
        authority=Authority.DAILY_PAPERS,
    )
    assert expected == found.entries[1]


def test_rows_without_title_are_counted(data: Path) -> None:
    """What holds no paper with a title is left out, and the listing says how many."""
    found = huggingface.parse(response((data / "daily_papers.json").read_bytes()), HERE)
    assert (2, ("left out 2 without title and text",)) == (len(found.entries), found.notes)


def test_empty_day() -> None:
    """A day without papers is a valid listing of none."""
    assert () == huggingface.parse(response("[]"), HERE).entries


def test_id_that_is_none_of_arxiv() -> None:
    """A paper whose id is not arXiv's counts by that id within the source."""
    body = json.dumps([{"paper": {"id": "x-1", "title": "Odd"}}])
    (found,) = huggingface.parse(response(body), HERE).entries
    assert ("guid", "", ("x-1",)) == (found.id.split(":")[0], found.url, found.source_ids)


@pytest.mark.parametrize(
    ("field", "value"),
    [("upvotes", -1), ("upvotes", True), ("upvotes", "9"), ("upvotes", 1.5), ("upvotes", None)],
)
def test_counts_that_are_none(field: str, value: object) -> None:
    """A count that is no natural number is not known."""
    body = json.dumps([{"paper": {"id": "2603.00001", "title": "T", field: value}}])
    (found,) = huggingface.parse(response(body), HERE).entries
    assert found.upvotes is None


@pytest.mark.parametrize("field", ["authors", "organization", "summary", "submittedOnDailyAt"])
@pytest.mark.parametrize("value", [None, 1, "x", [], {}, [None], {"name": None}])
def test_fields_of_a_wrong_kind(field: str, value: object) -> None:
    """A field of a wrong kind does not cost the paper."""
    body = json.dumps([{"paper": {"id": "2603.00001", "title": "T", field: value}}])
    (found,) = huggingface.parse(response(body), HERE).entries
    assert "T" == found.title


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            '{"error": "Rate limited"}',
            (
                'is not a Daily Papers list but a JSON object that says "Rate limited"; '
                "the API answers with a JSON list of papers"
            ),
        ),
        (
            "<html><title>Sorry</title></html>",
            (
                'is not a Daily Papers list but an HTML page titled "Sorry"; '
                "the API answers with a JSON list of papers"
            ),
        ),
        (
            "",
            (
                "is not a Daily Papers list but an empty file; "
                "the API answers with a JSON list of papers"
            ),
        ),
        (
            '[{"title": "x"}]',
            (
                "is not a Daily Papers list but a JSON list of dict; "
                'each paper is an object with "paper": {"id", "title", ...}'
            ),
        ),
    ],
)
def test_what_is_no_list_of_papers(body: str, said: str) -> None:
    """An answer that lists no papers is named for what it is."""
    with pytest.raises(ListingError) as caught:
        huggingface.parse(response(body), HERE)
    assert f"here: {said}" == str(caught.value)


@pytest.mark.parametrize(
    ("options", "url"),
    [
        (None, huggingface.API),
        (huggingface.Options(url="https://mirror.example/x"), "https://mirror.example/x"),
    ],
)
def test_requests(options: object, url: str) -> None:
    """The API is asked once, at its own address or the configured one."""
    asked = huggingface.requests(source("huggingface", options))
    assert (Request(url=url, accept="application/json"),) == asked


@pytest.mark.parametrize(
    ("body", "sure"),
    [(b'[{"paper": {}}]', 2), (b"\xef\xbb\xbf []", 2), (b'[{"id": 1}]', 0), (b'{"paper": 1}', 0)],
)
def test_recognises(body: bytes, sure: int) -> None:
    """A JSON list that is empty or speaks of papers is Daily Papers."""
    assert sure == huggingface.recognises(body)
