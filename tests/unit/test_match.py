"""digest.match: what each matcher finds and says, and how a ranking joins their findings."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from builders import entry, interest, ranking

from digest.match import Finding, authors, categories, explain, keywords, lexical, matchers, rank
from digest.model import Evidence, Example, Interest, Match, Profile
from digest.pool import Pool

POOL = Pool(
    (
        entry(
            "Pruning of networks",
            summary="We prune transformers.",
            authors=["A. Graves"],
            categories=("cs.LG",),
            source="one",
        ),
        entry(
            "Tree search",
            summary="Pruning helps to plan.",
            authors=["Ada Lovelace"],
            categories=("cs.AI", "stat.ML"),
            source="two",
        ),
        entry("Cooking pasta", summary="Boil water.", source="two"),
    )
)
TITLE, SUMMARY = keywords.IN_TITLE, keywords.IN_SUMMARY


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (("pruning",), {0: TITLE, 1: SUMMARY}),
        (("transformer",), {0: SUMMARY}),
        (("pruning", "pruning"), {0: TITLE, 1: SUMMARY}),
        (("pruning", "transformer"), {0: 1 - (1 - TITLE) * (1 - SUMMARY), 1: SUMMARY}),
        (("ti:pruning",), {0: TITLE}),
        (("abs:pruning",), {1: SUMMARY}),
        (("pruning AND plan",), {1: SUMMARY}),
        (("missing",), {}),
        ((), {}),
    ],
)
def test_keywords(asked: tuple[str, ...], expected: dict[int, float]) -> None:
    """A keyword in the title weighs more; several add up without passing one."""
    assert [pytest.approx(expected)] == keywords.score([interest(keywords=asked)], POOL)


@pytest.mark.parametrize(
    ("keyword", "number", "reason"),
    [
        ("pruning", 0, "“pruning” in the title"),
        ("pruning", 1, "“pruning” in the abstract"),
        ("pruning OR transformers", 0, "“pruning” in the title and “transformers” in the abstract"),
        ("au:Graves AND cat:cs.LG", 0, "by A. Graves and in cs.LG"),
        ("NOT pruning", 2, "holds none of the words you ruled out"),
        ("search AND NOT pasta", 1, "“search” in the title"),
    ],
)
def test_keyword_reasons(keyword: str, number: int, reason: str) -> None:
    """A keyword's evidence names the phrases that hold, and where."""
    (found,) = keywords.explain(interest(keywords=(keyword,)), POOL, number)
    assert ("keywords", reason) == (found.matcher, found.reason)


def test_keyword_of_an_author_is_not_in_the_title() -> None:
    """A name asked for as an author weighs the same, whatever words the title holds."""
    pool = Pool([entry("Graves of kings", authors=["Alex Graves"])])
    assert [{0: pytest.approx(SUMMARY)}] == keywords.score(
        [interest(keywords=("au:Graves",))], pool
    )


def test_keywords_that_miss_are_not_explained() -> None:
    """A keyword that an entry does not hold is no evidence."""
    assert () == keywords.explain(interest(keywords=("pasta",)), POOL, 0)


def test_authors() -> None:
    """An entry by a followed author is found, however the name is spelled."""
    wanted = interest(authors=("Graves, Alex", "Nobody"))
    assert [{0: authors.FOLLOWED}] == authors.score([wanted], POOL)


def test_author_reasons() -> None:
    """The evidence names the followed authors as the entry spells them."""
    pool = Pool([entry(authors=["A. Graves", "Ada Lovelace"])])
    wanted = interest(authors=("Alex Graves", "Graves", "Ada Lovelace"))
    said = Evidence(
        matcher="authors",
        reason="by A. Graves and Ada Lovelace, whom you follow",
        score=authors.FOLLOWED,
    )
    assert (said,) == authors.explain(wanted, pool, 0)


