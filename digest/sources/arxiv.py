"""arXiv: its feeds, the API's Atom, OAI-PMH, and the RDF it served until 2024.

https://info.arxiv.org/help/rss.html, https://info.arxiv.org/help/api/user-manual.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from urllib.parse import parse_qsl, urlencode

from digest import calendar, identity, merging
from digest.errors import FetchError, ListingError
from digest.model import Author, Authority, Entry, Link, Listing, Request, Response, Source
from digest.sources import Adapter, Page, Rhythm, _oai, _xml
from digest.sources._fields import left_out, people, split_authors
from digest.text import literal, plain, squash

RSS = "https://rss.arxiv.org/atom/"
API = "https://export.arxiv.org/api/query"
PAGE_SIZE = 1000
MOST = 30_000
_MARKS = (b"rss.arxiv.org", b"export.arxiv.org", b"arxiv.org/api/", b"http://arxiv.org/</link>")
_RDF = b"<rdf:RDF"
_ABSTRACT = re.compile(
    r"^arXiv:\S+?\s*(?:v\d+)?\s+Announce Type:\s*(?P<type>[\w-]+)\s+Abstract:\s*", re.IGNORECASE
)
_OLD_TITLE = re.compile(
    r"\.?\s*\((?P<id>arXiv:\S+?)\s*\[(?P<category>[\w.-]+)\]"
    r"(?P<mark>\s+(?:UPDATED|CROSS LISTED))?\)\s*$"
)
_CATEGORY = re.compile(r"[a-z-]+(?:\.[A-Za-z-]+)?")
_OLD_MARKS = {"UPDATED": "replace", "CROSS LISTED": "cross"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What to ask arXiv for.

    ``categories``: its names, as ``cs.LG``; each is asked for by itself, because an over-full
    query drops new papers. ``url``: an API query or a feed's address instead. ``feeds`` and
    ``api``: where the feeds and the API are, for a mirror.
    """

    categories: tuple[str, ...] = ()
    url: str = ""
    feeds: str = RSS
    api: str = API

    def __post_init__(self) -> None:
        """Refuse options that ask for nothing, or for what cannot be a category."""
        if not self.categories and not self.url:
            raise ValueError('needs categories, for instance categories = ["cs.LG", "cs.CL"]')
        for category in self.categories:
            if not _CATEGORY.fullmatch(category):
                raise ValueError(f'"{category}" is not an arXiv category; write for instance cs.LG')


def requests(source: Source) -> tuple[Request, ...]:
    """Ask for each category's feed, or for the one address."""
    assert isinstance(source.options, Options)  # noqa: S101 configured by this very adapter
    accept = "application/atom+xml, application/rss+xml, application/xml;q=0.9, */*;q=0.1"
    if source.options.url:
        return (Request(url=source.options.url, accept=accept),)
    options = source.options
    return tuple(
        Request(url=f"{options.feeds}{name}", accept=accept) for name in options.categories
    )


def catch_up(source: Source, days: Sequence[date]) -> tuple[Request, ...]:
    """Ask the API for what was submitted for the feeds of ``days``, a category at a time."""
    options = source.options
    if not isinstance(options, Options) or options.url or not days:
        return ()
    opens = calendar.arxiv_submissions(min(days))[0]
    closes = calendar.arxiv_submissions(max(days))[1]
    span = f"submittedDate:[{opens:%Y%m%d%H%M} TO {closes:%Y%m%d%H%M}]"
    return tuple(
        _query(options.api, f"cat:{name} AND {span}", start=0) for name in options.categories
    )


def _query(api: str, words: str, start: int) -> Request:
    asked = {
        "search_query": words,
        "sortBy": "submittedDate",
        "sortOrder": "ascending",
        "start": start,
        "max_results": PAGE_SIZE,
    }
    return Request(url=f"{api}?{urlencode(asked)}", accept="application/atom+xml")


def follow(page: Page) -> Request | None:
    """Ask for the next page of an API answer; for the same one where it came empty for no reason.

    The rest of an OAI-PMH list is asked for by the token that came with its first part.

    Raises:
        FetchError: more papers match than the API gives.
    """
    if _oai.looks_like_oai(page.response.body):
        token = _oai.resumption(page.response.body)
        base = page.request.url.partition("?")[0]
        rest = urlencode({"verb": "ListRecords", "resumptionToken": token})
        return replace(page.request, url=f"{base}?{rest}") if token else None
    total, start = (_number(page.response.body, name) for name in ("totalResults", "startIndex"))
    if total is None or start is None or start + page.entries >= total:
        return None
    if start + page.entries >= MOST:
        raise FetchError("arXiv", f"the API gives {MOST} papers at most, of {total}")
    base, _, asked = page.request.url.partition("?")
    query = dict(parse_qsl(asked)) | {"start": str(start + page.entries)}
    return replace(page.request, url=f"{base}?{urlencode(query)}")


def _number(body: bytes, name: str) -> int | None:
    found = re.search(rb"<opensearch:%s[^>]*>(\d{1,9})<" % name.encode(), body[:8192])
    return int(found[1]) if found else None


