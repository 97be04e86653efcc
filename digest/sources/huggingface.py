"""Hugging Face Daily Papers: https://huggingface.co/api/daily_papers, a JSON list of papers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from digest import calendar, identity
from digest.errors import ListingError
from digest.model import Author, Authority, Entry, Link, Listing, Request, Response, Source
from digest.sources import Adapter, Rhythm, _json
from digest.sources._describe import describe
from digest.sources._fields import left_out, people, safe_url, title_from
from digest.sources._json import count, moment, text
from digest.text import plain, repair, squash

API = "https://huggingface.co/api/daily_papers?limit=100"
PAGE = "https://huggingface.co/papers/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """``url``: another address of the same API, for one date or a mirror."""

    url: str = API


def requests(source: Source) -> tuple[Request, ...]:
    """Ask for the day's papers."""
    options = source.options if isinstance(source.options, Options) else Options()
    return (Request(url=options.url, accept="application/json"),)


def catch_up(source: Source, days: Sequence[date]) -> tuple[Request, ...]:
    """Ask for each of the ``days``."""
    (request,) = requests(source)
    if "date=" in request.url:
        return ()
    joint = "&" if "?" in request.url else "?"
    return tuple(replace(request, url=f"{request.url}{joint}date={day}") for day in days)


def recognises(body: bytes) -> int:
    """Recognise a JSON list of objects that hold a ``paper``."""
    head = body[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    return 2 if head[:1] == b"[" and (b'"paper"' in body or head[1:].strip()[:1] == b"]") else 0


def parse(response: Response, source: Source) -> Listing:
    """Read the API's answer.

    Raises:
        ListingError: it is not a list of papers; an error answer is an object.
    """
    content = _json.loads(response.body)
    if not isinstance(content, list):
        raise ListingError(
            source.name,
            f"is not a Daily Papers list but {describe(response.body)}",
            "the API answers with a JSON list of papers",
        )
    entries = tuple(
        entry
        for row in content
        if isinstance(row, dict) and (entry := _entry(row, source.name)) is not None
    )
    if content and not entries:
        raise ListingError(
            source.name,
            f"is not a Daily Papers list but {describe(response.body)}",
            'each paper is an object with "paper": {"id", "title", ...}',
        )
    dropped = len(content) - len(entries)
    return Listing(
        source=source.name,
        title="Daily Papers",
        entries=entries,
        notes=left_out(dropped, "title and text"),
    )


def _entry(row: Mapping[str, Any], source: str) -> Entry | None:
    paper = row.get("paper")
    if not isinstance(paper, dict):
        return None
    own_id = squash(text(paper, "id"))
    summary = repair(plain(text(paper, "summary") or text(row, "summary")))
    title = repair(plain(text(paper, "title") or text(row, "title"))) or title_from(summary)
    if not title:
        return None
    found = identity.arxiv_id(own_id)
    paper_keys = identity.keys(
        source=source, title=title, arxiv=own_id if found else "", guid="" if found else own_id
    )
    page = f"{PAGE}{found.id}" if found else ""
    return Entry(
        id=paper_keys[0],
        title=title,
        url=f"https://arxiv.org/abs/{found.id}" if found else "",
        summary=summary,
        tldr=plain(text(paper, "ai_summary")),
        authors=_authors(paper),
        announce="new",
        published=moment(paper.get("submittedOnDailyAt")) or moment(row.get("publishedAt")),
        organization=_organization(row) or _organization(paper),
        upvotes=count(paper, "upvotes"),
        comments=count(row, "numComments"),
        links=tuple(_links(paper, page, found)),
        thumbnail=safe_url(text(row, "thumbnail")),
        seen_in=(source,),
        source_ids=(own_id,) if own_id else (),
        keys=paper_keys,
        authority=Authority.DAILY_PAPERS,
    )


def _authors(paper: Mapping[str, Any]) -> tuple[Author, ...]:
    return people(squash(text(row, "name")) for row in _json.rows(paper.get("authors")))


def _organization(row: Mapping[str, Any]) -> str:
    found = _json.table(row, "organization")
    return plain(text(found, "fullname") or text(found, "name"))


def _links(paper: Mapping[str, Any], page: str, found: identity.ArxivId | None) -> list[Link]:
    wanted = [
        ("pdf", f"https://arxiv.org/pdf/{found.id}" if found else ""),
        ("code", safe_url(text(paper, "githubRepo"))),
        ("project", safe_url(text(paper, "projectPage"))),
        ("discussion", page),
    ]
    return [Link(rel=rel, url=url) for rel, url in wanted if url]


ADAPTER = Adapter(
    options=Options,
    requests=requests,
    recognises=recognises,
    parse=parse,
    rhythm=Rhythm(
        day=calendar.weekday,
        due=calendar.weekday_due,
        days=calendar.weekdays,
        listed=calendar.weekday_listed,
    ),
    catch_up=catch_up,
)
