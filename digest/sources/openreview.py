"""OpenReview: the papers of a venue, through https://api2.openreview.net (both its APIs)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlencode

from digest import identity
from digest.errors import ListingError
from digest.model import Authority, Entry, Link, Listing, Request, Response, Source
from digest.sources import Adapter, Page, _json
from digest.sources._describe import describe
from digest.sources._fields import left_out, people, title_from
from digest.sources._json import text
from digest.text import plain

API = "https://api2.openreview.net/notes?"
PAGE = "https://openreview.net"
_MILLISECONDS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """``venue``: as ICLR.cc/2026/Conference (the group's name on openreview.net). Or a ``url``."""

    venue: str = ""
    url: str = ""

    def __post_init__(self) -> None:
        """Refuse options that ask for nothing."""
        if not self.venue and not self.url:
            raise ValueError('needs a venue, for instance venue = "ICLR.cc/2026/Conference"')


def requests(source: Source) -> tuple[Request, ...]:
    """Ask for the newest thousand notes of the venue, the most that one answer holds."""
    assert isinstance(source.options, Options)  # noqa: S101 configured by this very adapter
    asked = {"content.venueid": source.options.venue, "sort": "cdate:desc", "limit": 1000}
    url = source.options.url or API + urlencode(asked)
    return (Request(url=url, accept="application/json"),)


def follow(page: Page) -> Request | None:
    """Ask for the notes behind those that came, while there are more of them."""
    content = _json.loads(page.response.body)
    if not isinstance(content, dict) or not isinstance(content.get("notes"), list):
        return None
    base, _, asked = page.request.url.partition("?")
    query = parse_qs(asked)
    start = query.get("offset", ["0"])[0]
    came, total = len(content["notes"]), _json.count(content, "count")
    upto = (int(start) if start.isdecimal() else 0) + came
    if not came or total is None or upto >= total:
        return None
    rest = urlencode(query | {"offset": [str(upto)]}, doseq=True)
    return replace(page.request, url=f"{base}?{rest}")


def recognises(body: bytes) -> int:
    """Recognise a list of notes."""
    head = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    return 2 if head == b"{" and b'"notes"' in body[:4096] and b'"content"' in body else 0


def parse(response: Response, source: Source) -> Listing:
    """Read the answer.

    Raises:
        ListingError: it is none.
    """
    content = _json.loads(response.body)
    notes = content.get("notes") if isinstance(content, dict) else None
    if not isinstance(notes, list):
        fault = f"is not a list of notes but {describe(response.body)}"
        raise ListingError(source.name, fault, "the API answers with an object that holds notes")
    found = [_entry(note, source.name) for note in _json.rows(notes)]
    entries = tuple(entry for entry in found if entry is not None)
    missing = left_out(len(notes) - len(entries), "title and text")
    return Listing(source=source.name, title="OpenReview", entries=entries, notes=missing)


def _entry(note: Mapping[str, Any], source: str) -> Entry | None:
    content = _json.table(note, "content")
    summary = plain(_text(content, "abstract"))
    title = plain(_text(content, "title")) or title_from(summary)
    own_id = text(note, "forum") or text(note, "id")
    if not title:
        return None
    url = f"{PAGE}/forum?id={own_id}" if own_id else ""
    authors = people(map(plain, _texts(content, "authors")))
    pdf = _text(content, "pdf")
    keys = identity.keys(source=source, title=title, url=url, guid=own_id, authors=authors)
    return Entry(
        id=keys[0],
        title=title,
        url=url,
        summary=summary,
        authors=authors,
        categories=tuple(
            dict.fromkeys(word for word in map(plain, _texts(content, "keywords")) if word)
        ),
        published=_moment(note.get("pdate") or note.get("cdate")),
        organization=plain(_text(content, "venue")),
        links=(Link(rel="pdf", url=PAGE + pdf),) if pdf.startswith("/pdf/") else (),
        seen_in=(source,),
        source_ids=(own_id,) if own_id else (),
        keys=keys,
        authority=Authority.ARCHIVE,
    )


def _value(content: Mapping[str, Any], field: str) -> object:
    """Read a field: bare in the first API, in an object with ``value`` in the second."""
    found = content.get(field)
    return found.get("value") if isinstance(found, dict) else found


def _text(content: Mapping[str, Any], field: str) -> str:
    found = _value(content, field)
    return found if isinstance(found, str) else ""


def _texts(content: Mapping[str, Any], field: str) -> list[str]:
    return _json.texts(_value(content, field))


def _moment(milliseconds: object) -> datetime | None:
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, int | float):
        return None
    try:
        return datetime.fromtimestamp(milliseconds / _MILLISECONDS, tz=UTC)
    except (ValueError, OverflowError, OSError):
        return None


ADAPTER = Adapter(
    options=Options, requests=requests, recognises=recognises, parse=parse, follow=follow
)
