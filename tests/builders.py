"""Builders of value objects with sensible defaults, for tests that care about one field."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

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
from digest.space import TRANSFORMER, Floats, Space, Tuning, unit
from digest.taste import against, texts, wording
from digest.text import tokens

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)  # a Monday


class Pages:
    """Web pages, as a subscriber would have them."""

    def unsubscribe(self, subscriber_id: str) -> str:
        """Give an address."""
        return f"https://e.org/u/{subscriber_id}"

    def preferences(self, subscriber_id: str, day: date) -> str:
        """Give no address: there is no such page."""
        del subscriber_id, day
        return ""

    def feedback(self, subscriber_id: str, day: date) -> str:
        """Give how addresses begin."""
        return f"https://e.org/f/{subscriber_id}/{day}"

    def judgement(self, entry_id: str, *, liked: bool) -> str:
        """Give how an address goes on."""
        return f"/{entry_id}/{liked}"

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


class Toy:
    """A model that knows words only: each is a random direction, a text the sum of its words.

    ``asked`` are the texts that it was given so far.
    """

    static = False
    statistics: Path | None = None

    def __init__(self, name: str = "toy", width: int = 16) -> None:
        """Make a model; another ``name`` has other directions."""
        self.name = name
        self.width = width
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> Floats:
        """Give one vector of length 1 for each text; zero for one without words."""
        self.asked.extend(texts)
        rows = np.zeros((len(texts), self.width), np.float32)
        for row, text in enumerate(texts):
            for word in tokens(text):
                rows[row] += _direction(f"{self.name} {word}", self.width)
        return unit(rows)


@cache
def _direction(name: str, width: int) -> Floats:
    return np.random.default_rng(crc32(name.encode())).normal(size=width).astype(np.float32)


def meant(pool: Pool, *interests: Interest, tuning: Tuning = TRANSFORMER) -> Pool:
    """Give the pool in the space of a toy model, which holds the interests' texts too."""
    rows = Toy().embed([wording(one.title, one.summary) for one in pool.entries])
    asked = [
        text.wording
        for wanted in interests
        for text in (*texts(wanted, pool.library), *against(wanted, pool.library))
    ]
    vectors = dict(zip(asked, Toy().embed(asked), strict=True))
    return pool.within(Space(rows, tuning=tuning, vectors=vectors))
