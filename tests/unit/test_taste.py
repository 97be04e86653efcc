"""digest.taste: what an interest's texts ask for."""

from __future__ import annotations

import numpy as np
import pytest
from builders import entry, interest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import Example, Profile
from digest.space import Floats, Space, unit
from digest.taste import (
    LEAST_WEIGHT,
    PROTOTYPES_MOST,
    TEXT_WEIGHT,
    Taste,
    Text,
    _grouped,
    taste,
    texts,
    unknown,
)

WIDTH = 8


def around(axis: int, count: int, seed: int = 0) -> Floats:
    """Draw unit vectors near a direction."""
    noise = np.random.default_rng(seed + axis).normal(size=(count, WIDTH)) / 10
    return unit(np.asarray(noise + np.eye(WIDTH)[axis], np.float32))


def of_vectors(rows: Floats) -> Taste:
    """Compile examples that have these vectors, whitened by a broad day's."""
    day = np.random.default_rng(9).normal(size=(300, WIDTH)).astype(np.float32)
    asked = {f"asked {number}": row for number, row in enumerate(rows)}
    return taste([Text(title=title) for title in asked], Space(unit(day), vectors=asked))


def array(found: Floats | None) -> Floats:
    """Give vectors that are there."""
    assert found is not None
    return found


def groups(found: Taste) -> list[int]:
    """Give the prototype that each text is nearest to."""
    nearest = np.argmax(array(found.vectors) @ array(found.prototypes).T, axis=1)
    return [int(at) for at in nearest]


def test_two_far_subjects_make_two_prototypes() -> None:
    """Examples of two subjects are parted by subject, each with a prototype in its midst."""
    found = groups(of_vectors(np.concatenate([around(0, 3), around(1, 3)])))
    assert (found[:1] * 3, found[3:4] * 3, 2) == (found[:3], found[3:], len(set(found)))


def test_a_small_subject_keeps_its_prototype() -> None:
    """Three examples of one subject are not swallowed by thirty of another."""
    found = groups(of_vectors(np.concatenate([around(0, 30), around(1, 3)])))
    assert set() == set(found[:30]) & set(found[30:])


def test_the_larger_subject_does_not_rule() -> None:
    """In the centroid thirty examples of one subject weigh less than ten times three."""
    found = of_vectors(np.concatenate([around(0, 30), around(1, 3)]))
    vectors = array(found.vectors)
    plain, small = unit(vectors.mean(0)), vectors[30:].mean(0)
    assert array(found.centroid) @ small > plain @ small + 0.05


@pytest.mark.parametrize(("count", "most"), [(1, 1), (2, 1), (5, 1), (6, 2), (99, PROTOTYPES_MOST)])
def test_prototypes_stand_for_three_examples(count: int, most: int) -> None:
    """There are no more prototypes than a third of the texts, and four at most."""
    rows = unit(np.random.default_rng(1).normal(size=(count, WIDTH)).astype(np.float32))
    assert 1 <= len(array(of_vectors(rows).prototypes)) <= most


@given(st.integers(0, 999), st.integers(1, 12), st.integers(1, 4), st.booleans())
def test_every_vector_has_a_group(seed: int, count: int, most: int, equal: bool) -> None:
    """Whatever the vectors, each belongs to a group and the groups are the same again."""
    rows = unit(np.random.default_rng(seed).normal(size=(count, 4)).astype(np.float32))
    rows = np.repeat(rows[:1], count, axis=0) if equal else rows
    found = _grouped(rows, most)
    assert (count, True) == (len(found), set(found.tolist()) <= set(range(most)))
    assert found.tolist() == _grouped(rows.copy(), most).tolist()


@pytest.mark.parametrize("count", [3, 6, 12])
def test_no_prototype_is_of_nothing(count: int) -> None:
    """Examples that are all the same make one prototype, however many they are."""
    found = array(of_vectors(np.repeat(around(0, 1), count, axis=0)).prototypes)
    assert [1.0] == pytest.approx(np.linalg.norm(found, axis=1).tolist())


def test_the_same_texts_always_make_the_same_taste() -> None:
    """Compiling again gives the very same centroid and prototypes."""
    rows = np.concatenate([around(0, 5), around(1, 5), around(2, 5)])
    one, other = of_vectors(rows), of_vectors(rows.copy())
    np.testing.assert_array_equal(array(one.centroid), array(other.centroid))
    np.testing.assert_array_equal(array(one.prototypes), array(other.prototypes))


def test_prototypes_are_of_unit_length() -> None:
    """Centroid and prototypes are directions, so that products with them are cosines."""
    found = of_vectors(np.concatenate([around(0, 4), around(1, 4)]))
    lengths = np.linalg.norm([array(found.centroid), *array(found.prototypes)], axis=1)
    assert [1.0] * 3 == pytest.approx(lengths.tolist(), abs=1e-5)


def test_texts_are_what_is_known_of_the_examples() -> None:
    """Each distinct example is a text once; what the reader wrote counts as two of them."""
    known = entry("Known", arxiv="2401.00001", summary="Of whales.")
    wanted = interest(
        text="far seas",
        examples=(
            Example(key="arxiv:2401.00001"),
            Example(title="known"),
            Example(title="Own", summary="words"),
            Example(key="arxiv:2401.99999"),
        ),
    )
    expected = (
        Text(title="Known", summary="Of whales."),
        Text(title="Own", summary="words"),
        Text(title="far seas", written=True, weight=TEXT_WEIGHT),
    )
    assert expected == texts(wanted, {"arxiv:2401.00001": known, "known": known})


def test_weights_sum_to_one() -> None:
    """Texts share one whole; a written text beside examples has the part of two."""
    wanted = interest(text="x", examples=(Example(title="a"), Example(title="b")))
    found = taste(texts(wanted, {}), None)
    assert ([0.25, 0.25, 0.5], 2) == (found.weights.tolist(), found.examples)


def test_taste_without_a_model() -> None:
    """Without a model a taste is words alone, and of no texts it is nothing."""
    found, nothing = taste([Text(title="a graph")], None), taste([], None)
    assert (1, None, 0, None) == (
        len(found.bags),
        found.vectors,
        len(nothing.bags),
        nothing.vectors,
    )


def test_newer_examples_weigh_a_little_more() -> None:
    """An example weighs less with each year that it is older than the newest, to a least weight."""
    years = (2020, 2010, 1950, 0)
    examples = tuple(Example(title=f"Paper {year}", year=year) for year in years)
    found = [text.weight for text in texts(interest(examples=examples), {})]
    assert [1.0, 0.9, LEAST_WEIGHT, 1.0] == pytest.approx(found)


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((), ""),
        ((1,), ""),
        ((1, 2), "nothing is known yet of the example arxiv:2; give its title, "),
        ((2, 3, 2), "nothing is known yet of the examples arxiv:2, arxiv:3; give their titles, "),
        (
            (2, 3, 4, 5, 6),
            (
                "nothing is known yet of the examples arxiv:2, arxiv:3, arxiv:4 and 2 more; "
                "give their titles, "
            ),
        ),
    ],
)
def test_unknown_examples_are_named(numbers: tuple[int, ...], expected: str) -> None:
    """Examples by an id that no entry has are named, at most three, then their number."""
    examples = tuple(Example(key=f"arxiv:{number}") for number in numbers)
    profile = Profile(interests=(interest(examples=(*examples, Example(title="Own"))),))
    expected += "or a bibliography with abstracts" if expected else ""
    assert expected == unknown(profile, {"arxiv:1": entry("Known")})
