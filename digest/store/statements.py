"""The statements of later steps of the schema; like those, none is edited once released."""

from __future__ import annotations

# ``addresses`` has the ids that are not the hash of their subscriber's address: of who has moved,
# and of who came to an address that somebody moved from.
LETTERS = """
CREATE TABLE letters (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    email TEXT NOT NULL,
    address TEXT NOT NULL,
    day TEXT NOT NULL,
    content TEXT NOT NULL,
    status TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    asked_at TEXT NOT NULL,
    next_attempt TEXT,
    answered TEXT,
    response TEXT NOT NULL,
    UNIQUE (address, kind, day)
) WITHOUT ROWID;
CREATE INDEX letters_open ON letters (asked_at)
    WHERE status IN ('planned', 'deferred', 'uncertain');
CREATE TABLE addresses (
    address TEXT PRIMARY KEY,
    subscriber_id TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX addresses_subscriber_id ON addresses (subscriber_id);
ALTER TABLE subscribers ADD COLUMN edited TEXT
"""
