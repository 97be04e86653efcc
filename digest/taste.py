"""What the texts of an interest ask for, compiled once for all entries.

Examples that are alike make a prototype each, so that an entry near one of a reader's subjects
counts however many there are; a subject with many examples does not outweigh the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from digest.identity import title_key
from digest.lexicon import Bag, bag
from digest.model import Entry, Example, Interest, Profile
from digest.space import Floats, Space, unit

PROTOTYPES_MOST = 4
EXAMPLES_EACH = 3  # a prototype stands for at least so many
BALANCE = 0.3  # a group of n examples weighs n^(1 - 0.3) in the centroid
TEXT_WEIGHT = 2  # examples that a text beside examples counts as
AGEING, LEAST_WEIGHT = 0.01, 0.7  # of an example's weight a year, and what always stays
_ROUNDS_MOST = 20
_NAMED = 3  # unknown examples that are named


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One text of an interest: an example's title and abstract, or what the reader wrote."""

    title: str
    summary: str = ""
    written: bool = False
    weight: float = 1.0

    @property
    def wording(self) -> str:
        """The text as a model reads it."""
        return wording(self.title, self.summary)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taste:
    """An interest's ``texts`` with their ``weights`` (sum 1), as bags and as vectors.

    ``examples`` is the number of texts that the reader did not write. The ``vectors`` of texts,
    their ``centroid``, shape (d,), and ``prototypes``, shape (k, d), are None without a model.
    """

    texts: tuple[Text, ...]
    weights: Floats
    bags: tuple[Bag, ...]
    examples: int = 0
    vectors: Floats | None = None
    centroid: Floats | None = None
    prototypes: Floats | None = None


def asks(interest: Interest) -> bool:
    """Whether an interest has texts to compare entries with."""
    return bool(interest.text or interest.examples or interest.counterexamples)


def wording(title: str, summary: str) -> str:
    """Join title and abstract as the model is to read them."""
    return f"{title}. {summary}" if summary else title


def texts(interest: Interest, library: Mapping[str, Entry]) -> tuple[Text, ...]:
    """List an interest's texts; an example without an abstract is looked up in ``library``.

    An example weighs less the older it is than the newest, by ``AGEING`` a year, down to
    ``LEAST_WEIGHT``.
    """
    newest = max((example.year for example in interest.examples), default=0)
    found = [
        replace(text, weight=_weight(example, newest))
        for example in interest.examples
        if (text := text_of(example, library))
    ]
    if interest.text:
        weight = TEXT_WEIGHT if found else 1
        found.append(Text(title=interest.text, written=True, weight=weight))
    return tuple(dict.fromkeys(found))


def against(interest: Interest, library: Mapping[str, Entry]) -> tuple[Text, ...]:
    """List the texts of an interest's counterexamples."""
    found = (text_of(example, library) for example in interest.counterexamples)
    return tuple(dict.fromkeys(text for text in found if text))


def _weight(example: Example, newest: int) -> float:
    return max(1 - AGEING * (newest - example.year), LEAST_WEIGHT) if example.year else 1.0


def text_of(example: Example, library: Mapping[str, Entry]) -> Text | None:
    """Give the text of an example, its own or out of ``library``; None where there is none."""
    entry = library.get(example.key) or library.get(title_key(example.title))
    if entry is not None and not example.summary:
        return Text(title=entry.title, summary=entry.summary)
    return Text(title=example.title, summary=example.summary) if example.title else None


def unknown(profile: Profile, library: Mapping[str, Entry]) -> str:
    """Say which examples count for nothing, since nothing is known of them; or ""."""
    names = list(
        dict.fromkeys(
            example.key
            for interest in profile.interests
            for example in (*interest.examples, *interest.counterexamples)
            if text_of(example, library) is None
        )
    )
    if not names:
        return ""
    shown, more = names[:_NAMED], len(names) - _NAMED
    said = ", ".join(shown) + (f" and {more} more" if more > 0 else "")
    plural = "s" if len(names) > 1 else ""
    cure = "give their titles" if plural else "give its title"
    return (
        f"nothing is known yet of the example{plural} {said}; "
        f"{cure}, or a bibliography with abstracts"
    )


def bags(of: Sequence[tuple[str, str]], known: Mapping[str, Bag]) -> tuple[Bag, ...]:
    """Give the bags of titles with their abstracts, out of those ``known`` by both, or new."""
    return tuple(known.get(apart(*text)) or bag(*text) for text in of)


def apart(title: str, summary: str) -> str:
    """Join title and abstract such that they can be told apart: in a bag the title counts more."""
    return f"{title}\n{summary}"


def taste(
    of: Sequence[Text], space: Space | None, known: Mapping[str, Bag] = MappingProxyType({})
) -> Taste:
    """Compile texts; without a ``space`` that holds them, their words alone.

    ``known`` are bags, as ``bags`` takes them.
    """
    words = bags([(text.title, text.summary) for text in of], known)
    given = np.array([text.weight for text in of], np.float32)
    weights = given / max(float(given.sum()), 1.0)
    examples = sum(not text.written for text in of)
    if space is None or not of:
        return Taste(texts=tuple(of), weights=weights, bags=words, examples=examples)
    vectors = space.of([text.wording for text in of])
    groups = _grouped(vectors, max(1, min(PROTOTYPES_MOST, len(of) // EXAMPLES_EACH)))
    members = [groups == group for group in np.unique(groups)]
    balanced = weights.copy()
    for member in members:
        balanced[member] *= weights[member].sum() ** -BALANCE
    return Taste(
        texts=tuple(of),
        weights=weights,
        bags=words,
        examples=examples,
        vectors=vectors,
        centroid=unit(np.asarray(balanced @ vectors, np.float32)),
        prototypes=unit(
            np.array([weights[member] @ vectors[member] for member in members], np.float32)
        ),
    )


def _grouped(vectors: Floats, most: int) -> NDArray[np.int64]:
    """Group unit vectors by likeness: spherical k-means (Dhillon and Modha 2001).

    It begins with the most typical vector and goes on with the one farthest from all chosen, so
    that the same vectors always make the same groups.
    """
    chosen = [int(np.argmax(vectors @ vectors.mean(0)))]
    nearest = vectors @ vectors[chosen[0]]
    for _ in range(most - 1):
        chosen.append(int(np.argmin(nearest)))
        nearest = np.maximum(nearest, vectors @ vectors[chosen[-1]])
    centres = vectors[chosen]
    groups = np.argmax(vectors @ centres.T, axis=1)
    for _ in range(_ROUNDS_MOST):
        sums = [vectors[groups == g].sum(0) for g in range(most)]
        centres = unit(np.array([s if s.any() else c for s, c in zip(sums, centres, strict=True)]))
        again = np.argmax(vectors @ centres.T, axis=1)
        if np.array_equal(again, groups):
            break
        groups = again
    return np.asarray(groups, np.int64)
