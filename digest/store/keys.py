"""The index of entries by their keys: a key's 64-bit hash to the number of its entry.

Hashes make the index a tenth as large as the keys themselves, so that storing touches few pages
and looking up many keys among millions stays quick. That two keys share a hash is harmless: who
looks up compares the entry's own keys, which the entries table holds.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b

from sqlite_utils import Database

from digest.model import Entry
from digest.store.rows import insert, parameter


@lru_cache(maxsize=65_536)  # a pull looks each key up, and then enters it
def hashed(key: str) -> int:
    """Give the first 64 bits of a key's BLAKE2b, as SQLite's signed integer."""
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big", signed=True)


class Keys:
    """The entry_keys table."""

    def __init__(self, db: Database) -> None:
        """Use the open database ``db``."""
        self._db = db

    def find(self, keys: Iterable[str]) -> dict[str, int]:
        """Give, for each key that is there, the number of its entry."""
        by_hash = {hashed(key): key for key in keys}
        rows = self._db.conn.execute(
            "SELECT key, entry FROM entry_keys WHERE key IN (SELECT value FROM json_each(?))",
            [json.dumps(sorted(by_hash))],
        )
        return {by_hash[key]: number for key, number in rows}

    def add(self, entries: Iterable[Entry]) -> None:
        """Enter the keys of stored entries; one that is there already stays with its entry."""
        keys = {entry.id: entry.keys for entry in entries}
        rows = self._db.conn.execute(
            "SELECT id, number FROM entries WHERE id IN (SELECT value FROM json_each(?))",
            [parameter(keys)],
        )
        pairs = [(hashed(key), number) for entry_id, number in rows for key in keys[entry_id]]
        insert(self._db, "INSERT OR IGNORE INTO entry_keys (key, entry)", pairs)

    def move(self, keys: Iterable[str], into: str) -> None:
        """Give keys to the entry whose id is ``into``."""
        self._db.execute(
            "UPDATE entry_keys SET entry = (SELECT number FROM entries WHERE id = ?) "
            "WHERE key IN (SELECT value FROM json_each(?))",
            [into, json.dumps([hashed(key) for key in keys])],
        )
