"""digest.compose: what an edition shows, where, and what it says of the rest."""

from __future__ import annotations

from datetime import date

import pytest
from builders import entry, interest, ranking, subscriber

from digest.compose import compose, select, shortened
from digest.match import rank
from digest.model import Coverage, Digest, Edition, Entry, Evidence, Match, Profile, Subscriber
from digest.pool import Pool

EDITION = Edition(subscriber_id="ada", date=date(2026, 3, 2))
PRUNING = interest(name="Pruning", keywords=("pruning",))
ENTRIES = (
    entry("Cooking pasta", upvotes=9),
    entry("On things", summary="Pruning."),
    entry("Pruning one", upvotes=5),
    entry("Pruning two", announce="replace"),
    entry("Pruning three, a survey"),
    entry("Pruning four"),
    entry("Boiling water", upvotes=3),
)


def made(reader: Subscriber, *entries: Entry, coverage: tuple[Coverage, ...] = ()) -> Digest:
    """Compose an edition of all entries."""
    ranked = ranking(reader.profile, *entries)
    return compose(reader, EDITION, ranked, range(len(entries)), coverage)


def titles(digest: Digest) -> list[tuple[str, list[str]]]:
    """Give the sections with the titles in them."""
    return [(part.title, [m.entry.title for m in part.matches]) for part in digest.sections]


def test_select() -> None:
    """Every candidate is chosen, trending, or left out with its reason."""
    reader = subscriber(interest(keywords=("pruning",), exclude=("survey",)), limit=2, trending=1)
    found = select(ranking(reader.profile, *ENTRIES), range(7), reader.profile)
    omitted = {
        1: "over the limit",
        3: "new version of an older paper",
        4: "excluded by your rules",
        6: "below the threshold",
    }
    assert ((2, 5), (0,), omitted) == (found.chosen, found.trending, found.omitted)


def test_only_candidates_are_selected() -> None:
    """Entries of the pool that are no candidates are neither shown nor counted."""
    reader = subscriber(PRUNING)
    found = compose(reader, EDITION, ranking(reader.profile, *ENTRIES), [0, 2])
    assert ([("Pruning", ["Pruning one"])], 2, {"below the threshold": 1}) == (
        titles(found),
        found.candidates,
        found.omitted,
    )


def test_sections_follow_the_profile() -> None:
    """Sections come in the profile's order, best first in each, trending last."""
    cooking = interest(name="Cooking", keywords=("pasta",))
    reader = subscriber(PRUNING, cooking, interest(name="None", keywords=("x",)), trending=5)
    assert [
        ("Pruning", ["Pruning one", "Pruning three, a survey", "Pruning four", "On things"]),
        ("Cooking", ["Cooking pasta"]),
        ("Trending", ["Boiling water"]),
    ] == titles(made(reader, *ENTRIES))


def test_section_says_how_many_more() -> None:
    """A section counts what the limit kept out of it."""
    found = made(subscriber(PRUNING, limit=1), *ENTRIES)
    assert [("Pruning", 3)] == [(part.title, part.more) for part in found.sections]


@pytest.mark.parametrize(("limit", "trending"), [(1, 0), (2, 1), (15, 3), (15, 0)])
def test_candidates_are_shown_or_counted(limit: int, trending: int) -> None:
    """Candidates are what is shown plus what is left out."""
    found = made(subscriber(PRUNING, limit=limit, trending=trending), *ENTRIES)
    assert found.candidates == len(found.shown) + sum(found.omitted.values())


def test_trending_takes_nothing_that_was_ruled_out() -> None:
    """Neither excluded entries nor replacements nor those without votes trend."""
    reader = subscriber(interest(keywords=("x",), exclude=("alpha",)), trending=9)
    found = made(
        reader,
        entry("alpha", upvotes=9),
        entry("beta", upvotes=8, announce="replace"),
        entry("gamma", upvotes=0),
        entry("delta", upvotes=1),
    )
    assert [("Trending", ["delta"])] == titles(found)


