"""Reads RSS 0.9 to 2.0, RDF and Atom; the one place that uses feedparser.

Gives raw fields; what they mean is each source's own business.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import struct_time
from typing import Any

from digest.errors import ListingError
from digest.model import Link, Response
from digest.sources import _tree
from digest.sources._describe import describe
from digest.sources._fields import broken
from digest.text import plain, squash

_ROOT = re.compile(rb"<(?:[\w-]+:)?(rss|feed|rdf)[\s>]", re.IGNORECASE)
_LOOKED_AT = 4096
_BLANK = b"\xef\xbb\xbf \t\r\n"
_DATE = re.compile(r"\s*(\d{4})(\D)(\d{1,2})\D(\d{1,2})(?!\d)")
_STUB = 60  # characters
_PLACE = re.compile(r".{1,200}, (?:EarlyView|Volume \w+, (?:Issue \w+, )?.{1,80}\d{4})\.?")  # Wiley
_CUT_OFF = re.compile(r"\s*(?:…|\.\.\.|\[…\]|\[\.\.\.\])$")
_FIRST_YEAR = 1900
_ZONES = timedelta(hours=-14), timedelta(hours=36)  # a day's beginning and end in all zones
_NO_ZONE = timedelta(), timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class RawEntry:
    """One element of a feed with its fields as plain text, and ``raw`` for what is special."""

    id: str
    title: str
    link: str
    summary: str
    authors: tuple[str, ...]
    tags: tuple[str, ...]
    published: datetime | None
    updated: datetime | None
    links: tuple[Link, ...]
    thumbnail: str
    raw: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class RawFeed:
    """A parsed feed; ``notes`` say what the parser had to mend, and what it could not."""

    title: str
    id: str
    link: str
    entries: tuple[RawEntry, ...]
    notes: tuple[str, ...]


def looks_like_xml_feed(body: bytes) -> bool:
    """Whether the first tags are those of a feed, whatever stands before them."""
    head = body[:_LOOKED_AT].replace(b"\x00", b"").lstrip(_BLANK)
    if head[:1] in (b"{", b"[") or re.match(rb"(?i)<!doctype html|<html", head):
        return False
    return bool(_ROOT.search(head))


def read(response: Response, source: str, plain_of: Callable[[str], str] = plain) -> RawFeed:
    """Parse ``response``; ``plain_of`` makes plain text of its titles and texts.

    Raises:
        ListingError: it is not a feed; the message says what it is.
    """
    # Imported here: feedparser costs 60 ms that commands without XML need not pay.
    import feedparser

    headers = {"content-type": response.content_type} if response.content_type else {}
    if response.url:
        headers["content-location"] = response.url
    # Blank lines before the XML declaration are a common fault, and harmless once taken off.
    body = _as_utf8(response.body.lstrip(b" \t\r\n"))
    try:
        parsed: Any = feedparser.parse(
            body, response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
        entries = tuple(_entry(raw, plain_of) for raw in parsed.entries)
    except MemoryError:
        raise
    except Exception as error:
        # feedparser's own faults on hostile bytes are of any type; none may end the run.
        fault = f"cannot be read as a feed ({type(error).__name__}: {squash(str(error))})"
        raise ListingError(source, fault, "tell the feed's publisher") from error
    if not parsed.get("version") and not parsed.entries:
        raise ListingError(
            source,
            f"is not a feed but {describe(response.body)}",
            "give the address of an RSS, Atom or JSON feed",
        )
    fault = ""
    if parsed.get("bozo") and not _harmless(parsed.get("bozo_exception")):
        fault = _said(parsed.get("bozo_exception"))
    cut = bool(fault and entries) and _tree.cut_off(body, "item|entry")
    return RawFeed(
        title=plain(str(parsed.feed.get("title", ""))),
        id=str(parsed.feed.get("id", "")),
        link=str(parsed.feed.get("link", "")),
        entries=entries[:-1] if cut else entries,
        notes=broken("feed", fault, cut),
    )


def _as_utf8(body: bytes) -> bytes:
    """Recode UTF-16 that a byte order mark announces but no declaration does.

    XML 1.0 section 4.3.3 allows this; feedparser takes it for binary data.
    """
    if body[:2] not in (b"\xff\xfe", b"\xfe\xff") or b"e\0n\0c\0o\0d\0i\0n\0g" in body[:400]:
        return body
    return body.decode("utf-16", "replace").encode()


def _said(error: Any) -> str:  # noqa: ANN401 of xml.sax, or feedparser's own
    """Give a complaint without its place, which counts lines that feedparser has added."""
    return squash(str(error.getMessage() if hasattr(error, "getMessage") else error))


def _harmless(error: object) -> bool:
    """Whether feedparser's complaint is about headers or an encoding that it has resolved."""
    return type(error).__name__ in {"CharacterEncodingOverride", "NonXMLContentType"}


