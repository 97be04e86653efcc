"""How the digest of an edition is written in a column, and read again.

Entries and pictures are named in it, and are put back in when it is read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from digest.model import (
    SUMMARY_MOST,
    Coverage,
    Digest,
    Edition,
    Entry,
    Evidence,
    Interest,
    Match,
    Section,
    Thumbnail,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDigest:
    """A digest as planned, its entries by id: they are read when it is rendered."""

    content: Mapping[str, Any]

    @property
    def entry_ids(self) -> tuple[str, ...]:
        """The entries it shows."""
        return tuple(
            [match["entry"] for section in self.content["sections"] for match in section["matches"]]
        )

    def interest_of(self, entry_id: str) -> str | None:
        """Name the interest that an entry is shown for; None where it is for none."""
        for section in self.content["sections"]:
            for match in section["matches"]:
                if match["entry"] == entry_id:
                    interest: str | None = match["interest"]
                    return interest
        return None

    @property
    def pictures(self) -> Mapping[str, str]:
        """The names of the pictures it carries, by their entries' ids."""
        return {
            match["entry"]: match["picture"]
            for section in self.content["sections"]
            for match in section["matches"]
            if "picture" in match
        }

    def digest(
        self,
        edition: Edition,
        entries: Mapping[str, Entry],
        pictures: Mapping[str, Thumbnail],
    ) -> Digest:
        """Put the entries back in, and the pictures by their names."""
        content = self.content
        return Digest(
            edition=edition,
            subject=content["subject"],
            preheader=content["preheader"],
            # Editions planned by an earlier version do not say these.
            summary_most=content.get("summary_most", SUMMARY_MOST),
            template=content.get("template", ""),
            language=content.get("language", ""),
            sections=tuple(
                Section(
                    title=section["title"],
                    more=section["more"],
                    matches=tuple(
                        [
                            _match(match, entries[match["entry"]])
                            for match in section["matches"]
                            if match["entry"] in entries
                        ]
                    ),
                )
                for section in content["sections"]
            ),
            candidates=content["candidates"],
            omitted=content["omitted"],
            coverage=tuple(Coverage(**row) for row in content["coverage"]),
            pictures=pictures
            and {e: pictures[name] for e, name in self.pictures.items() if name in pictures},
        )


@dataclass(frozen=True, eq=False, slots=True, kw_only=True, weakref_slot=True)
class Written:
    """A digest as it goes into the store, once for all who get it; it equals itself alone.

    ``text`` is JSON; ``shown`` are its entries' ids and versions; ``candidates`` = those shown +
    the sum over ``omitted``; ``empty`` says that it has nothing to say.
    """

    text: str
    shown: tuple[tuple[str, int], ...]
    candidates: int
    omitted: Mapping[str, int]
    empty: bool

    @classmethod
    def of(cls, digest: Digest) -> Written:
        """Write a digest."""
        return cls(
            text=written(digest),
            shown=tuple((match.entry.id, match.entry.version) for match in digest.shown),
            candidates=digest.candidates,
            omitted=digest.omitted,
            empty=not digest.sections,
        )


def written(digest: Digest) -> str:
    """Give a digest as JSON keeps it, joined from pieces: many readers' digests have the same."""
    coverage = [
        {"source": c.source, "state": c.state, "detail": c.detail, "entries": c.entries}
        for c in digest.coverage
    ]
    sections = [
        f'{{"title":{_json(section.title)},"more":{section.more},"matches":['
        f"{','.join([_matched(digest, match) for match in section.matches])}]}}"
        for section in digest.sections
    ]
    return (
        f'{{"subject":{_json(digest.subject)},"preheader":{_json(digest.preheader)},'
        f'"summary_most":{digest.summary_most},"template":{_json(digest.template)},'
        f'"language":{_json(digest.language)},"candidates":{digest.candidates},'
        f'"omitted":{_dumped(dict(digest.omitted))},"coverage":{_dumped(coverage)},'
        f'"sections":[{",".join(sections)}]}}'
    )


_dumped = json.JSONEncoder(separators=(",", ":")).encode
_json = json.encoder.encode_basestring_ascii
_float = float.__repr__  # of numpy's floats too


def _matched(digest: Digest, match: Match) -> str:
    entry, interest = match.entry, match.interest
    found = digest.pictures.get(entry.id) if digest.pictures else None
    picture = f'"picture":{_json(found.name)},' if found else ""
    evidence = [f"[{_json(e.matcher)},{_json(e.reason)},{_float(e.score)}]" for e in match.evidence]
    # What changes by the hour is kept, so that a retry sends the same mail.
    upvotes = "null" if entry.upvotes is None else entry.upvotes
    return (
        f'{{{picture}"entry":{_json(entry.id)},"upvotes":{upvotes},'
        f'"interest":{"null" if interest is None else _json(interest.name)},'
        f'"score":{_float(match.score)},"evidence":[{",".join(evidence)}]}}'
    )


def _match(content: Mapping[str, Any], entry: Entry) -> Match:
    upvotes, interest = content["upvotes"], content["interest"]
    return Match(
        entry if entry.upvotes == upvotes else _as_shown(entry, upvotes),
        _interest(interest) if interest is not None else None,
        content["score"],
        tuple([_evidence(*row) for row in content["evidence"]]),
    )


@lru_cache(maxsize=8192)
def _as_shown(entry: Entry, upvotes: int | None) -> Entry:
    """Give an entry as it was when it was chosen: the same one to all who see it so."""
    return replace(entry, upvotes=upvotes)


@lru_cache(maxsize=8192)
def _interest(name: str) -> Interest:
    return Interest(name=name)


@lru_cache(maxsize=8192)
def _evidence(matcher: str, reason: str, score: float) -> Evidence:
    return Evidence(matcher=matcher, reason=reason, score=score)
