"""How the digest of an edition is written in a column, and read again.

Entries and pictures are named in it, and are put back in when it is read.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import chain
from operator import attrgetter
from types import NoneType
from typing import Any, cast

from digest.errors import Problem, StoreError
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

# A match as it is kept: entry, upvotes, interest, score, evidence, picture; None where it has none.
# Evidence is one row, too: matcher, reason and score of each.
Row = Sequence[Any]
_UPVOTES = attrgetter("upvotes")
_DAMAGED, _RESTORE = "damaged in the database", "restore it from a backup"
# What a match has in each place of its row, and evidence in each of its three.
_KINDS: Sequence[set[type]] = (
    {str},
    {int, NoneType},
    {str, NoneType},
    {int, float},
    {list},
    {str, NoneType},
)
_EVIDENCE: Sequence[set[type]] = ({str}, {str}, {int, float})
_EVIDENCE_AT = 4
_FASTEST = 1  # of zlib's levels; a quarter is left


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDigest:
    """A digest as planned, its entries by id: they are read when it is rendered.

    One that the database holds damaged has no content, shows nothing, and is not put together.
    """

    content: Mapping[str, Any]

    @classmethod
    def of(cls, stored: bytes) -> StoredDigest:
        """Read what ``written`` gave, as the database holds it: bytes, as others are no text."""
        try:
            content = json.loads(stored.decode())
            _check(content)
        except (ValueError, LookupError, TypeError, RecursionError):
            return cls(content={})
        return cls(content=content)

    @property
    def damaged(self) -> bool:
        """Whether the database holds it no more as it was written."""
        return not self.content

    @property
    def _rows(self) -> Iterator[Row]:
        return chain.from_iterable(map(_rows_of, self.content.get("sections", ())))

    @property
    def entry_ids(self) -> tuple[str, ...]:
        """The entries it shows."""
        return tuple([row[0] for row in self._rows])

    def interest_of(self, entry_id: str) -> str | None:
        """Name the interest that an entry is shown for; None where it is for none."""
        return next((row[2] for row in self._rows if row[0] == entry_id), None)

    @property
    def pictures(self) -> Mapping[str, str]:
        """The names of the pictures it carries, by their entries' ids."""
        return {row[0]: row[5] for row in self._rows if row[5] is not None}

    def digest(
        self,
        edition: Edition,
        entries: Mapping[str, Entry],
        pictures: Mapping[str, Thumbnail],
    ) -> Digest:
        """Put the entries back in, and the pictures by their names.

        Raises:
            StoreError: it is damaged.
        """
        if self.damaged:
            raise StoreError(str(Problem(f"the digest of {edition.date}", _DAMAGED, _RESTORE)))
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
                    matches=_matches(_rows_of(section), entries),
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

    ``packed`` is its ``text``, compressed: thousands wait for others who want the same. ``shown``
    are its entries' ids and versions; ``candidates`` = those shown + the sum over ``omitted``;
    ``empty`` says that it has nothing to say.
    """

    packed: bytes
    shown: tuple[tuple[str, int], ...]
    candidates: int
    omitted: Mapping[str, int]
    empty: bool

    @classmethod
    def of(cls, digest: Digest) -> Written:
        """Write a digest."""
        return cls(
            packed=zlib.compress(written(digest).encode(), _FASTEST),
            shown=tuple([_shown(match.entry.id, match.entry.version) for match in digest.shown]),
            candidates=digest.candidates,
            omitted=digest.omitted,
            empty=not digest.sections,
        )

    @property
    def text(self) -> str:
        """The digest as JSON."""
        return zlib.decompress(self.packed).decode()


@lru_cache(maxsize=20_000)
def _shown(entry_id: str, version: int) -> tuple[str, int]:
    """Give one object for all digests that show an entry."""
    return entry_id, version


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
    evidence = [f"{_json(e.matcher)},{_json(e.reason)},{_float(e.score)}" for e in match.evidence]
    # What changes by the hour is kept, so that a retry sends the same mail.
    upvotes = "null" if entry.upvotes is None else entry.upvotes
    return (
        f"[{_json(entry.id)},{upvotes},{'null' if interest is None else _json(interest.name)},"
        f"{_float(match.score)},[{','.join(evidence)}],{_json(found.name) if found else 'null'}]"
    )


def _check(content: Mapping[str, Any]) -> None:
    """Look whether a digest is of the shape that ``written`` gives.

    Raises:
        TypeError, LookupError, ValueError, RecursionError: it is not.
    """
    sections, omitted, coverage = content["sections"], content["omitted"], content["coverage"]
    _are([sections, coverage, *[one["matches"] for one in sections]], {list})
    _are([omitted, *coverage], {dict})
    texts = [content["subject"], content["preheader"], *[one["title"] for one in sections]]
    _are([*texts, content.get("template", ""), content.get("language", "")], {str})
    counts = [content["candidates"], *omitted.values(), *[one["more"] for one in sections]]
    _are([*counts, content.get("summary_most", SUMMARY_MOST)], {int})
    told = [Coverage(**row) for row in coverage]
    _are([text for one in told for text in (one.source, one.state, one.detail)], {str})
    _are([one.entries for one in told], {int})
    rows = list(chain.from_iterable(map(_rows_of, sections)))
    _are(rows, {list})
    if rows:
        columns = list(zip(*rows, strict=True))
        for column, kinds in zip(columns, _KINDS, strict=True):
            _are(column, kinds)
        evidence = columns[_EVIDENCE_AT]
        if any(len(one) % len(_EVIDENCE) for one in evidence):
            raise ValueError
        reasons = list(chain.from_iterable(evidence))
        for at, kinds in enumerate(_EVIDENCE):
            _are(reasons[at :: len(_EVIDENCE)], kinds)


def _are(values: Iterable[object], kinds: set[type]) -> None:
    """Look whether all values are of some kinds.

    Raises:
        TypeError: one is of another.
    """
    if not set(map(type, values)) <= kinds:
        raise TypeError


def _rows_of(section: Mapping[str, Any]) -> Sequence[Row]:
    """Give the matches of a section; an earlier version kept each with the names of its fields."""
    found: Sequence[Any] = section["matches"]
    return [_row(one) for one in found] if found and isinstance(found[0], dict) else found


def _row(named: Mapping[str, Any]) -> Row:
    evidence = list(chain.from_iterable(named["evidence"]))
    fields = [named[name] for name in ("entry", "upvotes", "interest", "score")]
    return [*fields, evidence, named.get("picture")]


def _matches(rows: Sequence[Row], entries: Mapping[str, Entry]) -> tuple[Match, ...]:
    """Put the entries back into matches, at C's speed; one whose entry is gone is left out."""
    if not rows:
        return ()
    ids, upvotes, interests, scores, evidence, _ = zip(*rows, strict=True)
    found = list(map(entries.get, ids))
    if not all(found):
        return _matches([row for row in rows if row[0] in entries], entries)
    shown = cast("list[Entry]", found)
    if tuple(map(_UPVOTES, shown)) != upvotes:
        shown = list(map(_as_shown, shown, upvotes))
    columns = zip(shown, map(_interest, interests), scores, map(_evidence, evidence), strict=True)
    return tuple(map(_match, columns))


_match: Callable[[tuple[Any, ...]], Match] = partial(tuple.__new__, Match)  # of a tuple


@lru_cache(maxsize=4096)
def _as_shown(entry: Entry, upvotes: int | None) -> Entry:
    """Give an entry as it was when it was chosen: the same one to all who see it so."""
    return entry if entry.upvotes == upvotes else replace(entry, upvotes=upvotes)


@lru_cache(maxsize=4096)
def _interest(name: str | None) -> Interest | None:
    return None if name is None else Interest(name=name)


def _evidence(told: Sequence[Any]) -> tuple[Evidence, ...]:
    """Read evidence: two texts and a number, in turns."""
    one = iter(told)
    return tuple(map(_one_of, zip(one, one, one, strict=True)))


_one_of: Callable[[tuple[Any, ...]], Evidence] = partial(tuple.__new__, Evidence)