def _entry(raw: Any, plain_of: Callable[[str], str]) -> RawEntry:  # noqa: ANN401 feedparser is untyped
    return RawEntry(
        id=squash(str(raw.get("id", ""))),
        title=plain_of(str(raw.get("title", ""))),
        link=_link(raw),
        summary=_body(raw, plain_of),
        authors=tuple(_authors(raw)),
        tags=tuple(
            dict.fromkeys(squash(str(tag.term)) for tag in raw.get("tags", []) if tag.get("term"))
        ),
        published=_date(raw, "published"),
        updated=_date(raw, "updated"),
        links=tuple(_links(raw)),
        thumbnail=_thumbnail(raw),
        raw=raw,
    )


def _link(raw: Any) -> str:  # noqa: ANN401
    link = str(raw.get("link", ""))
    return link or next((str(found.get("href", "")) for found in raw.get("links", [])), "")


def _body(raw: Any, plain_of: Callable[[str], str]) -> str:  # noqa: ANN401
    """Give the summary, or the content where there is none; a media description last.

    A summary that is but the content's beginning, or a stub of a few words, gives way to it.
    """
    summary = plain_of(str(raw.get("summary", "")))
    content = [plain_of(str(part.get("value", ""))) for part in raw.get("content", [])]
    longest = max(content, key=len, default="")
    beginning, cut = _CUT_OFF.subn("", summary)
    if len(longest) > len(summary) and (
        len(summary) < _STUB or _PLACE.fullmatch(summary) or (cut and longest.startswith(beginning))
    ):
        return longest
    return summary or plain_of(str(raw.get("media_description", "")))


def _authors(raw: Any) -> Iterable[str]:  # noqa: ANN401
    named = [str(author.get("name", "")) for author in raw.get("authors", [])]
    named = [name for name in named if name]
    return named or ([str(raw["author"])] if raw.get("author") else [])


def _date(raw: Any, field: str) -> datetime | None:  # noqa: ANN401
    """Read a date as UTC.

    Of one that is written in figures from the year on, the day is believed as it stands:
    feedparser refuses it without leading zeros, and takes "2026/11/20" for 2026-11-01.
    """
    moment = _moment(raw.get(f"{field}_parsed"))
    if found := _DATE.match(str(raw.get(field) or "")):
        day = _day(*map(int, found.group(1, 3, 4)))
        begins, ends = _ZONES if found[2] == "-" else _NO_ZONE
        if moment is None or day is None or not begins <= moment - day <= ends:
            moment = day
    return moment if moment is not None and moment.year > _FIRST_YEAR else None


def _day(year: int, month: int, day: int) -> datetime | None:
    with contextlib.suppress(ValueError):
        return datetime(year, month, day, tzinfo=UTC)
    return None


def _moment(parsed: object) -> datetime | None:
    if isinstance(parsed, struct_time):
        with contextlib.suppress(ValueError, OverflowError):
            return datetime(*parsed[:6], tzinfo=UTC)
    return None


def _links(raw: Any) -> Iterable[Link]:  # noqa: ANN401
    for found in raw.get("links", []):
        kind, href = str(found.get("type", "")), str(found.get("href", ""))
        if href and (kind == "application/pdf" or found.get("title") == "pdf"):
            yield Link(rel="pdf", url=href)
        elif href and found.get("rel") == "replies":
            yield Link(rel="discussion", url=href)
    if raw.get("comments"):
        yield Link(rel="discussion", url=str(raw["comments"]))


def _thumbnail(raw: Any) -> str:  # noqa: ANN401
    for field in ("media_thumbnail", "media_content"):
        for found in raw.get(field, []):
            if found.get("url") and str(found.get("medium", "image")) == "image":
                return str(found["url"])
    return ""
