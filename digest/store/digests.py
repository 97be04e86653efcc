"""How a digest is stored: as planned, its entries by id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from digest.model import Coverage, Digest, Edition, Entry, Evidence, Interest, Match, Section


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDigest:
    """A digest as planned, its entries by id: they are read when it is rendered."""

    content: Mapping[str, Any]

    @property
    def entry_ids(self) -> tuple[str, ...]:
        """The entries it shows."""
        return tuple(
            match["entry"] for section in self.content["sections"] for match in section["matches"]
        )

    def digest(self, edition: Edition, entries: Mapping[str, Entry]) -> Digest:
        """Put the entries back in."""
        content = self.content
        return Digest(
            edition=edition,
            subject=content["subject"],
            preheader=content["preheader"],
            sections=tuple(
                Section(
                    title=section["title"],
                    more=section["more"],
                    matches=tuple(
                        _match(match, entries[match["entry"]])
                        for match in section["matches"]
                        if match["entry"] in entries
                    ),
                )
                for section in content["sections"]
            ),
            candidates=content["candidates"],
            omitted=content["omitted"],
            coverage=tuple(Coverage(**row) for row in content["coverage"]),
        )


def content_of(digest: Digest) -> dict[str, Any]:
    """Write a digest as JSON values."""
    return {
        "subject": digest.subject,
        "preheader": digest.preheader,
        "candidates": digest.candidates,
        "omitted": dict(digest.omitted),
        "coverage": [
            {"source": c.source, "state": c.state, "detail": c.detail, "entries": c.entries}
            for c in digest.coverage
        ],
        "sections": [
            {
                "title": section.title,
                "more": section.more,
                "matches": [
                    {
                        "entry": match.entry.id,
                        # What changes by the hour is kept, so that a retry sends the same mail.
                        "upvotes": match.entry.upvotes,
                        "interest": match.interest.name if match.interest else None,
                        "score": match.score,
                        "evidence": [[e.matcher, e.reason, e.score] for e in match.evidence],
                    }
                    for match in section.matches
                ],
            }
            for section in digest.sections
        ],
    }


def _match(content: Mapping[str, Any], entry: Entry) -> Match:
    return Match(
        entry=replace(entry, upvotes=content["upvotes"]),
        interest=Interest(name=content["interest"]) if content["interest"] is not None else None,
        score=content["score"],
        evidence=tuple(
            Evidence(matcher=matcher, reason=reason, score=score)
            for matcher, reason, score in content["evidence"]
        ),
    )
