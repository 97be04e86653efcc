"""What ranking for everybody costs, beside the bare matrix product of the same vectors.

    python benchmarks/crowd.py [PROFILES [THREADS]]

Synthetic profiles of one interest each (8 keywords, 2 authors, 2 categories, 4 prototypes and a
centroid of 384 dimensions) against 1,000 entries, scored and cut to the best 15, by the very
code of a run; and the product of all prototypes with all entries alone, in as many threads, in the
same run. Profiles are compiled before, as they are kept, and made a part at a time; the peak of
memory is the whole process's.
"""

from __future__ import annotations

import os
import random
import resource
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

# Both in one thread, so that the ratio is one of work.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from digest import match
from digest.model import Author, Entry, Interest, Profile
from digest.pool import Pool
from digest.space import Space, unit
from digest.taste import Taste

ENTRIES, WIDTH, PROTOTYPES, BEST = 1000, 384, 4, 15
AT_ONCE, PART = 1000, 10  # profiles ranked together, and how many such blocks at a time
VOCABULARY, PEOPLE, FIELDS = 5000, 3000, 40


def main(count: int, threads: int) -> None:
    """Measure and print."""
    pool = listing()
    chance = random.Random(1)
    bare = whole = 0.0
    shown = 0
    with ThreadPoolExecutor(threads) as workers:
        for start in range(0, count, AT_ONCE * PART):
            blocks = [
                block(chance, first, min(AT_ONCE, count - first))
                for first in range(start, min(start + AT_ONCE * PART, count), AT_ONCE)
            ]
            begun = time.perf_counter()
            list(workers.map(lambda one: multiply(one.vectors, pool), blocks))
            middle = time.perf_counter()
            shown += sum(workers.map(lambda one: best(one, pool), blocks))
            bare, whole = bare + middle - begun, whole + time.perf_counter() - middle
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(
        f"{count:,} profiles x {ENTRIES} entries, best {BEST}, {threads} thread"
        f"{'s' * (threads > 1)}: {whole:.1f} s, {whole / bare:.2f} times the bare product "
        f"({bare:.1f} s); {shown:,} shown; peak {peak:.0f} MB"
    )


@dataclass(frozen=True)
class Block:
    """Profiles that are ranked together, and their prototypes."""

    profiles: list[Profile]
    vectors: np.ndarray
    tastes: dict[Interest, Taste]


def block(chance: random.Random, first: int, count: int) -> Block:
    """Make profiles with random vectors, compiled."""
    profiles = [profile(chance, first + n) for n in range(count)]
    generator = np.random.default_rng(first)
    vectors = unit(generator.standard_normal((count, PROTOTYPES, WIDTH), np.float32))
    tastes = {p.interests[0]: taste(rows) for p, rows in zip(profiles, vectors, strict=True)}
    return Block(profiles, vectors, tastes)


def best(one: Block, pool: Pool) -> int:
    """Rank a block, and count what is shown."""
    own = pool.knowing({})
    own.keep(one.tastes)
    return sum(len(found) for found in match.best(match.rank(one.profiles, own), BEST))


def multiply(vectors: np.ndarray, pool: Pool) -> None:
    """Multiply all prototypes with all entries, and nothing else."""
    assert pool.space is not None
    rows = vectors.reshape(-1, WIDTH)
    product = rows @ pool.space.entries.T
    assert product.shape == (len(rows), ENTRIES)


def listing() -> Pool:
    """Make entries of random words, people and fields, with random vectors."""
    chance = random.Random(0)
    entries = [
        Entry(
            id=f"e:{n}",
            title=" ".join(word(chance) for _ in range(10)),
            summary=" ".join(word(chance) for _ in range(150)),
            authors=tuple(Author(name=person(chance)) for _ in range(5)),
            categories=tuple({field(chance) for _ in range(2)}),
            keys=(f"e:{n}",),
        )
        for n in range(ENTRIES)
    ]
    rows = unit(np.random.default_rng(0).standard_normal((ENTRIES, WIDTH), np.float32))
    pool = Pool(entries, space=Space(rows))
    pool.index()
    return pool


def profile(chance: random.Random, number: int) -> Profile:
    """Make a profile that asks for words, people and fields of the listing."""
    interest = Interest(
        name=f"interest {number}",
        text=f"topic {number}",
        keywords=tuple(f"word{chance.randrange(VOCABULARY)}" for _ in range(8)),
        authors=tuple(person(chance) for _ in range(2)),
        categories=tuple(field(chance) for _ in range(2)),
    )
    return Profile(interests=(interest,))


def taste(rows: np.ndarray) -> Taste:
    """Make what the texts of an interest are compiled to: prototypes, without words."""
    return Taste(
        texts=(),
        weights=np.empty(0, np.float32),
        bags=(),
        centroid=unit(rows.mean(0)),
        prototypes=rows,
    )


def word(chance: random.Random) -> str:
    """Draw a word; few are frequent, most are rare (Zipf)."""
    return f"word{int(VOCABULARY ** chance.random())}"


def person(chance: random.Random) -> str:
    """Draw a name."""
    number = chance.randrange(PEOPLE)
    return f"Given{number % 50} Family{number}"


def field(chance: random.Random) -> str:
    """Draw a category."""
    return f"f{chance.randrange(FIELDS)}.X"


if __name__ == "__main__":
    given = [int(number) for number in sys.argv[1:]]
    main(given[0] if given else 100_000, given[1] if len(given) > 1 else 1)
