"""Reads JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/), which feedparser does not.

The extension ``_digest`` may carry ``upvotes`` and ``comments`` (numbers).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from digest import identity
from digest.errors import ListingError
from digest.model import Author, Authority, Entry, Listing, Response, Source
from digest.sources import _json
from digest.sources._describe import describe
from digest.sources._fields import left_out, safe_url, split_authors, title_from
from digest.text import literal, plain, squash


def looks_like_json_feed(body: bytes) -> bool:
    """Whether ``body`` is an object that says it is a JSON Feed."""
    head = body[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    return head[:1] == b"{" and (b"jsonfeed.org" in head or b'"items"' in body)


def parse(response: Response, source: Source) -> Listing:
    """Read a JSON Feed.

    Raises:
        ListingError: it is not JSON, or not a JSON Feed.
    """
    content = _json.loads(response.body)
    items = content.get("items") if isinstance(content, dict) else None
    if not isinstance(items, list):
        raise ListingError(
            source.name,
            f"is not a JSON Feed but {describe(response.body)}",
            'a JSON Feed is an object with a list "items"',
        )
    entries = tuple(
        entry
        for item in items
        if isinstance(item, dict) and (entry := _entry(item, source.name)) is not None
    )
    dropped = len(items) - len(entries)
    return Listing(
        source=source.name,
        title=plain(_text(content, "title")),
        entries=entries,
        notes=left_out(dropped, "title and text"),
    )


def _entry(item: Mapping[str, Any], source: str) -> Entry | None:
    url = safe_url(_text(item, "url")) or safe_url(_text(item, "external_url"))
    # The summary, title and content_text are plain text.
    said = literal(_text(item, "summary") or _text(item, "content_text"))
    summary = said or plain(_text(item, "content_html"))
    title = literal(_text(item, "title")) or title_from(summary)
    if not title:
        return None
    own_id = squash(_text(item, "id"))
    authors = _authors(item)
    extra = _json.table(item, "_digest")
    updated = _json.moment(item.get("date_modified"))
    published = _json.moment(item.get("date_published")) or updated
    found = identity.keys(
        source=source,
        title=title,
        url=url or safe_url(own_id),
        guid=own_id,
        authors=authors,
        published=published,
    )
    return Entry(
        id=found[0],
        title=title,
        url=url or safe_url(own_id),
        summary=summary,
        authors=authors,
        categories=tuple(dict.fromkeys(plain(tag) for tag in _json.texts(item.get("tags")) if tag)),
        published=published,
        updated=updated,
        upvotes=_json.count(extra, "upvotes"),
        comments=_json.count(extra, "comments"),
        thumbnail=safe_url(_text(item, "image") or _text(item, "banner_image")),
        seen_in=(source,),
        source_ids=(own_id,) if own_id else (),
        keys=found,
        authority=Authority.FEED,
    )


def _text(item: Mapping[str, Any], field: str) -> str:
    """Read a string; ids may be numbers, which the specification says to take as strings."""
    value = item.get(field)
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _authors(item: Mapping[str, Any]) -> tuple[Author, ...]:
    """Read ``authors`` (1.1) or ``author`` (1.0)."""
    single = item.get("author")
    listed = item.get("authors")
    named = listed if isinstance(listed, list) and listed else [single]
    names = [name.get("name") if isinstance(name, dict) else name for name in named]
    return split_authors(_json.texts(names))
