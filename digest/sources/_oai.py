"""Reads arXiv's answers to OAI-PMH: the formats arXiv and arXivRaw.

https://info.arxiv.org/help/oa/index.html, https://www.openarchives.org/OAI/openarchivesprotocol.html
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html import unescape
from typing import Any

from digest import identity, merging
from digest.errors import FetchError, ListingError
from digest.model import Author, Authority, Entry, Link, Listing, Response, Source
from digest.sources import _tree
from digest.sources._describe import describe
from digest.sources._fields import broken, left_out, people, split_authors, title_from
from digest.text import literal, plain

_ROOT = re.compile(rb"<(?:\w+:)?OAI-PMH[\s>]")
# It stands behind the last record.
_TOKEN = re.compile(rb"<(?:\w+:)?resumptionToken[^>]*>([^<]{1,2000})</")
_TAIL = 8192


def looks_like_oai(body: bytes) -> bool:
    """Whether the root is an OAI-PMH answer."""
    return bool(_ROOT.search(body[:4096]))


def resumption(body: bytes) -> str:
    """Give the token that asks for the rest of an incomplete list, or "" (OAI-PMH 2.0, 3.5)."""
    found = _TOKEN.search(body, max(len(body) - _TAIL, 0))
    return unescape(found[1].decode("utf-8", "replace")).strip() if found else ""


def parse(response: Response, source: Source) -> Listing:
    """Read an answer to ListRecords or GetRecord; deleted records are passed over.

    Raises:
        FetchError: the answer states an error (but noRecordsMatch, which is an empty listing).
        ListingError: it holds no arXiv metadata.
    """
    tree, fault = _tree.read(response.body)
    if tree is None:
        said = f"is not an OAI-PMH answer but {describe(response.body)}"
        raise ListingError(source.name, said, "ask again")
    error = _tree.child(tree, "error")
    if error is not None and error.get("code") != "noRecordsMatch":
        said = f"the repository refused: {_tree.text(error) or error.get('code')}"
        raise FetchError(source.name, said, "mend the query in url", state="refused")
    papers = [*_tree.all_of(tree, "arXivRaw"), *_tree.all_of(tree, "arXiv")]
    cut = bool(fault) and _tree.cut_off(response.body, "arXivRaw|arXiv")
    found = [_entry(paper, source.name) for paper in (papers[:-1] if cut else papers)]
    entries = merging.unite(entry for entry in found if entry is not None)
    foreign = not papers and not fault and next(_tree.all_of(tree, "metadata"), None) is not None
    if foreign and error is None:
        cure = "ask with metadataPrefix=arXivRaw"
        raise ListingError(source.name, "holds no metadata of arXiv's formats", cure)
    notes = broken("answer", fault, cut) + left_out(found.count(None), "arXiv id or title")
    return Listing(source=source.name, title="arXiv (OAI-PMH)", entries=entries, notes=notes)


def _entry(paper: Any, source: str) -> Entry | None:  # noqa: ANN401 lxml's element
    found = identity.arxiv_id(_tree.text(paper, "id"))
    summary = literal(_tree.text(paper, "abstract"))
    title = literal(_tree.text(paper, "title")) or title_from(summary)
    if found is None or not title:
        return None
    url = f"https://arxiv.org/abs/{found.id}"
    # Several DOIs of one paper stand in one element, parted by spaces.
    number = identity.doi(_tree.text(paper, "doi"))
    keys = identity.keys(source=source, title=title, url=url, arxiv=found.id, known_doi=number)
    versions = [_tree.text(version, "date") for version in _tree.all_of(paper, "version")]
    return Entry(
        id=keys[0],
        title=title,
        url=url,
        summary=summary,
        authors=_authors(paper),
        categories=tuple(_tree.text(paper, "categories").split()),
        published=_moment(versions[0] if versions else _tree.text(paper, "created")),
        updated=_moment(versions[-1] if versions else _tree.text(paper, "updated")),
        version=max(len(versions), 1),
        links=(Link(rel="pdf", url=f"https://arxiv.org/pdf/{found.id}"),),
        seen_in=(source,),
        source_ids=(_tree.text(paper, "id"),),
        keys=keys,
        authority=Authority.ARCHIVE,
    )


def _authors(paper: Any) -> tuple[Author, ...]:  # noqa: ANN401
    """Read authors: an element each in arXiv, one string for all in arXivRaw."""
    each = list(_tree.all_of(paper, "author"))
    if not each:
        return split_authors([_tree.text(paper, "authors")])
    names = (
        plain(f"{_tree.text(one, 'forenames')} {_tree.text(one, 'keyname')}").strip()
        for one in each
    )
    return people(names)


def _moment(said: str) -> datetime | None:
    """Read a date of either format: RFC 5322, or YYYY-MM-DD."""
    try:
        if re.match(r"\d{4}-", said):
            return datetime.fromisoformat(said).replace(tzinfo=UTC)
        return parsedate_to_datetime(said).astimezone(UTC)
    except (ValueError, TypeError):
        return None
