"""digest.names: which spellings can be one person's."""

from __future__ import annotations

import pytest

from digest.names import Name, parse, same_person


@pytest.mark.parametrize(
    ("spelling", "expected"),
    [
        ("Alex Graves", Name(("alex",), "graves")),
        ("Graves, Alex", Name(("alex",), "graves")),
        ("A. B. Graves", Name(("a", "b"), "graves")),
        ("AB Graves", Name(("a", "b"), "graves")),
        ("Ludwig van Beethoven", Name(("ludwig",), "beethoven")),
        ("van Beethoven, Ludwig", Name(("ludwig",), "beethoven")),
        ("Sammy Davis Jr.", Name(("sammy",), "davis")),
        ("Davis, Jr.", Name((), "davis")),
        ("Marie Curie-Joliot", Name(("marie",), "curiejoliot")),
        ("Kurt Gödel", Name(("kurt",), "godel")),
        ("Plato", Name((), "plato")),
        ("", Name((), "")),
    ],
)
def test_parse(spelling: str, expected: Name) -> None:
    """A name is read in either order, folded, without particles and suffixes."""
    assert expected == parse(spelling)


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
    ],
)
def test_same_person(one: str, other: str, expected: bool) -> None:
    """Initials agree with the names they begin, missing names with any."""
    assert expected == same_person(parse(one), parse(other))
