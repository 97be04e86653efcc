"""What ranking for everybody costs, beside the bare matrix product of the same vectors.

    python benchmarks/crowd.py [PROFILES]

Synthetic profiles of one interest each (8 keywords, 2 authors, 2 categories, 4 prototypes and a
centroid of 384 dimensions) against 1,000 entries, scored and cut to the best 15, by the very
code of a run; and the product of all prototypes with all entries alone, in one thread, in the same
run. Profiles are compiled before, as they are kept; the peak of memory is the whole process's.
"""

from __future__ import annotations

import os
import random
import resource
import sys
import time

# Both in one thread, so that the ratio is one of work.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from digest import match
from digest.model import Author, Entry, Interest, Profile
from digest.pool import Pool
from digest.space import Space, unit
from digest.taste import Taste

ENTRIES, WIDTH, PROTOTYPES, BEST = 1000, 384, 4, 15
AT_ONCE = 1000
VOCABULARY, PEOPLE, FIELDS = 5000, 3000, 40


def main(count: int) -> None:
    """Measure and print."""
    pool = listing()
    chance = random.Random(1)
    generator = np.random.default_rng(1)
    bare = whole = 0.0
    shown = 0
    for start in range(0, count, AT_ONCE):
        profiles = [profile(chance, start + n) for n in range(min(AT_ONCE, count - start))]
        vectors = unit(generator.standard_normal((len(profiles), PROTOTYPES, WIDTH), np.float32))
        pool.keep({p.interests[0]: taste(rows) for p, rows in zip(profiles, vectors, strict=True)})
        begun = time.perf_counter()
        multiply(vectors, pool)
        middle = time.perf_counter()
        shown += sum(len(best) for best in match.best(match.rank(profiles, pool), BEST))
        bare, whole = bare + middle - begun, whole + time.perf_counter() - middle
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(
        f"{count:,} profiles x {ENTRIES} entries, best {BEST}: {whole:.1f} s, "
        f"{whole / bare:.2f} times the bare product ({bare:.1f} s); {shown:,} shown; "
        f"peak {peak:.0f} MB"
    )


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
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
