"""digest.store.digests: what is written of a digest, and read again."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from builders import entry
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import StoreError
from digest.model import Digest, Edition, Evidence, Interest, Match, Section, Thumbnail
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
    return StoredDigest(content=content)


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


@given(st.integers(0, len(written(DIGEST)) - 1))
def test_a_digest_that_breaks_off_shows_nothing(at: int) -> None:
    """Wherever its text ends, it names no entry, and says that it is damaged."""
    found = StoredDigest.of(written(DIGEST)[:at])
    with pytest.raises(StoreError, match="damaged"):
        found.digest(DIGEST.edition, {}, {})
    assert ((), {}) == (found.entry_ids, found.pictures)


@pytest.mark.parametrize(
    "text", ["[]", "{}", "0", '{"sections":[0]}', '{"sections":[{"matches":[[[],0,0,0,0,[]]]}]}']
)
def test_what_is_no_digest_is_damaged(text: str) -> None:
    """JSON of another shape is noticed before its entries are looked for."""
    assert StoredDigest.of(text).damaged


@pytest.mark.parametrize("gone", ["subject", "omitted", "coverage"])
def test_a_digest_without_some_of_it_is_damaged(gone: str) -> None:
    """What is missed only once it is put together is told alike."""
    content = json.loads(written(DIGEST))
    del content[gone]
    with pytest.raises(StoreError, match="damaged"):
        StoredDigest.of(json.dumps(content)).digest(DIGEST.edition, {}, {})
