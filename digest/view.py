"""What templates show: a digest brought to plain texts, numbered through, in reading order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol
from urllib.parse import quote

from digest import mime
from digest.coverage import BROKEN, DOUBTFUL
from digest.latex import to_unicode
from digest.model import Coverage, Digest, Entry, Match, Subscriber
from digest.text import opening

SUMMARY_MOST = 420
AUTHORS_MOST = 5
REASONS_MOST = 3
TITLE_MOST = 300
_DARK_GROUND = (0x1C, 0x20, 0x26)
_LINK_WORDS = {"pdf": "PDF", "code": "Code", "project": "Project page", "discussion": "Discussion"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One entry as a template sees it; all are plain texts."""

    number: int
    title: str
    url: str
    byline: str
    facts: tuple[str, ...]
    summary: str
    reasons: tuple[str, ...]
    links: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A section as a template sees it; ``more`` says how many it left out, or nothing."""

    title: str
    cards: tuple[Card, ...]
    more: str


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """All that a template may use; docs/templates.md lists it for their writers."""

    title: str
    subject: str
    preheader: str
    greeting: str
    date: str
    summary: str
    sections: tuple[Group, ...]
    left_out: str
    sources: tuple[str, ...]
    warnings: tuple[str, ...]
    email: str
    unsubscribe: str
    unsubscribe_address: str
    postal_address: str
    accent: str
    accent_dark: str
    language: str = "en"
    unsubscribe_page: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the operator chose for every mail."""

    title: str
    sender: str
    reply_to: str = ""
    accent: str = "#0b57d0"
    postal_address: str = ""


class Links(Protocol):
    """Makes the links to a subscriber's own pages; an empty link means that there is no page."""

    def unsubscribe(self, subscriber_id: str) -> str:
        """Give the link that ends the subscription."""

    def preferences(self, subscriber_id: str) -> str:
        """Give the link to the subscriber's preferences."""

    def feedback(self, subscriber_id: str, entry_id: str, liked: bool) -> str:
        """Give the link that asks for more or less like an entry."""

    def archive(self, subscriber_id: str, day: date) -> str:
        """Give the link to an edition in the browser."""


def view_of(digest: Digest, subscriber: Subscriber, look: Look, links: Links | None = None) -> View:
    """Bring a digest to what templates show: plain texts, in order, numbered through."""
    sections: list[Group] = []
    number = 0
    for section in digest.sections:
        cards = []
        for match in section.matches:
            number += 1
            cards.append(_card(match, number))
        more = f"and {section.more} more that matched" if section.more else ""
        sections.append(Group(title=section.title, cards=tuple(cards), more=more))
    reply = look.reply_to or mime.sender_of(look.sender)[1]
    return View(
        title=look.title,
        subject=to_unicode(digest.subject),
        preheader=to_unicode(digest.preheader),
        greeting=f"For {subscriber.name}" if subscriber.name else "",
        date=_long_date(digest.edition.date),
        summary=_summary(digest),
        sections=tuple(sections),
        left_out=_left_out(digest),
        sources=tuple(_source(c) for c in digest.coverage if c.state not in BROKEN),
        warnings=tuple(_source(c) for c in digest.coverage if c.state in BROKEN),
        email=subscriber.email,
        unsubscribe=f"mailto:{reply}?subject={quote(f'unsubscribe {subscriber.email}')}",
        unsubscribe_address=reply,
        postal_address=look.postal_address,
        accent=look.accent,
        accent_dark=_lightened(look.accent),
        unsubscribe_page=links.unsubscribe(subscriber.id) if links else "",
    )


def _card(match: Match, number: int) -> Card:
    entry = match.entry
    return Card(
        number=number,
        title=to_unicode(entry.title)[:TITLE_MOST],
        url=entry.url,
        byline=_byline(entry),
        facts=tuple(_facts(entry)),
        summary=opening(to_unicode(entry.summary), SUMMARY_MOST),
        reasons=tuple(dict.fromkeys(to_unicode(e.reason) for e in match.evidence[:REASONS_MOST])),
        links=tuple(
            (_LINK_WORDS[link.rel], link.url) for link in entry.links if link.rel in _LINK_WORDS
        ),
    )


def _byline(entry: Entry) -> str:
    """Name the first authors: all up to five, else four "and 8 more"."""
    names = [to_unicode(author.name) for author in entry.authors]
    if len(names) > AUTHORS_MOST:
        return f"{', '.join(names[: AUTHORS_MOST - 1])} and {len(names) - AUTHORS_MOST + 1} more"
    return ", ".join(names)


def _facts(entry: Entry) -> list[str]:
    facts = [entry.organization, ", ".join(entry.categories[:3])]
    if entry.published:
        facts.append(f"{entry.published.day} {entry.published:%b %Y}")
    if entry.version > 1 and entry.replaced:
        facts.append(f"version {entry.version}")
    if entry.upvotes:
        facts.append(f"{entry.upvotes} upvote{'s' if entry.upvotes != 1 else ''}")
    return [fact for fact in facts if fact]


def _summary(digest: Digest) -> str:
    matched = sum(1 for match in digest.shown if match.interest is not None)
    verb = "matches" if matched == 1 else "match"
    return f"{matched} of {digest.candidates} new entries {verb} your interests."


def _left_out(digest: Digest) -> str:
    """Say how many were left out, and why."""
    parts = [f"{count} {reason}" for reason, count in digest.omitted.items()]
    return f"Left out: {', '.join(parts)}." if parts else ""


def _source(source: Coverage) -> str:
    if source.state in BROKEN:
        return f"{source.source} could not be read ({source.detail or source.state})"
    number = "no new entries" if source.entries == 0 else f"{source.entries} new"
    doubt = f" ({source.state})" if source.state in DOUBTFUL else ""
    return f"{source.source}: {number}{doubt}"


def _long_date(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B %Y}"


def _lightened(colour: str) -> str:
    """Mix the accent with white until it reads on the dark ground (WCAG contrast 4.5)."""
    rgb = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    while _contrast(rgb, _DARK_GROUND) < 5:  # noqa: PLR2004 a little above the 4.5 that is asked
        rgb = [channel + (255 - channel) // 8 + 1 for channel in rgb]
        rgb = [min(channel, 255) for channel in rgb]
    return "#" + "".join(f"{channel:02x}" for channel in rgb)


def _contrast(one: Sequence[int], other: Sequence[int]) -> float:
    """Give the contrast ratio of two colours (WCAG 2.2, "contrast ratio")."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(rgb: Sequence[int]) -> float:
    linear = [
        c / 12.92 if (c := channel / 255) <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4  # noqa: PLR2004
        for channel in rgb
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
