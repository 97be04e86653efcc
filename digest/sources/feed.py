"""Any feed: RSS 0.9 to 2.0, RDF, Atom, and JSON Feed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from digest import identity
from digest.model import Authority, Entry, Listing, Request, Response, Source
from digest.sources import Adapter, _jsonfeed, _xml
from digest.sources._fields import left_out, safe_url, split_authors, title_from

_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/json;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, */*;q=0.1"
)
_DOI_FIELDS = ("prism_doi", "dc_identifier", "prism_url")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """``url``: the feed's address."""

    url: str


def requests(source: Source) -> tuple[Request, ...]:
    """Ask for the feed."""
    assert isinstance(source.options, Options)  # noqa: S101 configured by this very adapter
    return (Request(url=source.options.url, accept=_ACCEPT),)


def recognises(body: bytes) -> int:
    """Recognise the root element of a feed, or a JSON Feed."""
    return int(_jsonfeed.looks_like_json_feed(body) or _xml.looks_like_xml_feed(body))


def parse(response: Response, source: Source) -> Listing:
    """Read a feed of any format.

    Raises:
        ListingError: it is none.
    """
    if response.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        return _jsonfeed.parse(response, source)
    feed = _xml.read(response, source.name)
    entries = tuple(
        entry for raw in feed.entries if (entry := _entry(raw, source.name)) is not None
    )
    notes = feed.notes + left_out(len(feed.entries) - len(entries), "title and text")
    return Listing(source=source.name, title=feed.title, entries=entries, notes=notes)


def _entry(raw: _xml.RawEntry, source: str) -> Entry | None:
    title = raw.title or title_from(raw.summary)
    if not title:
        return None
    url = safe_url(raw.link) or safe_url(raw.id)
    authors = split_authors(raw.authors)
    keys = identity.keys(
        source=source,
        title=title,
        url=url,
        guid=raw.id,
        claimed_doi=_doi(raw),
        authors=authors,
        published=raw.published or raw.updated,
    )
    return Entry(
        id=keys[0],
        title=title,
        url=url,
        summary=raw.summary,
        authors=authors,
        categories=raw.tags,
        published=raw.published or raw.updated,
        updated=raw.updated,
        links=tuple(link for link in raw.links if safe_url(link.url)),
        thumbnail=safe_url(raw.thumbnail),
        seen_in=(source,),
        source_ids=(raw.id,) if raw.id else (),
        keys=keys,
        authority=Authority.FEED,
    )


def _doi(raw: _xml.RawEntry) -> str:
    """Find the DOI a journal states of its entry (PRISM, Dublin Core)."""
    for field in _DOI_FIELDS:
        value = str(raw.raw.get(field, ""))
        if re.match(r"(?i)(?:doi:|https?://(?:dx\.)?doi\.org/)?10\.\d{4,9}/", value):
            return identity.doi(value)
    return ""


ADAPTER = Adapter(options=Options, requests=requests, recognises=recognises, parse=parse)
