"""Reads a Daily Papers page saved as text.

Two shapes occur. In one, blank lines part title, abstract and a tail: an organisation or
"• N authors", a "·", a date with the upvotes behind it. In the other a title line is followed
by its abstract line. Any part may be missing; an abstract alone makes an entry. Both begin with
the page's own chrome.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import pairwise

from digest import identity
from digest.model import Authority, Entry, Listing, Response, Source
from digest.sources._fields import title_from
from digest.text import plain, repair, squash

_CHROME = re.compile(
    r"^(?:new|subscribe|login|log in|sign up|daily papers?|papers|trending papers|trending|daily|"
    r"weekly|monthly|all|today|models|datasets|spaces|docs|pricing|hugging face|load more|"
    r"submit|previous|next|by\s?AK and the research community|"
    r"get trending papers in your (?:email )?inbox.*)$",
    re.IGNORECASE,
)
_GLUED = re.compile(r"^Subscribe(?=[^\sa-z])")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATE = re.compile(
    r"^(?P<month>Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec)[a-z]*\.? (?P<day>\d{1,2})"
    r"(?:, (?P<year>\d{4}))?(?:\s+(?P<upvotes>\d[\d.,]*k?))?$",
    re.IGNORECASE,
)
_AUTHORS = re.compile(r"^[•*-]\s*(\d+)\s+authors?$", re.IGNORECASE)
_UPVOTES = re.compile(r"^\d{1,6}$")
_DOT = frozenset({"·", "•", "-"})
_MARK = re.compile(rb"(?m)^\s*Get trending papers in your email inbox")
_TITLE = re.compile(r"[^\W_].{5,}[^.,;:]$")
_MOSTLY = 0.8
_PROSE_CHARACTERS = 250
_PROSE_WORDS = 25
_COUNT_DIGITS = 9


@dataclass(slots=True)
class _Draft:
    """What has been read of one paper so far."""

    title: str = ""
    abstract: str = ""
    organization: str = ""
    published: datetime | None = None
    upvotes: int | None = None
    lines: list[str] = field(default_factory=list)


def looks_saved(body: bytes) -> int:
    """Recognise the page's own words (2), or text made of titles and abstracts (1)."""
    if _MARK.search(body[:4096]):
        return 2
    head = body[:65_536].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not head or head[:1] in b"<{[" or b"\x00" in head:
        return 0
    lines = [line for line in map(squash, head.decode("utf-8", "replace").splitlines()) if line]
    lines = [line for line in lines if not _of_page(line)]
    paired = sum(
        2
        for title, abstract in pairwise(lines)
        if _is_prose(abstract) and not _is_prose(title) and _TITLE.match(title)
    )
    return int(paired > 0 and paired >= _MOSTLY * len(lines))


def _of_page(line: str) -> bool:
    """Whether a line is the page's own, or of a paper's tail."""
    return bool(_CHROME.match(line) or _DATE.match(line) or _AUTHORS.match(line) or line in _DOT)


def parse(response: Response, source: Source) -> Listing:
    """Read the papers of a saved page, in its order."""
    text = response.body.decode("utf-8-sig", "replace")
    drafts = _drafts(text, response.fetched_at)
    entries = tuple(_entry(draft, source.name) for draft in drafts)
    return Listing(source=source.name, title="Daily Papers (saved page)", entries=entries)


def _drafts(text: str, now: datetime) -> list[_Draft]:
    drafts: list[_Draft] = []
    draft = _Draft()
    for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n")):
        lines = [line for line in map(squash, block.split("\n")) if line]
        while lines and _is_tail(lines) and (draft.title or draft.abstract):
            _read_tail(draft, lines, now)
        for line in lines:
            draft = _read_line(line, draft, drafts)
    if draft.abstract or draft.title:
        drafts.append(draft)
    return [found for found in drafts if found.abstract]


def _read_line(line: str, draft: _Draft, drafts: list[_Draft]) -> _Draft:
    """Take a title or an abstract; a second one of either begins the next paper."""
    line = _GLUED.sub("", line)
    if _CHROME.match(line) or _DATE.match(line) or line in _DOT or _UPVOTES.match(line):
        return draft
    prose = _is_prose(line)
    if (draft.abstract and (not prose or draft.published or draft.lines)) or draft.abstract:
        drafts.append(draft)
        draft = _Draft()
    if prose:
        draft.abstract = line
    else:
        draft.title = line
    return draft


def _is_prose(line: str) -> bool:
    words = len(line.split())
    return len(line) > _PROSE_CHARACTERS or (words >= _PROSE_WORDS and line[-1] in ".!?…")


def _is_tail(lines: list[str]) -> bool:
    """Whether a block is the tail of a paper: dated, dotted, or counting authors."""
    return len(lines) <= 4 and any(  # noqa: PLR2004 organisation, dot, date, upvotes
        line in _DOT or _AUTHORS.match(line) or _DATE.match(line) for line in lines
    )


def _read_tail(draft: _Draft, lines: list[str], now: datetime) -> None:
    for line in lines:
        dated = _DATE.match(line)
        if dated:
            draft.published = _day(dated, now)
            if dated["upvotes"]:
                draft.upvotes = _count(dated["upvotes"])
        elif _UPVOTES.match(line):
            draft.upvotes = int(line)
        elif line not in _DOT and not _AUTHORS.match(line):
            draft.organization = _organization(line)
    draft.lines.extend(lines)
    lines.clear()


def _day(found: re.Match[str], now: datetime) -> datetime | None:
    """Read a date; the page leaves the year out for the running one."""
    month = _MONTHS.index(found["month"][:3].lower()) + 1
    try:
        if found["year"]:
            return datetime(int(found["year"]), month, int(found["day"]), tzinfo=UTC)
        moment = datetime(now.year, month, int(found["day"]), tzinfo=UTC)
        return moment if moment <= now else moment.replace(year=now.year - 1)
    except ValueError:
        return None


def _count(figure: str) -> int:
    """Read ``28``, ``1,204`` or ``1.2k``; 0 for what is no number of upvotes."""
    if len(figure) > _COUNT_DIGITS or figure.count(".") > 1:
        return 0
    figure = figure.lower().replace(",", "")
    if figure.endswith("k"):
        return round(float(figure[:-1].rstrip(".") or 0) * 1000)
    return int(float(figure))


def _organization(line: str) -> str:
    """Take the account's name off: ``internlm Intern Large Models``."""
    account, _, name = line.partition(" ")
    return name or account


def _entry(draft: _Draft, source: str) -> Entry:
    title = repair(plain(draft.title))
    summary = repair(plain(draft.abstract))
    found = identity.keys(source=source, title=title or title_from(summary), page=True)
    entry = Entry(
        id=found[0],
        title=title or title_from(summary),
        summary=summary,
        organization=plain(draft.organization),
        published=draft.published,
        upvotes=draft.upvotes,
        seen_in=(source,),
        keys=found,
        authority=Authority.DAILY_PAPERS,
    )
    return replace(entry, source_ids=(entry.title,))
