"""What texts are compiled to, kept so that each is read once: a database in the cache folder.

It may be deleted at any time. A vector is named by its model and the hash of its text, and held in
half precision, as which it ranks the same. A bag of words is held beside it, as its terms' numbers
and then their weights, under the name of the way in which texts are taken apart.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlite_utils import Database

from digest import lexicon
from digest.errors import Problem, StoreError
from digest.lexicon import Bag
from digest.store.rows import insert, writing

Floats = NDArray[np.float32]

BUSY_SECONDS = 30
_BAGS = f"words/{lexicon.EDITION}"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS vectors (
    model TEXT NOT NULL,
    text TEXT NOT NULL,
    vector BLOB NOT NULL,
    PRIMARY KEY (model, text)
) WITHOUT ROWID
"""


class VectorCache:
    """The vectors table."""

    def __init__(self, db: Database) -> None:
        """Use the open database ``db``."""
        self._db = db

    def get(self, model: str, texts: Iterable[str]) -> dict[str, Floats]:
        """Give the vectors of those texts that have one."""
        return {
            text: np.frombuffer(blob, "<f2").astype(np.float32)
            for text, blob in self._blobs(model, texts).items()
        }

    def put(self, model: str, vectors: Mapping[str, Floats]) -> None:
        """Keep vectors by their texts."""
        self._keep(model, {text: v.astype("<f2").tobytes() for text, v in vectors.items()})

    def bags(self, texts: Iterable[str]) -> dict[str, Bag]:
        """Give the bags of those texts that have one."""
        return {
            text: Bag(
                ids=np.frombuffer(blob, "<u4", len(blob) // 8),
                weights=np.frombuffer(blob, "<f4", offset=len(blob) // 2),
            )
            for text, blob in self._blobs(_BAGS, texts).items()
        }

    def put_bags(self, bags: Mapping[str, Bag]) -> None:
        """Keep bags by their texts."""
        blobs = {
            text: bag.ids.astype("<u4").tobytes() + bag.weights.astype("<f4").tobytes()
            for text, bag in bags.items()
        }
        self._keep(_BAGS, blobs)

    def _blobs(self, model: str, texts: Iterable[str]) -> dict[str, bytes]:
        by_hash = {_hashed(text): text for text in texts}
        rows = self._db.conn.execute(
            "SELECT text, vector FROM vectors "
            "WHERE model = ? AND text IN (SELECT value FROM json_each(?))",
            [model, json.dumps(list(by_hash))],
        )
        return {by_hash[name]: blob for name, blob in rows}

    def _keep(self, model: str, blobs: Mapping[str, bytes]) -> None:
        rows = [(model, _hashed(text), blob) for text, blob in blobs.items()]
        with writing(self._db):
            insert(self._db, "INSERT OR REPLACE INTO vectors (model, text, vector)", rows)


def _hashed(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


@contextmanager
def open_vectors(folder: Path) -> Iterator[VectorCache]:
    """Open the cache in ``folder``, which is made if need be.

    Raises:
        StoreError: it cannot be written there.
    """
    path = folder / "vectors.db"
    cure = "check digest.cache in the configuration, or delete the file"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS)
        db = Database(connection, execute_plugins=False)
        connection.execute("PRAGMA journal_mode = WAL")
        # What a loss of power takes is embedded again.
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute(_SCHEMA)
    except (sqlite3.Error, OSError) as error:
        fault = f"vectors cannot be kept there ({error})"
        raise StoreError(str(Problem(str(path), fault, cure))) from error
    try:
        yield VectorCache(db)
    except sqlite3.Error as error:
        raise StoreError(str(Problem(str(path), f"failed ({error})", cure))) from error
    finally:
        db.close()
