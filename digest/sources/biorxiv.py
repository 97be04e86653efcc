"""bioRxiv and medRxiv: the RSS of their subjects, and the JSON of their API.

https://www.biorxiv.org/alertsrss, https://api.biorxiv.org/
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal
from urllib.parse import quote_plus

from digest import identity, merging
from digest.errors import ListingError
from digest.model import Authority, Entry, Listing, Request, Response, Source
from digest.sources import Adapter, Page, _json, _xml
from digest.sources._describe import describe
from digest.sources._fields import left_out, safe_url, split_authors, title_from
from digest.sources._json import moment, text
from digest.text import plain

FEED = "https://connect.biorxiv.org/{server}_xml.php?subject={subject}"
PAGE = "https://doi.org/"
_MARKS = (b"connect.biorxiv.org", b"connect.medrxiv.org", b"//biorxiv.org", b"//medrxiv.org")
# https://api.biorxiv.org/: /details/[server]/[interval]/[cursor]/[format]
_API_PATH = re.compile(
    r"(https?://[^/]+/(?:details|pubs)/\w+/(?:\d{4}-\d\d-\d\d/\d{4}-\d\d-\d\d|\d+d?))"
    r"(?:/\d*)?((?:/json)?/?(?:\?.*)?)"
)
_NUMBER_DIGITS = 9
_DIGITS = 3
_VERSION = re.compile(r"v(\d{1,3})(?:\?|$|\.)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """``server``: biorxiv or medrxiv; ``subjects``: as "neuroscience". Or a ``url``."""

    server: Literal["biorxiv", "medrxiv"] = "biorxiv"
    subjects: tuple[str, ...] = ("all",)
    url: str = ""


def requests(source: Source) -> tuple[Request, ...]:
    """Ask for each subject's feed."""
    options = source.options if isinstance(source.options, Options) else Options()
    if options.url:
        return (Request(url=options.url),)
    subjects = (quote_plus(subject.lower().replace(" ", "_")) for subject in options.subjects)
    return tuple(
        Request(url=FEED.format(server=options.server, subject=subject)) for subject in subjects
    )


def follow(page: Page) -> Request | None:
    """Ask for the next part of an answer of the API, which holds 30 or 100 papers at a time."""
    content = _json.loads(page.response.body)
    messages = _json.rows(content.get("messages") if isinstance(content, dict) else None)
    place = _API_PATH.fullmatch(page.request.url)
    if not messages or place is None:
        return None
    cursor, came, total = (_number(messages[0].get(name)) for name in ("cursor", "count", "total"))
    if not came or cursor + came >= total:
        return None
    return replace(page.request, url=f"{place[1]}/{cursor + came}{place[2] or ''}")


def _number(value: object) -> int:
    """Read a number, which the API writes now as such and now as a text."""
    said = str(value)
    return int(said) if said.isdecimal() and len(said) < _NUMBER_DIGITS else 0


def recognises(body: bytes) -> int:
    """Recognise a feed whose head names the servers, or the API's answer."""
    if _is_json(body):
        return 2 if b'"collection"' in body and b'"messages"' in body[:4096] else 0
    head = body[:4096]
    return 2 if _xml.looks_like_xml_feed(body) and any(mark in head for mark in _MARKS) else 0


def parse(response: Response, source: Source) -> Listing:
    """Read a feed or an answer of the API.

    Raises:
        ListingError: it is neither.
    """
    if _is_json(response.body):
        return _answer(response, source)
    feed = _xml.read(response, source.name)
    found = [_from_feed(raw, source.name) for raw in feed.entries]
    return _listing(source, feed.title, found, feed.notes)


def _answer(response: Response, source: Source) -> Listing:
    """Read an answer of the API; what is no object in it is missing too."""
    content = _json.loads(response.body)
    papers = content.get("collection") if isinstance(content, dict) else None
    if not isinstance(papers, list):
        fault = f"is not a collection but {describe(response.body)}"
        raise ListingError(source.name, fault, "the API answers with an object of papers")
    rows = (row if isinstance(row, dict) else {} for row in papers)
    return _listing(source, "bioRxiv", [_from_api(row, source.name) for row in rows])


def _listing(
    source: Source, title: str, found: Sequence[Entry | None], notes: tuple[str, ...] = ()
) -> Listing:
    """Unite the versions of a paper, and count what was left out."""
    return Listing(
        source=source.name,
        title=title,
        entries=merging.unite(entry for entry in found if entry is not None),
        notes=notes + left_out(found.count(None), "title and text"),
    )


def _is_json(body: bytes) -> bool:
    return body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"


def _from_feed(raw: _xml.RawEntry, source: str) -> Entry | None:
    title = raw.title or title_from(raw.summary)
    if not title:
        return None
    number = identity.doi(str(raw.raw.get("dc_identifier", "")) or raw.link)
    number = re.sub(r"v\d{1,3}$", "", number)
    version = _VERSION.search(raw.link)
    authors = split_authors(raw.authors)
    url = safe_url(raw.link)
    keys = identity.keys(source=source, title=title, url=url, known_doi=number, authors=authors)
    return Entry(
        id=keys[0],
        title=title,
        url=url,
        summary=raw.summary,
        authors=authors,
        categories=raw.tags,
        published=raw.published or raw.updated,
        version=int(version[1]) if version else 1,
        seen_in=(source,),
        source_ids=(raw.id,) if raw.id else (),
        keys=keys,
        authority=Authority.ARCHIVE,
    )


def _from_api(row: Mapping[str, Any], source: str) -> Entry | None:
    summary = plain(text(row, "abstract"))
    title = plain(text(row, "title")) or title_from(summary)
    if not title:
        return None
    number = identity.doi(text(row, "doi"))
    version = text(row, "version")
    number_of = int(version) if version.isdecimal() and len(version) <= _DIGITS else 1
    authors = split_authors([text(row, "authors")])
    url = f"{PAGE}{number}" if number else ""
    keys = identity.keys(
        source=source,
        title=title,
        url=url,
        known_doi=number,
        claimed_doi=identity.doi(text(row, "published")),
        authors=authors,
    )
    return Entry(
        id=keys[0],
        title=title,
        url=url,
        summary=summary,
        authors=authors,
        categories=tuple(filter(None, [plain(text(row, "category"))])),
        published=moment(row.get("date")),
        version=max(number_of, 1),
        announce="replace" if number_of > 1 else "",
        seen_in=(source,),
        source_ids=(text(row, "doi"),) if number else (),
        keys=keys,
        authority=Authority.ARCHIVE,
    )


ADAPTER = Adapter(
    options=Options,
    requests=requests,
    recognises=recognises,
    parse=parse,
    pace=1.0,
    follow=follow,
)
