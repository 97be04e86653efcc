"""digest.worth: what each setting of an interest found, and which keywords to keep."""

from __future__ import annotations

from dataclasses import astuple
from typing import Any

import pytest
from builders import entry, interest, ranking

from digest import worth
from digest.model import Interest, Profile
from digest.pool import Pool
from digest.worth import EVERYWHERE, TOOTHLESS, UNSEEN

ENTRIES = (
    entry("Pruning networks", authors=["A. Graves"], categories=("cs.LG",), source="one"),
    *(entry(f"Models of kind {n}", summary="We learn.", source="two", guid=f"{n}") for n in "ab"),
    *(entry(f"Cooking {n}", summary="We learn.", source="two", guid=f"{n}") for n in range(47)),
)
POOL = Pool(ENTRIES)


def judged(**fields: Any) -> list[tuple[str, str, int, str]]:  # noqa: ANN401 the fields of Interest
    """Judge the settings of an interest: setting, value, entries, verdict."""
    made = interest(**fields)
    found = (*worth.keywords(made, POOL), *worth.others(ranking(made, *ENTRIES), 0))
    return [astuple(one)[:4] for one in found]


@pytest.mark.parametrize(
    ("setting", "value", "entries", "verdict"),
    [
        ("keywords", "pruning", 1, ""),
        ("keywords", "model", 2, ""),
        ("keywords", "learn", 49, EVERYWHERE),
        ("keywords", "NOT pruning", 49, EVERYWHERE),
        ("keywords", "missing", 0, UNSEEN),
        ("authors", "Alex Graves", 1, ""),
        ("authors", "Ada Lovelace", 0, UNSEEN),
        ("categories", "cs", 1, ""),
        ("categories", "math", 0, UNSEEN),
    ],
)
def test_a_setting_is_judged_by_what_it_found(
    setting: str, value: str, entries: int, verdict: str
) -> None:
    """Nothing found is said of each, more than a fifth of all of keywords alone."""
    assert [(setting, value, entries, verdict)] == judged(**{setting: (value,)})


def test_only_the_sources_taken_count() -> None:
    """An interest's settings are judged by the entries of the sources it takes."""
    found = judged(keywords=("model", "pruning"), sources=("one", "three"))
    assert [0, 1, 1, 0] == [entries for _, _, entries, _ in found]


@pytest.mark.parametrize(
    ("rule", "entries", "kept_out", "verdict"),
    [
        ("kind", 2, 2, ""),
        ("kind AND cooking", 0, 0, TOOTHLESS),
        ("cooking", 47, 0, TOOTHLESS),
    ],
)
def test_an_exclusion_is_judged_by_what_it_keeps_out(
    rule: str, entries: int, kept_out: int, verdict: str
) -> None:
    """An exclusion that holds for nothing that would be past the threshold has no teeth."""
    (found,) = worth.others(ranking(interest(keywords=("model",), exclude=(rule,)), *ENTRIES), 0)
    assert (entries, kept_out, verdict) == (found.entries, found.kept_out, found.verdict)


@pytest.mark.parametrize(
    "fields",
    [{"keywords": ("model",), "sources": ("one",)}, {"text": "zebra", "weight": 10.0}],
    ids=["of other sources", "nothing speaks for it"],
)
def test_what_would_not_be_shown_is_not_kept_out(fields: dict[str, Any]) -> None:
    """An exclusion keeps out only what the interest would have taken without it."""
    (found,) = [
        one
        for one in worth.others(ranking(interest(exclude=("kind",), **fields), *ENTRIES), 0)
        if one.setting == "exclude"
    ]
    assert (0, TOOTHLESS) == (found.kept_out, found.verdict)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (interest(keywords=("pruning", "missing")), ("pruning",)),
        (interest(keywords=("missing",)), ("missing",)),
        (interest(keywords=("missing",), text="x"), ("missing",)),
        (interest(keywords=("missing", "learn", "pruning")), ("pruning",)),
        (interest(keywords=("learn",)), ("learn",)),
        (interest(keywords=("learn",), text="x"), ()),
        (interest(keywords=("model", "pruning")), ("model", "pruning")),
    ],
    ids=str,
)
def test_keywords_to_keep(asked: Interest, expected: tuple[str, ...]) -> None:
    """A word that found nothing goes if others did well, one that found all goes if more is asked.

    So an interest whose subject did not come keeps its words, and none asks for nothing.
    """
    assert expected == worth.kept(asked, worth.keywords(asked, POOL), enough=True)


def test_few_entries_condemn_no_word() -> None:
    """Among fewer than fifty entries no keyword is too common, and none is dropped."""
    asked, pool = interest(keywords=("learn", "missing")), Pool(ENTRIES[:-1])
    assert ["", UNSEEN] == [one.verdict for one in worth.keywords(asked, pool)]
    profile = Profile(interests=(asked,))
    assert profile == worth.mended(profile, pool)


@pytest.mark.parametrize(
    ("keyword", "narrower"),
    [
        ("learn", "ti:learn"),
        ("we learn", "ti:(we learn)"),
        ("abs:learn", ""),
        ("learn OR learned", ""),
    ],
)
def test_a_keyword_that_is_too_common_is_kept_for_titles(keyword: str, narrower: str) -> None:
    """Words found everywhere are looked for in titles alone, if that finds a few."""
    entries = (*ENTRIES, entry("How we learn", guid="z"))
    (found,) = worth.keywords(interest(keywords=(keyword,)), Pool(entries))
    assert (EVERYWHERE, narrower) == (found.verdict, found.narrower)
