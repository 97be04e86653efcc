"""digest.names: which spellings can be one person's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.names import Name, readings, same_person

WORDS = st.sampled_from("Wei Li Liang Lin Ang Xi Xiang Anna Smith García".split())
INITIALS = st.sampled_from("ABCGLWX")


@pytest.mark.parametrize(
    ("spelling", "expected"),
    [
        ("Alex Graves", Name(("alex",), "graves")),
        ("Graves, Alex", Name(("alex",), "graves", apart=True)),
        ("A. B. Graves", Name(("a", "b"), "graves")),
        ("AB Graves", Name(("a", "b"), "graves")),
        ("Ludwig van Beethoven", Name(("ludwig",), "beethoven")),
        ("van Beethoven, Ludwig", Name(("ludwig",), "beethoven", apart=True)),
        ("Sammy Davis Jr.", Name(("sammy",), "davis")),
        ("Davis, Jr.", Name((), "davis")),
        ("Marie Curie-Joliot", Name(("marie",), "curiejoliot", apart=True)),
        ("Le, Quoc", Name(("quoc",), "le", apart=True)),
        ("Hinton GE", Name(("g", "e"), "hinton", apart=True)),
        ("Wei Li", Name(("wei",), "li")),
        ("WEI LI", Name(("w", "e", "i"), "li")),
        ("Kurt Gödel", Name(("kurt",), "godel")),
        ("Plato", Name((), "plato")),
        ("", Name((), "")),
    ],
)
def test_first_reading(spelling: str, expected: Name) -> None:
    """A name is read in any order, folded, without particles and suffixes."""
    assert expected == next(iter(readings(spelling)), Name((), ""))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("A. Graves", "Alex Graves", True),
        ("Graves, Alex", "Alex Graves", True),
        ("Graves", "Alex Graves", True),
        ("Alex M. Graves", "Alex Graves", True),
        ("A. M. Graves", "Alex Michael Graves", True),
        ("Kurt Godel", "K. Gödel", True),
        ("Anna Graves", "Alex Graves", False),
        ("B. Graves", "Alex Graves", False),
        ("A. N. Graves", "A. M. Graves", False),
        ("Alex Graves", "Alex Grave", False),
        ("Alexa Graves", "Alex Graves", False),
        ("Brandão S", "Simone Brandão", True),
        ("Brandt A.", "Anna Brandt", True),
        ("Hinton GE", "Geoffrey Hinton", True),
        ("Hinton G.E.", "Geoffrey E. Hinton", True),
        ("Hinton G. E.", "Hinton, Geoffrey Everest", True),
        ("Hinton GE", "Anna Hinton", False),
        ("García Márquez, Gabriel", "Gabriel García Márquez", True),
        ("García Márquez G", "Gabriel García Márquez", True),
        ("García Márquez, Gabriel", "Gabriel Márquez", False),
        ("García Márquez, Gabriel", "Anna García Márquez", False),
        ("Yann Le Cun", "Yann LeCun", True),
        ("Le Cun, Y.", "Yann LeCun", True),
        ("Fei-Fei Li", "Feifei Li", True),
        ("Fei-Fei Li", "Feiyu Li", False),
        ("Wei Li", "W. Liang", False),
        ("Wei Li", "Li Wei", False),
        ("Wei Xi Ang", "Wei Xiang", False),
        ("WEI LI", "Lin Wei", False),
        ("Li X", "Xavier Liang", False),
        ("Yu LI", "Lin Yu", False),
    ],
)
def test_same_person(one: str, other: str, expected: bool) -> None:
    """Initials agree with the names they begin, missing names with any."""
    assert expected == same_person(one, other)


@given(st.lists(WORDS, min_size=2, max_size=2), st.lists(WORDS, min_size=2, max_size=2))
def test_whole_names(one: list[str], other: list[str]) -> None:
    """Two names of two whole words are one person's only where they are equal."""
    assert (one == other) == same_person(" ".join(one), " ".join(other))


@given(WORDS, INITIALS, WORDS, WORDS)
def test_family_first(family: str, initial: str, first: str, last: str) -> None:
    """Initials after the family name say what they say before it."""
    expected = same_person(f"{initial}. {family}", f"{first} {last}")
    assert expected == same_person(f"{family} {initial}", f"{first} {last}")
