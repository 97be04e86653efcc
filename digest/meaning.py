"""Gives the texts of a pool and of interests their vectors: out of the cache, or embedded now.

Each text is embedded once; without a model there is no space, and ranking goes by words alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digest.embed import Embedder
from digest.errors import StoreError
from digest.lexicon import Bag, bag
from digest.model import Interest
from digest.pool import Pool
from digest.space import STATIC, TRANSFORMER, Space, Statistics
from digest.store.vectors import open_vectors
from digest.taste import against, apart, texts, wording

Floats = NDArray[np.float32]


AT_ONCE = 400  # texts embedded before they are kept: what an interruption costs at most


def unheard(said: str) -> None:
    """Hear of long work and say nothing."""
    del said


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """A model, if there is one, and the folder that keeps what it made.

    ``told`` hears of long work before it begins. Without ``keeps`` the folder is read only.
    """

    embedder: Embedder | None
    folder: Path
    keeps: bool = True
    told: Callable[[str], None] = unheard

    def furnished(self, pool: Pool, interests: Sequence[Interest]) -> Pool:
        """Give the pool with a space that holds its entries and the texts of interests.

        A pool that has its space already, as ``opened`` gives it, keeps that of its entries.
        Nothing is embedded unless an interest has texts to compare with.

        Raises:
            ModelError: the model cannot be used.
        """
        asked = [
            text
            for interest in interests
            for text in (*texts(interest, pool.library), *against(interest, pool.library))
        ]
        if not asked or not pool.entries:
            return pool
        opened = pool if pool.space is not None else self.opened(pool)
        read = opened.knowing(self.bags([(text.title, text.summary) for text in asked]))
        if self.embedder is None or read.space is None:
            return read
        beside = self.vectors(self.embedder, [text.wording for text in asked])
        return read.within(read.space.beside(beside))

    def opened(self, pool: Pool) -> Pool:
        """Give the pool with the bags and the space of its entries, made once for all interests.

        Raises:
            ModelError: the model cannot be used.
        """
        read = pool.knowing(self.bags([(e.title, e.summary) for e in pool.entries]))
        if self.embedder is None or not pool.entries:
            return read
        own = [wording(entry.title, entry.summary) for entry in pool.entries]
        vectors = self.vectors(self.embedder, own)
        rows = np.array([vectors[text] for text in own], np.float32)
        tuning = STATIC if self.embedder.static else TRANSFORMER
        return read.within(Space(rows, _statistics(self.embedder.statistics), tuning))

    def bags(self, wanted: Sequence[tuple[str, str]]) -> dict[str, Bag]:
        """Give the bags of titles with their abstracts, by both; keep those made now."""
        by_both = {apart(*text): text for text in wanted}
        found: dict[str, Bag] = {}
        with suppress(StoreError), open_vectors(self.folder) as cache:
            found = cache.bags(by_both)
            fresh = {key: bag(*text) for key, text in by_both.items() if key not in found}
            found |= fresh
            if fresh and self.keeps:
                cache.put_bags(fresh)
        return found

    def vectors(self, embedder: Embedder, wanted: Sequence[str]) -> dict[str, Floats]:
        """Give the vectors of texts, and keep those that were embedded now.

        A cache that cannot be used costs time and nothing else.
        """
        distinct = list(dict.fromkeys(wanted))
        found = self._kept(embedder.name, distinct)
        missing = [text for text in distinct if text not in found]
        if len(missing) > AT_ONCE:
            self.told(f"reading {len(missing):,} texts for the first time; it takes a while, once")
        for start in range(0, len(missing), AT_ONCE):
            some = missing[start : start + AT_ONCE]
            made = dict(zip(some, embedder.embed(some), strict=True))
            # As they come out of the cache, so that the first day ranks as the second.
            fresh = {text: v.astype("<f2").astype(np.float32) for text, v in made.items()}
            if self.keeps:
                with suppress(StoreError), open_vectors(self.folder) as cache:
                    cache.put(embedder.name, fresh)
            found |= fresh
        return found

    def _kept(self, model: str, texts: Sequence[str]) -> dict[str, Floats]:
        try:
            with open_vectors(self.folder) as cache:
                return cache.get(model, texts)
        except StoreError:
            return {}


def _statistics(path: Path | None) -> Statistics | None:
    """Read the background's mean and covariance."""
    if path is None or not path.is_file():
        return None
    with np.load(path) as content:
        return Statistics(
            mean=content["mean"].astype(np.float32),
            covariance=content["covariance"].astype(np.float32),
        )
