"""PubMed: the RSS of a saved search ("Create RSS"), and the XML of E-utilities' efetch.

https://www.ncbi.nlm.nih.gov/books/NBK25499/, https://dtd.nlm.nih.gov/ncbi/pubmed/
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from digest import identity
from digest.errors import ListingError
from digest.model import Author, Authority, Entry, Listing, Request, Response, Source
from digest.sources import Adapter, _tree, _xml
from digest.sources._describe import describe
from digest.sources._fields import broken, left_out, people, split_authors, title_from
from digest.text import plain

PAGE = "https://pubmed.ncbi.nlm.nih.gov/"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ARTICLE_SET = re.compile(rb"<PubmedArticleSet[\s>]")
_FEED_MARK = b"pubmed.ncbi.nlm.nih.gov/rss"
_LOOSE_DATE = re.compile(
    rf"(\d{{4}})(?:\s+((?:{'|'.join(_MONTHS)})[a-z]*))?\b", re.IGNORECASE
)  # "1998 Nov-Dec", "2000 Spring"
_NUMBERS = re.compile(r"\s*PMID:\s*\d+(?:\s*\|.{0,300})?$")
_PMID = re.compile(r"pubmed(?:\.ncbi\.nlm\.nih\.gov)?[:/](\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """``url``: the address that "Create RSS" on a PubMed search gives, or one of efetch."""

    url: str


def requests(source: Source) -> tuple[Request, ...]:
    """Ask for the listing."""
    assert isinstance(source.options, Options)  # noqa: S101 configured by this very adapter
    return (Request(url=source.options.url, accept="application/rss+xml, application/xml"),)


def recognises(body: bytes) -> int:
    """Recognise an article set, or a feed whose head names PubMed."""
    head = body[:4096]
    return 2 if _ARTICLE_SET.search(head) or _FEED_MARK in head else 0


def parse(response: Response, source: Source) -> Listing:
    """Read a feed or an article set.

    Raises:
        ListingError: it is neither.
    """
    if _ARTICLE_SET.search(response.body[:4096]):
        return _article_set(response, source)
    feed = _xml.read(response, source.name)
    found = [_from_feed(raw, source.name) for raw in feed.entries]
    entries = tuple(entry for entry in found if entry is not None)
    notes = feed.notes + left_out(found.count(None), "title and text")
    return Listing(source=source.name, title=feed.title, entries=entries, notes=notes)


def _from_feed(raw: _xml.RawEntry, source: str) -> Entry | None:
    pmid = _PMID.search(raw.id) or _PMID.search(raw.link)
    identifiers = [str(raw.raw.get(name, "")) for name in ("dc_identifier", "prism_doi")]
    number = next((identity.doi(value) for value in identifiers if "10." in value), "")
    return _entry(
        source,
        pmid=pmid[1] if pmid else "",
        number=number,
        title=raw.title,
        summary=_abstract(raw),
        authors=split_authors(raw.authors),
        venue=plain(str(raw.raw.get("dc_source", ""))),
        published=raw.published,
    )


def _abstract(raw: _xml.RawEntry) -> str:
    """Take the abstract out of the content; the description is cut at 500 characters.

    The content is a citation, ABSTRACT, the abstract, and at the end the entry's PMID and DOI.
    """
    whole = max(
        (plain(str(part.get("value", ""))) for part in raw.raw.get("content", [])), default=""
    )
    _, heading, abstract = whole.partition(" ABSTRACT ")
    said = abstract if heading else plain(str(raw.raw.get("summary", ""))) or whole
    return _NUMBERS.sub("", said)


def _article_set(response: Response, source: Source) -> Listing:
    tree, fault = _tree.read(response.body)
    if tree is None:
        said = f"is not an article set but {describe(response.body)}"
        raise ListingError(source.name, said, "ask efetch with retmode=xml")
    articles = list(_tree.all_of(tree, "PubmedArticle"))
    cut = bool(fault) and _tree.cut_off(response.body, "PubmedArticle")
    found = [_from_article(one, source.name) for one in (articles[:-1] if cut else articles)]
    entries = tuple(entry for entry in found if entry is not None)
    notes = broken("answer", fault, cut) + left_out(found.count(None), "title and text")
    return Listing(source=source.name, title="PubMed", entries=entries, notes=notes)


def _from_article(article: Any, source: str) -> Entry | None:  # noqa: ANN401 lxml's element
    citation = _tree.child(article, "MedlineCitation")
    paper = _tree.child(citation, "Article")
    if paper is None:
        return None
    # The ids of cited articles stand further down, in a ReferenceList.
    own = _tree.child(article, "PubmedData", "ArticleIdList")
    ids = [*_tree.all_of(paper, "ELocationID"), *(own if own is not None else ())]
    dois = [e.text or "" for e in ids if "doi" in (e.get("EIdType"), e.get("IdType"))]
    parts = [
        f"{label}: {said}" if (label := part.get("Label", "").capitalize()) else said
        for part in _tree.all_of(paper, "AbstractText")
        if (said := _tree.text(part))
    ]
    return _entry(
        source,
        pmid=_tree.text(citation, "PMID"),
        number=identity.doi(dois[0]) if dois else "",
        title=_translated(_tree.text(paper, "ArticleTitle")),
        summary=" ".join(parts),
        authors=_authors(paper),
        venue=_tree.text(paper, "Journal", "Title"),
        published=_date(paper),
    )


def _entry(  # noqa: PLR0913 each is a field
    source: str,
    *,
    pmid: str,
    number: str,
    title: str,
    summary: str,
    authors: tuple[Author, ...],
    venue: str,
    published: datetime | None,
) -> Entry | None:
    title = title.rstrip(".") or title_from(summary)
    if not title:
        return None
    url = f"{PAGE}{pmid}/" if pmid else ""
    keys = identity.keys(source=source, title=title, url=url, known_doi=number, authors=authors)
    return Entry(
        id=keys[0],
        title=title,
        url=url,
        summary=summary,
        authors=authors,
        published=published,
        organization=venue,
        seen_in=(source,),
        source_ids=(f"pubmed:{pmid}",) if pmid else (),
        keys=keys,
        authority=Authority.ARCHIVE,
    )


def _authors(paper: Any) -> tuple[Author, ...]:  # noqa: ANN401
    names = []
    for author in _tree.all_of(paper, "Author"):
        family, given = _tree.text(author, "LastName"), _tree.text(author, "ForeName")
        name = f"{given} {family}".strip() or _tree.text(author, "CollectiveName")
        if name:
            names.append(name)
    return people(names)


def _translated(title: str) -> str:
    """Take off the brackets around a title that PubMed has translated: ``[Of looms].``."""
    found = re.fullmatch(r"\[([^\[\]]*)\]\.?", title)
    return found[1] if found else title


def _date(paper: Any) -> datetime | None:  # noqa: ANN401
    """Read the electronic date, else the issue's; a month may be a name, a day may lack.

    Of a MedlineDate, as "1998 Nov-Dec", the first month counts.
    """
    for place in (("ArticleDate",), ("Journal", "JournalIssue", "PubDate")):
        found = _tree.child(paper, *place)
        year, month, day = (_tree.text(found, part) for part in ("Year", "Month", "Day"))
        if loose := _LOOSE_DATE.match(_tree.text(found, "MedlineDate")):
            year, month = loose[1], loose[2] or ""
        if year.isdecimal():
            with contextlib.suppress(ValueError, OverflowError):
                return datetime(int(year[:5]), _month(month), int(day or 1), tzinfo=UTC)
    return None


def _month(said: str) -> int:
    if said.isdecimal():
        return int(said)
    return _MONTHS.index(said[:3].lower()) + 1 if said else 1


ADAPTER = Adapter(options=Options, requests=requests, recognises=recognises, parse=parse)