@pytest.mark.parametrize(
    ("more", "share"),
    [({}, categories.ALONE), ({"keywords": ("x",)}, categories.BESIDE), ({"text": "x"}, 0.1)],
)
def test_categories(more: dict[str, object], share: float) -> None:
    """A category is the criterion where an interest says no more, else a nudge."""
    wanted = interest(categories=("cs", "stat.ML"), **more)
    assert [{0: share, 1: share}] == categories.score([wanted], POOL)


def test_category_reasons() -> None:
    """All categories that an entry shares with an interest make one finding."""
    wanted = interest(categories=("cs.AI", "stat.ML", "math"))
    said = Evidence(matcher="categories", reason="in cs.AI and stat.ML", score=categories.ALONE)
    assert (said,) == categories.explain(wanted, POOL, 1)


def test_lexical_finds_the_nearest_most() -> None:
    """Text about one entry finds that one and no unrelated one."""
    (found,) = lexical.score([interest(text="boil pasta in hot water")], POOL)
    assert {2} == set(found)


def test_lexical_share_of_a_perfect_likeness() -> None:
    """An entry that equals an example of one word has the share of the cosine one."""
    pool = Pool([entry("alpha"), entry("gamma")])
    (found,) = lexical.score([interest(examples=(Example(title="alpha"),))], pool)
    expected = lexical.MOST * (1 - math.exp(-1 / lexical.LIKENESS_SCALE))
    assert {0: pytest.approx(expected)} == found


@pytest.mark.parametrize(
    "example",
    [
        Example(key="arxiv:2401.00001"),
        Example(title="Far away THINGS"),
        Example(title="x", summary="Cooking pasta."),
    ],
)
def test_lexical_examples(example: Example) -> None:
    """An example counts by what the library knows of it, else by its own words."""
    known = entry("Far away things", arxiv="2401.00001", summary="Cooking pasta in water.")
    pool = Pool(POOL.entries, {"arxiv:2401.00001": known, "far away things": known})
    (found,) = lexical.score([interest(examples=(example,))], pool)
    assert {2} == set(found)


def test_lexical_example_with_its_own_abstract() -> None:
    """An abstract that the reader gives is taken before what the library knows."""
    known = entry("Far away things", arxiv="2401.00001", summary="Cooking pasta in water.")
    pool = Pool(POOL.entries, {"arxiv:2401.00001": known})
    given = Example(key="arxiv:2401.00001", title="x", summary="Search of a tree.")
    (found,) = lexical.score([interest(examples=(given,))], pool)
    assert {1} == set(found)


def test_lexical_reasons() -> None:
    """The evidence names the nearest words as the entry writes them."""
    wanted = interest(text="a network that prunes")
    (found,) = lexical.explain(wanted, POOL, 0)
    assert "close to your topic: networks, prune" == found.reason


@pytest.mark.parametrize("number", range(3))
def test_lexical_evidence_carries_the_share(number: int) -> None:
    """What is explained is what was scored."""
    wanted = interest(text="pruning networks and search; boiling")
    (shares,) = lexical.score([wanted], POOL)
    explained = [evidence.score for evidence in lexical.explain(wanted, POOL, number)]
    assert [share for at, share in shares.items() if at == number] == pytest.approx(explained)


def test_every_matcher_takes_part() -> None:
    """Each module of the package is a matcher of that name."""
    files = sorted(path.stem for path in Path(keywords.__file__).parent.glob("[!_]*.py"))
    assert files == [matcher.name for matcher in matchers()]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (interest(keywords=("pruning",)), {0: 0.55, 1: 0.4}),
        (interest(keywords=("pruning",), authors=("Graves",)), {0: 1 - 0.45 * 0.1, 1: 0.4}),
        (interest(keywords=("pruning",), weight=2.0), {0: 1 - 0.45**2, 1: 1 - 0.6**2}),
        (interest(keywords=("pruning",), weight=0.5), {0: 1 - 0.45**0.5, 1: 1 - 0.6**0.5}),
        (interest(keywords=("pruning",), sources=("two",)), {1: 0.4}),
        (interest(keywords=("pruning",), sources=("nowhere",)), {}),
    ],
)
def test_rank_joins_shares(wanted: Interest, expected: dict[int, float]) -> None:
    """Shares add up without passing one, bent by the weight, within the asked sources."""
    (found,) = rank([Profile(interests=(wanted,))], POOL)
    scores = {number: rows[0].score for number, rows in found.findings.items()}
    assert expected == pytest.approx(scores)


