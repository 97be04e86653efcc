"""The schema and its history; a step is applied once, in order, and not edited once released."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from digest.store import statements

MIGRATIONS = Migrations("digest")

_FTS_COLUMNS = ("title", "summary", "authors", "categories")


@MIGRATIONS()
def first_schema(db: Database) -> None:
    """Create all tables."""
    for statement in _TABLES.strip().split(";\n"):
        db.execute(statement)
    db.table("entries").enable_fts(
        _FTS_COLUMNS, tokenize="porter unicode61 remove_diacritics 2", create_triggers=False
    )
    for statement in _INDEX.strip().split(";;\n"):
        db.execute(statement)


@MIGRATIONS()
def entries_have_a_tldr(db: Database) -> None:
    """Keep the source's own sentence on an entry."""
    db.execute("ALTER TABLE entries ADD COLUMN tldr TEXT NOT NULL DEFAULT ''")


@MIGRATIONS()
def pictures_are_kept(db: Database) -> None:
    """Keep the thumbnails that mails carry; one without bytes was refused."""
    db.execute(_PICTURES)


_PICTURES = """
CREATE TABLE pictures (
    name TEXT PRIMARY KEY,
    jpeg BLOB NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    asked TEXT NOT NULL,
    refused TEXT NOT NULL
)
"""


@MIGRATIONS()
def returned_mails_and_pruning(db: Database) -> None:
    """Add who said stop, what came back, and what was pruned."""
    for statement in _RETURNED.strip().split(";\n"):
        db.execute(statement)


@MIGRATIONS()
def turns_and_order(db: Database) -> None:
    """Keep the turns of what has a rate; make marks cheap; find what is due a page at a time.

    A mark changes no index but that of what is undecided, and later that of what was tried. A list
    of more than two values behind IN is built anew by each statement that checks it: here they are
    alternatives.
    """
    for statement in _TURNS_AND_ORDER.strip().split(";\n"):
        db.execute(statement)


@MIGRATIONS()
def entries_as_they_were(db: Database) -> None:
    """Keep what an entry said before it changed, if a digest had shown it."""
    db.execute(statements.FORMER_ENTRIES)


@MIGRATIONS()
def subscribers_wait(db: Database) -> None:
    """Keep until when each subscriber need not be looked at; the table is narrow."""
    for statement in statements.WAITING.strip().split(";;\n"):
        db.execute(statement)


@MIGRATIONS()
def shown_by_edition(db: Database) -> None:
    """Note what was shown by the edition, not by the entry; find editions by date."""
    for statement in statements.SHOWN_BY_EDITION.strip().split(";\n"):
        db.execute(statement)


@MIGRATIONS()
def days_are_counted(db: Database) -> None:
    """Count by day how each source's pulls went, and how many subscribers there are."""
    for statement in statements.DAYS.strip().split(";\n"):
        db.execute(statement)


@MIGRATIONS()
def letters_and_addresses(db: Database) -> None:
    """Add letters on their way, who moved to another address, and what the page changed when."""
    for statement in statements.LETTERS.strip().split(";\n"):
        db.execute(statement)


@MIGRATIONS()
def marks_are_folded(db: Database) -> None:
    """Write marks one behind the other, and fold them into the deliveries in bulk."""
    db.execute(statements.MARKS)


@MIGRATIONS()
def digests_are_shared(db: Database) -> None:
    """Store a digest once, whoever gets it; each edition names its own."""
    for statement in statements.DIGESTS.strip().split(";;\n"):
        db.execute(statement)


@MIGRATIONS()
def digests_are_counted(db: Database) -> None:
    """Count each digest's editions; it may hold matches as rows, too (digest/store/digests.py)."""
    for statement in statements.SHARES.strip().split(";;\n"):
        db.execute(statement)


