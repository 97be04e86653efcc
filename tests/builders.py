"""Builders of value objects with sensible defaults, for tests that care about one field."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from digest.identity import keys
from digest.match import Ranking, rank
from digest.model import (
    Author,
    Entry,
    Interest,
    Match,
    Profile,
    Response,
    Source,
    Subscriber,
)
from digest.pool import Pool

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)  # a Monday


class Pages:
    """Web pages, as a subscriber would have them."""

    def unsubscribe(self, subscriber_id: str) -> str:
        """Give an address."""
        return f"https://e.org/u/{subscriber_id}"

    def preferences(self, subscriber_id: str) -> str:
        """Give no address: there is no such page."""
        del subscriber_id
        return ""

    def feedback(self, subscriber_id: str, entry_id: str, liked: bool) -> str:
        """Give an address."""
        return f"https://e.org/f/{subscriber_id}/{entry_id}/{liked}"

    def archive(self, subscriber_id: str, day: date) -> str:
        """Give an address."""
        return f"https://e.org/a/{subscriber_id}/{day}"


def entry(  # noqa: PLR0913 each is one thing an entry may be known by
    title: str = "Sparse attention for long documents",
    *,
    source: str = "feed",
    authors: Sequence[str] = (),
    arxiv: str = "",
    doi: str = "",
    guid: str = "",
    url: str = "",
    page: bool = False,
    claimed_doi: str = "",
    **fields: Any,  # noqa: ANN401 the other fields of Entry
) -> Entry:
    """Make an entry whose keys are those a source would give it."""
    people = tuple(Author(name=name) for name in authors)
    found = keys(
        source=source,
        title=title,
        url=url,
        arxiv=arxiv,
        known_doi=doi,
        guid=guid,
        authors=people,
        published=fields.get("published"),
        page=page,
        claimed_doi=claimed_doi,
    )
    made: dict[str, Any] = {
        "id": found[0],
        "keys": found,
        "title": title,
        "url": url,
        "authors": people,
        "seen_in": (source,),
    }
    return Entry(**made | fields)


def interest(**fields: Any) -> Interest:  # noqa: ANN401 the fields of Interest
    """Make an interest that asks for nothing."""
    return Interest(**{"name": "Topic"} | fields)


def subscriber(*interests: Interest, **fields: Any) -> Subscriber:  # noqa: ANN401 of either class
    """Make a subscriber; fields of the profile (limit, trending, ...) may be given too."""
    of_profile = {
        name: fields.pop(name)
        for name in ("limit", "trending", "when_empty", "template")
        if name in fields
    }
    profile = Profile(interests=interests, **of_profile)
    made: dict[str, Any] = {"id": "ada", "email": "ada@example.org", "profile": profile}
    return Subscriber(**made | fields)


def response(body: bytes | str, **fields: Any) -> Response:  # noqa: ANN401 the fields of Response
    """Make what a source answered; texts are sent as UTF-8."""
    made: dict[str, Any] = {
        "url": "",
        "body": body.encode() if isinstance(body, str) else body,
        "fetched_at": NOW,
    }
    return Response(**made | fields)


def source(kind: str = "feed", options: object = None, name: str = "here") -> Source:
    """Make a configured source."""
    return Source(name=name, kind=kind, options=options)


def ranking(wanted: Interest | Profile, *entries: Entry) -> Ranking:
    """Rank entries for one interest or profile."""
    profile = wanted if isinstance(wanted, Profile) else Profile(interests=(wanted,))
    return rank([profile], Pool(entries))[0]


def match(of: Entry, interest: Interest | None = None, score: float = 0.5) -> Match:
    """Make a match without evidence."""
    return Match(entry=of, interest=interest, score=score)
