"""Hacker News, through Algolia's search: https://hn.algolia.com/api."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from digest import identity
from digest.errors import ListingError
from digest.model import Author, Authority, Entry, Link, Listing, Request, Response, Source
from digest.sources import Adapter, _json
from digest.sources._describe import describe
from digest.sources._fields import left_out, safe_url, title_from
from digest.sources._json import count, moment, text
from digest.text import plain

API = "https://hn.algolia.com/api/v1/search_by_date?"
PAGE = "https://news.ycombinator.com/item?id="
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """``query``: words to look for; ``points``: the least a story must have. Or a ``url``."""

    query: str = ""
    points: int = 50
    url: str = ""


def requests(source: Source) -> tuple[Request, ...]:
    """Ask for the newest stories."""
    options = source.options if isinstance(source.options, Options) else Options()
    asked = {
        "tags": "story",
        "query": options.query,
        "numericFilters": f"points>={options.points}",
        "hitsPerPage": 100,
    }
    return (Request(url=options.url or API + urlencode(asked), accept="application/json"),)


def recognises(body: bytes) -> int:
    """Recognise Algolia's answer about stories."""
    head = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    return 2 if head == b"{" and b'"hits"' in body and b'"objectID"' in body else 0


def parse(response: Response, source: Source) -> Listing:
    """Read the answer.

    Raises:
        ListingError: it is none.
    """
    content = _json.loads(response.body)
    hits = content.get("hits") if isinstance(content, dict) else None
    if not isinstance(hits, list):
        fault = f"is not an answer about stories but {describe(response.body)}"
        raise ListingError(source.name, fault, "the API answers with an object that holds hits")
    found = [_entry(hit, source.name) for hit in _json.rows(hits)]
    entries = tuple(entry for entry in found if entry is not None)
    notes = left_out(len(hits) - len(entries), "title and text")
    notes += _more(content, entries, response.fetched_at)
    return Listing(source=source.name, title="Hacker News", entries=entries, notes=notes)


def _more(answer: Mapping[str, Any], entries: Sequence[Entry], now: datetime) -> tuple[str, ...]:
    """Note that stories are missing: more match, and those that came span less than a day.

    All that ever matched are more, always; what came before is stored by now.
    """
    matching, came = count(answer, "nbHits") or 0, len(answer["hits"])
    oldest = min((entry.published for entry in entries if entry.published), default=None)
    if matching <= came or oldest is None or now - oldest > _DAY:
        return ()
    return (f"{matching} stories match, of which the newest {came} came; ask for more points",)


def _entry(hit: Mapping[str, Any], source: str) -> Entry | None:
    summary = plain(text(hit, "story_text"))
    title = plain(text(hit, "title") or text(hit, "story_title")) or title_from(summary)
    own_id = text(hit, "objectID")
    if not title:
        return None
    page = f"{PAGE}{own_id}" if own_id.isdecimal() else ""
    url = safe_url(text(hit, "url")) or page
    keys = identity.keys(source=source, title=title, url=url, guid=own_id)
    return Entry(
        id=keys[0],
        title=title,
        url=url,
        summary=summary,
        authors=(Author(name=plain(text(hit, "author"))),) if text(hit, "author") else (),
        published=moment(hit.get("created_at")),
        upvotes=count(hit, "points"),
        comments=count(hit, "num_comments"),
        links=(Link(rel="discussion", url=page),) if page and page != url else (),
        seen_in=(source,),
        source_ids=(own_id,) if own_id else (),
        keys=keys,
        authority=Authority.FEED,
    )


ADAPTER = Adapter(options=Options, requests=requests, recognises=recognises, parse=parse)