# Times are ISO 8601 in UTC with microseconds, so that they sort as text; lists are lines.
_TABLES = """
CREATE TABLE entries (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    summary TEXT NOT NULL,
    authors TEXT NOT NULL,
    categories TEXT NOT NULL,
    url TEXT NOT NULL,
    published TEXT,
    updated TEXT,
    version INTEGER NOT NULL,
    announce TEXT NOT NULL,
    organization TEXT NOT NULL,
    upvotes INTEGER,
    comments INTEGER,
    links TEXT NOT NULL,
    thumbnail TEXT NOT NULL,
    seen_in TEXT NOT NULL,
    source_ids TEXT NOT NULL,
    keys TEXT NOT NULL,
    authority INTEGER NOT NULL,
    first_stored TEXT NOT NULL,
    revised TEXT
);
CREATE INDEX entries_first_stored ON entries (first_stored);
CREATE INDEX entries_revised ON entries (revised) WHERE revised IS NOT NULL;
CREATE TABLE entry_keys (
    key INTEGER PRIMARY KEY,
    entry INTEGER NOT NULL
);
CREATE TABLE sources (
    source TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    detail TEXT NOT NULL,
    last_attempt TEXT,
    last_success TEXT,
    last_new TEXT,
    next_fetch TEXT,
    failures INTEGER NOT NULL,
    failing_since TEXT,
    raised INTEGER NOT NULL,
    highest TEXT NOT NULL,
    covered TEXT,
    memory TEXT NOT NULL
);
CREATE TABLE holds (
    domain TEXT PRIMARY KEY,
    until TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE subscribers (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    timezone TEXT NOT NULL,
    send_at TEXT NOT NULL,
    days TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('pending', 'active', 'paused', 'unsubscribed')),
    paused_until TEXT,
    profile TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    place TEXT NOT NULL
);
CREATE TABLE suppressions (
    email TEXT PRIMARY KEY,
    reason TEXT NOT NULL,
    since TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE editions (
    subscriber_id TEXT NOT NULL REFERENCES subscribers (id) ON DELETE CASCADE,
    date TEXT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (subscriber_id, date)
);
CREATE TABLE shown (
    subscriber_id TEXT NOT NULL REFERENCES subscribers (id) ON DELETE CASCADE,
    entry_id TEXT NOT NULL,
    date TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (subscriber_id, entry_id)
) WITHOUT ROWID;
CREATE INDEX shown_entry_id ON shown (entry_id);
CREATE TABLE deliveries (
    subscriber_id TEXT NOT NULL,
    date TEXT NOT NULL,
    email TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('planned', 'submitting', 'sent', 'deferred', 'failed',
        'uncertain', 'suppressed', 'held', 'dropped', 'skipped')),
    attempts INTEGER NOT NULL,
    planned_at TEXT NOT NULL,
    next_attempt TEXT,
    changed_at TEXT NOT NULL,
    message_id TEXT NOT NULL,
    response TEXT NOT NULL,
    PRIMARY KEY (subscriber_id, date),
    FOREIGN KEY (subscriber_id, date) REFERENCES editions (subscriber_id, date) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX deliveries_open ON deliveries (status, next_attempt)
    WHERE status IN ('planned', 'submitting', 'deferred', 'uncertain');
CREATE INDEX deliveries_changed_at ON deliveries (changed_at);
CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    started TEXT NOT NULL,
    ended TEXT,
    command TEXT NOT NULL,
    report TEXT NOT NULL
)
"""

# Entries up to the number ``upto`` are in the full-text index (digest/store/search.py). An index
# over a table of its own is told what it held before (https://www.sqlite.org/fts5.html 4.4.3).
_INDEX = """
CREATE TABLE indexed (upto INTEGER NOT NULL);;
INSERT INTO indexed (upto) VALUES (0);;
CREATE TRIGGER entries_indexed_delete AFTER DELETE ON entries
WHEN old.number <= (SELECT upto FROM indexed) BEGIN
    INSERT INTO entries_fts (entries_fts, rowid, title, summary, authors, categories)
    VALUES ('delete', old.number, old.title, old.summary, old.authors, old.categories);
END;;
CREATE TRIGGER entries_indexed_update
AFTER UPDATE OF title, summary, authors, categories ON entries
WHEN old.number <= (SELECT upto FROM indexed) BEGIN
    INSERT INTO entries_fts (entries_fts, rowid, title, summary, authors, categories)
    VALUES ('delete', old.number, old.title, old.summary, old.authors, old.categories);
    INSERT INTO entries_fts (rowid, title, summary, authors, categories)
    VALUES (new.number, new.title, new.summary, new.authors, new.categories);
END
"""

# ``returned`` holds each mail that came back and counted, by its fingerprint; ``pruned`` since when
# an entry is without its texts, and in its own table the date before which editions are gone.
_RETURNED = """
ALTER TABLE suppressions ADD COLUMN stopped INTEGER NOT NULL DEFAULT 0;
UPDATE suppressions SET stopped = 1 WHERE reason = 'asked to stop';
ALTER TABLE entries ADD COLUMN pruned TEXT;
CREATE INDEX entries_whole ON entries (first_stored) WHERE pruned IS NULL;
CREATE TABLE pruned (before TEXT NOT NULL);
INSERT INTO pruned (before) VALUES ('');
CREATE TABLE returned (
    fingerprint TEXT PRIMARY KEY,
    subscriber_id TEXT NOT NULL REFERENCES subscribers (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    at TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX returned_subscriber_id ON returned (subscriber_id, at)
"""

_TURNS_AND_ORDER = """
CREATE TABLE turns (
    name TEXT PRIMARY KEY,
    at TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE new_deliveries (
    subscriber_id TEXT NOT NULL,
    date TEXT NOT NULL,
    email TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status = 'submitting' OR status = 'sent' OR status = 'planned'
        OR status = 'deferred' OR status = 'failed' OR status = 'uncertain'
        OR status = 'suppressed' OR status = 'held' OR status = 'dropped' OR status = 'skipped'),
    attempts INTEGER NOT NULL,
    planned_at TEXT NOT NULL,
    next_attempt TEXT,
    changed_at TEXT NOT NULL,
    message_id TEXT NOT NULL,
    response TEXT NOT NULL,
    PRIMARY KEY (subscriber_id, date),
    FOREIGN KEY (subscriber_id, date) REFERENCES editions (subscriber_id, date) ON DELETE CASCADE
) WITHOUT ROWID;
INSERT INTO new_deliveries SELECT subscriber_id, date, email, status, attempts, planned_at,
    next_attempt, changed_at, message_id, response FROM deliveries;
DROP TABLE deliveries;
ALTER TABLE new_deliveries RENAME TO deliveries;
CREATE INDEX deliveries_changed_at ON deliveries (changed_at, status)
    WHERE status NOT IN ('planned', 'submitting');
CREATE INDEX deliveries_order ON deliveries (planned_at, subscriber_id, date)
    WHERE status = 'planned' OR status = 'submitting' OR status = 'deferred' OR status = 'uncertain'
"""