def recognises(body: bytes) -> int:
    """Recognise a feed whose head names arXiv's own servers, or an answer to OAI-PMH."""
    if _oai.looks_like_oai(body):
        return 2
    return 2 if _xml.looks_like_xml_feed(body) and any(m in body[:2048] for m in _MARKS) else 0


def parse(response: Response, source: Source) -> Listing:
    """Read a feed or an API answer.

    Raises:
        FetchError: arXiv answered with a valid feed that states an error.
        ListingError: it is not a feed.
    """
    if _oai.looks_like_oai(response.body):
        return _oai.parse(response, source)
    # Titles and abstracts are plain text but in the RDF, whose abstracts are paragraphs.
    texts = plain if _RDF in response.body[:2048] else literal
    feed = _xml.read(response, source.name, texts)
    if feed.title.startswith("Feed error for query"):
        raise FetchError(
            source.name,
            f"arXiv refused: {feed.title}",
            "see https://arxiv.org/category_taxonomy for the names of categories",
            state="refused",
        )
    if len(feed.entries) == 1 and "/api/errors" in feed.entries[0].id:
        raise FetchError(
            source.name,
            f"arXiv refused the query: {feed.entries[0].summary}",
            "mend the query in url",
            state="refused",
        )
    found = [_entry(raw, source.name) for raw in feed.entries]
    entries = merging.unite(entry for entry in found if entry is not None)
    if feed.entries and not entries:
        raise ListingError(
            source.name, "is a feed without arXiv papers", 'use kind = "feed" for other feeds'
        )
    notes = feed.notes + left_out(found.count(None), "arXiv id or title")
    return Listing(source=source.name, title=feed.title, entries=entries, notes=notes)


def _entry(raw: _xml.RawEntry, source: str) -> Entry | None:
    raw, paper, announce, categories = _old_style(raw)
    paper = paper or identity.arxiv_id(raw.id) or identity.arxiv_link(raw.link)
    if paper is None or not raw.title:
        return None
    opening = _ABSTRACT.match(raw.summary)
    announce = str(raw.raw.get("arxiv_announce_type", "")) or announce
    if opening:
        announce = announce or opening["type"]
    keys = identity.keys(
        source=source,
        title=raw.title,
        url=f"https://arxiv.org/abs/{paper.id}",
        arxiv=paper.id,
        known_doi=identity.doi(str(raw.raw.get("arxiv_doi", ""))),
    )
    return Entry(
        id=keys[0],
        title=raw.title,
        url=f"https://arxiv.org/abs/{paper.id}",
        summary=raw.summary[opening.end() :] if opening else raw.summary,
        authors=_authors(raw),
        categories=categories or raw.tags,
        published=raw.published or raw.updated or _feed_day(raw),
        updated=raw.updated,
        version=paper.version or 1,
        announce=announce.lower(),
        links=(Link(rel="pdf", url=f"https://arxiv.org/pdf/{paper.id}"),),
        seen_in=(source,),
        source_ids=(raw.id,) if raw.id else (),
        keys=keys,
        authority=Authority.ARCHIVE,
    )


def _old_style(
    raw: _xml.RawEntry,
) -> tuple[_xml.RawEntry, identity.ArxivId | None, str, tuple[str, ...]]:
    """Take id, category and announcement out of a title of the time before 2024."""
    found = _OLD_TITLE.search(raw.title)
    if not found:
        return raw, None, "", ()
    mark = squash(found["mark"] or "")
    return (
        replace(raw, title=raw.title[: found.start()]),
        identity.arxiv_id(found["id"]),
        _OLD_MARKS.get(mark, "new"),
        (found["category"],),
    )


def _authors(raw: _xml.RawEntry) -> tuple[Author, ...]:
    """Read authors: one each in the API's answer, one string for all in the feeds."""
    if len(raw.authors) > 1:
        return people(plain(name) for name in raw.authors)
    return _one_string(raw.authors[0]) if raw.authors else ()


def _one_string(names: str) -> tuple[Author, ...]:
    """Split arXiv's single string at its commas; a lone name of one word stays a name."""
    parts = split_authors([names])
    if len(parts) == 1 and "," in parts[0].name:
        parts = people(squash(part) for part in parts[0].name.split(","))
    return parts


def _feed_day(raw: _xml.RawEntry) -> datetime | None:
    """Take the month out of the id where the feed dates nothing (the RDF before 2024)."""
    paper = identity.arxiv_id(raw.id) or identity.arxiv_link(raw.link)
    if paper is None:
        return None
    digits = paper.id.split("/")[-1]
    year, month = int(digits[:2]), int(digits[2:4])
    return datetime(year + (1900 if year > 90 else 2000), month, 1, tzinfo=UTC)  # noqa: PLR2004 arXiv began in 1991


ADAPTER = Adapter(
    options=Options,
    requests=requests,
    recognises=recognises,
    parse=parse,
    pace=3.0,
    rhythm=Rhythm(
        day=calendar.arxiv_day,
        due=calendar.arxiv_due,
        days=calendar.arxiv_days,
        listed=calendar.arxiv_listed,
    ),
    catch_up=catch_up,
    follow=follow,
)