def test_excluded_entry_names_its_rule() -> None:
    """An entry that an exclusion holds for goes to no interest, and the rule is known."""
    found = ranking(
        interest(keywords=("pruning",), exclude=("pasta", "ti:networks")), *POOL.entries
    )
    assert (None, "ti:networks") == (found.best(0), found.excluded(0))


def test_exclusion_alone_rules_out() -> None:
    """An exclusion rules an entry out of the mail even if nothing speaks for it."""
    assert "pasta" == ranking(interest(exclude=("pasta",)), *POOL.entries).excluded(2)


def test_other_interest_may_take_what_one_excludes() -> None:
    """An exclusion belongs to its interest; another one may still take the entry."""
    barring = interest(keywords=("pruning",), exclude=("networks",))
    taking = interest(name="Other", keywords=("pruning",))
    found = ranking(Profile(interests=(barring, taking)), *POOL.entries)
    best = found.best(0)
    assert (taking, "") == (best and best.interest, found.excluded(0))


@pytest.mark.parametrize(("threshold", "past"), [(0.4, True), (0.41, False), (0.0, True)])
def test_threshold(threshold: float, past: bool) -> None:
    """A score that reaches the threshold is past it."""
    assert past == Finding(interest=interest(threshold=threshold), score=0.4).past


def test_nothing_is_not_past_zero() -> None:
    """A threshold of zero takes what something speaks for, not everything."""
    assert not Finding(interest=interest(threshold=0.0), score=0.0).past


def test_best_prefers_the_interest_it_is_past() -> None:
    """An entry goes to an interest whose threshold it passes before one it scores higher in."""
    strict = interest(name="Strict", keywords=("pruning",), threshold=0.9)
    easy = interest(name="Easy", keywords=("transformers",), threshold=0.3)
    best = ranking(Profile(interests=(strict, easy)), *POOL.entries).best(0)
    assert easy == (best and best.interest)


def test_match_of_nothing() -> None:
    """An entry that nothing speaks for has no interest, score or evidence."""
    found = ranking(interest(keywords=("pruning",)), *POOL.entries).match(2)
    assert Match(entry=POOL.entries[2], interest=None, score=0.0) == found


def test_evidence_comes_strongest_first() -> None:
    """The strongest reason is given first."""
    wanted = interest(keywords=("transformers",), authors=("Graves",), categories=("cs.LG",))
    found = [evidence.matcher for evidence in explain(wanted, POOL, 0)]
    assert ["authors", "keywords", "categories"] == found


def test_profiles_are_ranked_side_by_side() -> None:
    """Ranking many profiles at once gives each what ranking it alone gives."""
    profiles = [
        Profile(interests=(interest(keywords=("pruning",)), interest(text="boil water"))),
        Profile(),
        Profile(interests=(interest(authors=("Lovelace",)),)),
    ]
    alone = [rank([profile], POOL)[0] for profile in profiles]
    assert alone == list(rank(profiles, POOL))


def test_lexical_evidence_carries_the_share_that_counted() -> None:
    """What an entry's evidence says is what the scoring of all entries gave it."""
    titles = ("Weaving looms by graph", "A loom of numbers", "Cooking pasta")
    pool = Pool([entry(title, summary="Of graphs and looms.") for title in titles])
    wanted = interest(text="graph looms that weave", examples=(Example(title="Numbers"),))
    (scored,) = lexical.score([wanted], pool)
    told = {n: lexical.explain(wanted, pool, n)[0].score for n in scored}
    assert scored == pytest.approx(told)
