"""digest.store.digests: what is written of a digest, and read again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from builders import entry
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import StoreError
from digest.model import Coverage, Digest, Edition, Evidence, Interest, Match, Section, Thumbnail
from digest.store.digests import StoredDigest, written

FIRST, SECOND = entry("One paper", upvotes=3), entry("Another")
PICTURE = Thumbnail(name="p", jpeg=b"1", width=2, height=1)
EVIDENCE = (
    Evidence(matcher="keywords", reason="“hash” in the title", score=0.5),
    Evidence(matcher="authors", reason="by \ud800, whom you follow", score=0.25),
)
DIGEST = Digest(
    edition=Edition(subscriber_id="ada", date=date(2026, 3, 2)),
    subject="Mon 2 Mar",
    preheader="„Some“",
    sections=(
        Section(
            title="Topic",
            matches=(
                Match(FIRST, Interest(name="Topic"), 0.75, EVIDENCE),
                Match(SECOND, None, 0.0),
            ),
            more=2,
        ),
    ),
    pictures={SECOND.id: PICTURE},
)
STORED = written(
    replace(DIGEST, omitted={"below": 7}, coverage=(Coverage(source="s", state="fresh"),))
).encode()
# As an earlier version kept it, but for what both keep alike.
NAMED = [
    {
        "entry": FIRST.id,
        "upvotes": 3,
        "interest": "Topic",
        "score": 0.75,
        "evidence": [[one.matcher, one.reason, one.score] for one in EVIDENCE],
    },
    {
        "picture": "p",
        "entry": SECOND.id,
        "upvotes": None,
        "interest": None,
        "score": 0.0,
        "evidence": [],
    },
]


def kept(matches: object = None) -> StoredDigest:
    """Write the digest and read it; with other ``matches`` in its section, if so wished."""
    content = json.loads(written(DIGEST).encode())
    if matches:
        content["sections"][0]["matches"] = matches
    return StoredDigest.of(json.dumps(content).encode())


def read(stored: StoredDigest) -> tuple[object, ...]:
    """Give all that can be asked of what is kept."""
    entries = {one.id: one for one in (FIRST, SECOND)}
    digest = stored.digest(DIGEST.edition, entries, {"p": PICTURE})
    named = [stored.interest_of(one) for one in (FIRST.id, SECOND.id)]
    return digest, stored.entry_ids, stored.pictures, named


def test_a_digest_is_read_as_it_was_written() -> None:
    """All that a digest says is kept, whatever the letters."""
    expected = (DIGEST, (FIRST.id, SECOND.id), {SECOND.id: "p"}, ["Topic", None])
    assert expected == read(kept())


def test_an_earlier_versions_digest_is_read_alike() -> None:
    """Matches with names for their fields are read like those without."""
    assert read(kept()) == read(kept(NAMED))


def test_an_entry_that_is_gone_is_left_out() -> None:
    """A match whose entry is not there any more is not shown."""
    found = kept().digest(DIGEST.edition, {SECOND.id: SECOND}, {})
    assert [SECOND] == [match.entry for match in found.shown]


def test_upvotes_are_those_of_the_day_it_was_planned() -> None:
    """An entry that was voted for since is shown with the votes that it had: a retry is alike."""
    now = {one.id: replace(one, upvotes=9) for one in (FIRST, SECOND)}
    found = kept().digest(DIGEST.edition, now, {})
    assert [3, None] == [match.entry.upvotes for match in found.shown]


@given(st.integers(0, len(STORED) - 1))
def test_a_digest_that_breaks_off_is_damaged(at: int) -> None:
    """Wherever its text ends, it names no entry, and says what is wrong, and the cure."""
    found = StoredDigest.of(STORED[:at])
    said = "the digest of 2026-03-02: damaged in the database; restore it from a backup"
    with pytest.raises(StoreError, match=said):
        found.digest(DIGEST.edition, {}, {})
    assert ((), {}) == (found.entry_ids, found.pictures)


@given(st.integers(0, len(STORED) - 1), st.integers(0, 7))
def test_a_bit_that_is_flipped_stops_nobody(at: int, bit: int) -> None:
    """It is noticed, or the digest is put together with what it says now."""
    stored = bytearray(STORED)
    stored[at] ^= 1 << bit
    found = StoredDigest.of(bytes(stored))
    entries = dict.fromkeys(found.entry_ids, FIRST)
    read = () if found.damaged else found.digest(DIGEST.edition, entries, {}).shown
    assert len(found.entry_ids) == len(read)


def places(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Give the way to each value within JSON."""
    items = value.items() if isinstance(value, dict) else enumerate(value)  # type: ignore[arg-type]
    for key, within in items:
        yield (*path, key)
        if isinstance(within, dict | list):
            yield from places(within, (*path, key))


@pytest.mark.parametrize("path", [*places(json.loads(STORED))], ids=str)
@pytest.mark.parametrize("other", [{"a": 1}, [0], True])
def test_a_value_of_another_kind_is_noticed(path: tuple[Any, ...], other: object) -> None:
    """Whatever stands in the place of a value, that no such digest has there."""
    content = json.loads(STORED)
    within = content
    for key in path[:-1]:
        within = within[key]
    if isinstance(other, type(within[path[-1]])):
        other = "other" if isinstance(other, bool) else True
    within[path[-1]] = other
    assert StoredDigest.of(json.dumps(content).encode()).damaged


@pytest.mark.parametrize("more", [["m"], ["m", "a reason"]])
def test_evidence_that_is_not_whole_is_noticed(more: list[str]) -> None:
    """Each piece has three parts."""
    content = json.loads(STORED)
    content["sections"][0]["matches"][0][4] += more
    assert StoredDigest.of(json.dumps(content).encode()).damaged


@pytest.mark.parametrize("stored", [b"", b"[]", b"{}", b"0", b"\xff", b"[" * 100_000])
def test_what_is_no_digest_is_damaged(stored: bytes) -> None:
    """Whatever else the database holds is no digest."""
    assert StoredDigest.of(stored).damaged
