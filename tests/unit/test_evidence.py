"""digest.match: evidence is true. Without what it names, the entry scores less."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from builders import entry, interest, meant, ranking

from digest.match import Kind, Ranking, explain, matchers, rank, semantic
from digest.model import Example, Interest, Profile
from digest.pool import Pool

PAPER = entry(
    "Pruning of deep networks",
    summary="We remove weights of transformers while they learn.",
    authors=["Ada Lovelace"],
    categories=("cs.LG",),
)
OTHERS = (
    entry("Boiling pasta", summary="Water and salt."),
    entry("Whales of the north", summary="They sing in the cold sea."),
    entry("Glaciers melt", summary="The cold ice of the north is warm."),
    entry("Violins", summary="Strings of gut, and a bow."),
)
NEAR = Example(title="Networks without weights", summary="Deep transformers that we prune.")
WANTED = interest(
    text="pruning networks",
    keywords=("pruning",),
    authors=("Lovelace",),
    categories=("cs.LG",),
    examples=(NEAR, Example(title="Music of whales", summary="Songs and violins.")),
)
WITHOUT = {
    "keywords": replace(WANTED, keywords=()),
    "authors": replace(WANTED, authors=()),
    "categories": replace(WANTED, categories=()),
}


def placed(wanted: Interest) -> float:
    """Score the paper among the others, in the space of a toy model."""
    pool = Pool([PAPER, *OTHERS])
    return float(rank([Profile(interests=(wanted,))], meant(pool, wanted))[0].scores[0, 0])


@pytest.mark.parametrize("name", WITHOUT)
def test_a_rule_that_is_named_counts(name: str) -> None:
    """Without the keyword, author or category that the evidence names the score falls."""
    pool = meant(Pool([PAPER, *OTHERS]), WANTED)
    assert name in {said.matcher for said in explain(WANTED, pool, 0)}
    assert placed(WITHOUT[name]) < placed(WANTED)


def test_an_example_that_is_named_counts() -> None:
    """Without the example that an entry is said to be like, it scores less."""
    pool = meant(Pool([PAPER, *OTHERS]), WANTED)
    (said,) = semantic.explain(WANTED, pool)(0)
    assert f"like “{NEAR.title}”" == said.reason
    assert placed(replace(WANTED, examples=WANTED.examples[1:])) < placed(WANTED)


@pytest.mark.parametrize("word", ["pruning", "networks"])
def test_words_that_are_named_count(word: str) -> None:
    """Without a word that the evidence names, the entry scores less."""
    wanted = interest(text="pruning networks")
    (said,) = ranking(wanted, PAPER, *OTHERS).match(0).evidence
    without = replace(PAPER, title=PAPER.title.lower().replace(word, "making"))
    scores = [float(ranking(wanted, one, *OTHERS).scores[0, 0]) for one in (without, PAPER)]
    assert (True, sorted(scores)) == (word in said.reason, scores)


def test_a_topic_that_is_named_counts() -> None:
    """An entry said to be near the topic is so by the text that the reader wrote."""
    wanted = interest(text="deep networks of weights", examples=WANTED.examples[1:])
    pool = meant(Pool([PAPER, *OTHERS]), wanted)
    (said,) = semantic.explain(wanted, pool)(0)
    assert "near in meaning to your topic" == said.reason
    assert placed(replace(wanted, text="")) < placed(wanted)


@pytest.mark.parametrize("number", range(5))
def test_semantic_evidence_carries_the_likeness(number: int) -> None:
    """What is explained of one entry is what the scoring of all found, if it speaks for it."""
    pool = meant(Pool([PAPER, *OTHERS]), WANTED)
    scored = float(semantic.score([WANTED], pool)[0, number])
    expected = [pytest.approx(scored, abs=1e-5)] if scored > 0 else []
    assert expected == [said.score for said in semantic.explain(WANTED, pool)(number)]


def test_nearest_texts_come_first() -> None:
    """An entry's nearest texts are listed with their cosines, the nearest first."""
    pool = meant(Pool([PAPER, *OTHERS]), WANTED)
    found = semantic.nearest(WANTED, pool, 0)
    cosines = [cosine for _, cosine in found]
    assert (3, sorted(cosines, reverse=True)) == (len(found), cosines)


def test_evidence_of_a_likeness_is_what_it_adds() -> None:
    """Of the only likeness that speaks, the share lost without it; never more than the score."""
    found = ranking(interest(text="pruning networks"), PAPER, *OTHERS).match(0)
    (said,) = found.evidence
    assert 0 < said.score <= found.score


def test_what_is_past_has_evidence() -> None:
    """Whatever may be shown under an interest says why."""
    pool = meant(Pool([PAPER, *OTHERS]), WANTED)
    found = rank([Profile(interests=(replace(WANTED, threshold=0.0),))], pool)[0]
    told = [bool(found.match(int(n)).evidence) for n in np.flatnonzero(found.standing.past)]
    assert [True] * len(told) == told


FIELDS = {"whale": 12, "violin": 3}


def two_fields() -> Ranking:
    """Rank for a profile of twelve examples in one field and three in another."""
    examples = tuple(
        Example(title=f"{field} {n}", summary=f"Studies of a {field}, the {field} again {n}.")
        for field, number in FIELDS.items()
        for n in range(number)
    )
    wanted = interest(examples=examples)
    pool = Pool(
        [
            entry("A whale", summary="Studies of the whale."),
            entry("A violin", summary="Studies of the violin."),
            *OTHERS,
        ]
    )
    return rank([Profile(interests=(wanted,))], meant(pool, wanted))[0]


def test_the_larger_field_does_not_rule() -> None:
    """An entry of a reader's smaller field comes before all that is of neither field."""
    scores = two_fields().scores[0]
    assert (True, True) == (bool(scores[1] > scores[[2, 4]].max()), bool(scores[1] > 0.3))


def test_without_a_model_meaning_finds_nothing() -> None:
    """A pool without vectors is ranked by words alone, and says so in its evidence."""
    found = ranking(WANTED, PAPER, *OTHERS)
    assert not semantic.score([WANTED], found.pool).any()
    assert {"keywords", "authors", "categories", "lexical"} == {
        said.matcher for said in found.match(0).evidence
    }


def test_likenesses_are_the_two() -> None:
    """Words and meaning are cosines; feedback doubts, popularity orders, all others give shares."""
    found = {kind: [one.name for one in matchers() if one.kind is kind] for kind in Kind}
    assert {
        Kind.RULE: ["authors", "categories", "keywords"],
        Kind.LIKENESS: ["lexical", "semantic"],
        Kind.DOUBT: ["feedback"],
        Kind.TIE: ["popularity"],
    } == found


def test_scores_are_finite_for_texts_without_words() -> None:
    """Neither an entry nor an interest of nothing but signs breaks the ranking."""
    wanted = interest(text="…", examples=(Example(title="?!"),))
    pool = meant(Pool([entry("—"), PAPER]), wanted)
    assert bool(np.isfinite(rank([Profile(interests=(wanted,))], pool)[0].scores).all())
