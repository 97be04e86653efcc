"""The store: everything that is remembered between runs, in one SQLite database.

The only package with SQL, and the only one that uses sqlite-utils.
"""

from __future__ import annotations

from digest.store.database import Store, open_store

__all__ = ["Store", "open_store"]
