"""Writes a subscriber's matches as an Atom feed (RFC 4287) and a JSON Feed 1.1. Pure.

A feed names nobody, and links to no page but those of its entries and itself: its address is given
to programs, and must not open more than it says.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, SubElement, tostring

from digest.cleaning import shown, sound_url, titled, whole
from digest.emphasis import bare
from digest.language import Language
from digest.model import Match
from digest.reasons import why
from digest.text import opening

ATOM, JSON_FEED = "application/atom+xml", "application/feed+json"
_NAMESPACE = "http://www.w3.org/2005/Atom"
_VERSION = "https://jsonfeed.org/version/1.1"
_TITLE_MOST = 300
_SUMMARY_MOST = 1200
_NAME_MOST = 200
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
# What XML 1.0 cannot hold (section 2.2).
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMatch:
    """A match, and when it was sent."""

    match: Match
    sent_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """What is said of a feed: its title, its own address, and its language."""

    title: str
    url: str
    words: Language
    matches: Sequence[SentMatch]

    @property
    def updated(self) -> datetime:
        """When the newest match was sent; where there is none, a time before all of them."""
        return max((one.sent_at for one in self.matches), default=_NEVER)


def _identity(url: str, entry_id: str) -> str:
    """Name an entry within a feed for good (RFC 4122 section 4.3)."""
    return uuid.uuid5(uuid.uuid5(uuid.NAMESPACE_URL, url), entry_id).urn


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


def _text(one: SentMatch, words: Language) -> str:
    """Say what it is about, and why it was sent."""
    entry = one.match.entry
    said = opening(whole(entry.summary or entry.tldr), _SUMMARY_MOST)
    reason = bare(why(one.match.evidence, words))
    because = f"{words.say('Why:')} {reason}" if reason else ""
    return "\n\n".join(part for part in (said, because) if part)


def _tags(one: SentMatch) -> list[str]:
    interest = one.match.interest
    named = [interest.name] if interest else []
    return [shown(name, _NAME_MOST) for name in (*named, *one.match.entry.categories)]


def _authors(one: SentMatch) -> Iterable[str]:
    return (shown(author.name, _NAME_MOST) for author in one.match.entry.authors)


def atom(feed: Feed) -> bytes:
    """Write an Atom feed."""
    root = Element("feed", {"xmlns": _NAMESPACE, "xml:lang": feed.words.code})
    _add(root, "id", _identity(feed.url, ""))
    _add(root, "title", feed.title)
    _add(root, "updated", _moment(feed.updated))
    SubElement(root, "link", {"rel": "self", "type": ATOM, "href": feed.url})
    # Each feed has an author, or each of its entries (section 4.1.1); some entries have none.
    _add(SubElement(root, "author"), "name", feed.title)
    for sent in feed.matches:
        entry, one = sent.match.entry, SubElement(root, "entry")
        _add(one, "id", _identity(feed.url, entry.id))
        _add(one, "title", titled(entry.title, _TITLE_MOST))
        _add(one, "updated", _moment(sent.sent_at))
        if entry.published:
            _add(one, "published", _moment(entry.published))
        for name in _authors(sent):
            _add(SubElement(one, "author"), "name", name)
        for tag in _tags(sent):
            SubElement(one, "category", {"term": _clean(tag)})
        if url := sound_url(entry.url):
            SubElement(one, "link", {"rel": "alternate", "href": url})
        # Without a link there must be content (section 4.1.2); plain text, which runs nothing.
        _add(one, "summary" if url else "content", _text(sent, feed.words))
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _add(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = _clean(text)


def _clean(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)


def json_feed(feed: Feed) -> bytes:
    """Write a JSON Feed (https://www.jsonfeed.org/version/1.1/)."""
    content = {
        "version": _VERSION,
        "title": feed.title,
        "feed_url": feed.url,
        "language": feed.words.code,
        "items": [_json_item(feed, one) for one in feed.matches],
    }
    return json.dumps(content, ensure_ascii=False).encode(errors="replace")


def _json_item(feed: Feed, one: SentMatch) -> dict[str, object]:
    entry, url = one.match.entry, sound_url(one.match.entry.url)
    said: dict[str, object] = {
        "id": _identity(feed.url, entry.id),
        "url": url,
        "title": titled(entry.title, _TITLE_MOST),
        "content_text": _text(one, feed.words),
        "date_published": _moment(entry.published or one.sent_at),
        "date_modified": _moment(one.sent_at),
        "authors": [{"name": name} for name in _authors(one)],
        "tags": _tags(one),
    }
    return {name: value for name, value in said.items() if value or name == "content_text"}