@pytest.mark.parametrize(("votes", "reason"), [(1, "1 upvote"), (2, "2 upvotes")])
def test_trending_evidence(votes: int, reason: str) -> None:
    """A trending entry says how many voted for it."""
    (found,) = made(subscriber(trending=1), entry(upvotes=votes)).shown
    said = Evidence(matcher="popularity", reason=reason, score=0.0)
    assert Match(entry=found.entry, interest=None, score=0.0, evidence=(said,)) == found


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ((entry("Pruning"),), "Mon 2 Mar: Pruning"),
        (
            (entry("Of it", summary="pruning of trees"), entry("Pruning")),
            "Mon 2 Mar: Pruning + 1 more",
        ),
        ((entry("Pasta"),), "Mon 2 Mar: nothing new for you"),
        (
            (entry("Pruning networks without forgetting what they once have learned"),),
            "Mon 2 Mar: Pruning networks without forgetting what they…",
        ),
    ],
)
def test_subject(entries: tuple[Entry, ...], expected: str) -> None:
    """The subject is the date and the best title, within sixty characters."""
    assert expected == made(subscriber(PRUNING), *entries).subject


def test_subject_uses_its_room() -> None:
    """A title without spaces fills the subject to its sixtieth character."""
    reader = subscriber(interest(authors=("Graves",)))
    assert 60 == len(made(reader, entry("x" * 99, authors=["Graves"])).subject)


READ = Coverage(source="one", state="read", entries=1)
LOST = Coverage(source="two", state="unreachable")


@pytest.mark.parametrize(
    ("entries", "coverage", "expected"),
    [
        (
            (entry("Pasta"),),
            (READ,),
            "0 of 1 new entries match your interests. Every source was read.",
        ),
        (
            (),
            (READ, LOST),
            "0 of 0 new entries match your interests. Not read: two.",
        ),
        (
            (entry("Pruning"),),
            (READ,),
            "1 of 1 new entries matches your interests. “pruning” in the title",
        ),
        (
            (entry("Pruning"), entry("Pruning b"), entry("Pasta")),
            (READ,),
            "2 of 3 new entries match your interests. Also: Pruning b",
        ),
    ],
)
def test_preheader(
    entries: tuple[Entry, ...], coverage: tuple[Coverage, ...], expected: str
) -> None:
    """The preheader adds to the subject, and tells a quiet day from a broken source."""
    assert expected == made(subscriber(PRUNING), *entries, coverage=coverage).preheader


def test_preheader_is_short() -> None:
    """The preheader is cut at 110 characters."""
    entries = [entry(f"Pruning of very many kinds of networks, part {n}") for n in range(5)]
    found = made(subscriber(PRUNING), *entries).preheader
    assert (True, "…") == (len(found) <= 110, found[-1])


def test_digest_keeps_edition_and_coverage() -> None:
    """A digest knows its edition and what every source gave."""
    found = made(subscriber(PRUNING), coverage=(READ, LOST))
    assert (EDITION, (READ, LOST)) == (found.edition, found.coverage)


def test_no_interest_silences_another() -> None:
    """Of each interest half of an even share is shown, though another's entries score more."""
    loud = interest(name="Loud", keywords=("alpha", "beta"))
    quiet = interest(name="Quiet", keywords=("gamma",))
    titles = [f"alpha beta {n}" for n in range(6)] + [f"thing of gamma {n}" for n in range(3)]
    entries = [entry(title, url=f"https://e.org/{n}") for n, title in enumerate(titles)]
    profile = Profile(interests=(loud, quiet), limit=4)
    ranked = rank([profile], Pool(entries))[0]
    assert (0, 1, 2, 6) == select(ranked, range(9), profile).chosen


def test_what_has_no_room_is_left_out() -> None:
    """The entries of least score go, are counted with the reason, and the subject follows."""
    reader = subscriber(PRUNING, trending=5)
    found = made(reader, *ENTRIES)
    kept = shortened(found, reader, len(found.shown) - 1)
    assert (1, found.candidates, "Mon 2 Mar: Pruning one") == (
        len(kept.shown),
        len(kept.shown) + sum(kept.omitted.values()),
        kept.subject,
    )


def test_a_section_counts_what_had_no_room() -> None:
    """An interest says how many of its entries were dropped; trending ones are not its."""
    reader = subscriber(PRUNING, trending=5)
    found = shortened(made(reader, *ENTRIES), reader, 99)
    assert [("Pruning", 4)] == [(part.title, part.more) for part in found.sections]
