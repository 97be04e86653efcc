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

FORMER_ENTRIES = """
CREATE TABLE former_entries (
    entry_id TEXT NOT NULL,
    until TEXT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (entry_id, until)
) WITHOUT ROWID
"""

DAYS = """
CREATE TABLE source_days (
    source TEXT NOT NULL,
    date TEXT NOT NULL,
    pulls INTEGER NOT NULL,
    doubtful INTEGER NOT NULL,
    new INTEGER NOT NULL,
    PRIMARY KEY (source, date)
) WITHOUT ROWID;
CREATE TABLE subscriber_days (
    date TEXT NOT NULL,
    status TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (date, status)
) WITHOUT ROWID
"""

# An empty ``until`` means: look at once. ``since`` is when that was done last: if it lies ahead,
# the clock was set back.
WAITING = """
CREATE TABLE waiting (
    subscriber_id TEXT PRIMARY KEY REFERENCES subscribers (id) ON DELETE CASCADE,
    until TEXT NOT NULL,
    since TEXT NOT NULL
) WITHOUT ROWID;;
CREATE INDEX waiting_until ON waiting (until);;
CREATE INDEX waiting_since ON waiting (since);;
INSERT INTO waiting (subscriber_id, until, since) SELECT id, '', '' FROM subscribers;;
CREATE TRIGGER subscribers_inserted AFTER INSERT ON subscribers BEGIN
    INSERT INTO waiting (subscriber_id, until, since) VALUES (new.id, '', '');
END;;
CREATE TRIGGER subscribers_updated
AFTER UPDATE OF timezone, send_at, days, status, paused_until ON subscribers BEGIN
    UPDATE waiting SET until = '', since = '' WHERE subscriber_id = new.id;
END
"""

# ``entries`` are numbers of entries as a JSON list, the highest of them ``newest``; ``versions`` is
# as long, or empty where all are 1. An entry that was merged into another became its number.
SHOWN_BY_EDITION = """
CREATE TABLE new_shown (
    subscriber_id TEXT NOT NULL REFERENCES subscribers (id) ON DELETE CASCADE,
    newest INTEGER NOT NULL,
    date TEXT NOT NULL,
    entries TEXT NOT NULL,
    versions TEXT NOT NULL,
    PRIMARY KEY (subscriber_id, newest, date)
) WITHOUT ROWID;
INSERT INTO new_shown (subscriber_id, newest, date, entries, versions)
    SELECT subscriber_id, max(number), date, json_group_array(number),
        CASE WHEN min(shown.version) = 1 AND max(shown.version) = 1 THEN ''
        ELSE json_group_array(shown.version) END
    FROM shown JOIN entries ON entries.id = shown.entry_id GROUP BY subscriber_id, date;
ALTER TABLE entries ADD COLUMN last_shown TEXT NOT NULL DEFAULT '';
UPDATE entries SET last_shown = coalesce(
    (SELECT max(date) FROM shown WHERE shown.entry_id = entries.id), '');
DROP TABLE shown;
ALTER TABLE new_shown RENAME TO shown;
CREATE TABLE absorbed (number INTEGER PRIMARY KEY, became INTEGER NOT NULL);
CREATE INDEX absorbed_became ON absorbed (became);
CREATE INDEX editions_date ON editions (date)
"""

# Marks lie in the order in which they were made; each is folded into its delivery's row later.
MARKS = """
CREATE TABLE marks (
    number INTEGER PRIMARY KEY,
    subscriber_id TEXT NOT NULL,
    date TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status = 'submitting' OR status = 'sent'),
    attempts INTEGER NOT NULL,
    response TEXT,
    at TEXT
)
"""

# An edition names its digest, which goes with the last of them, whatever deletes it. The index by
# date finds the others, until SHARES; only editions of one date share a digest. No key of
# ``digest`` is declared foreign, for to delete a digest SQLite would look through all editions.
DIGESTS = """
CREATE TABLE digests (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    date TEXT NOT NULL,
    content TEXT NOT NULL
);;
INSERT INTO digests (number, date, content) SELECT rowid, date, digest FROM editions;;
CREATE TABLE new_editions (
    subscriber_id TEXT NOT NULL REFERENCES subscribers (id) ON DELETE CASCADE,
    date TEXT NOT NULL,
    digest INTEGER NOT NULL,
    PRIMARY KEY (subscriber_id, date)
) WITHOUT ROWID;;
INSERT INTO new_editions SELECT subscriber_id, date, rowid FROM editions
    ORDER BY subscriber_id, date;;
DROP TABLE editions;;
ALTER TABLE new_editions RENAME TO editions;;
CREATE INDEX editions_date ON editions (date, digest);;
CREATE TRIGGER editions_deleted AFTER DELETE ON editions BEGIN
    DELETE FROM digests WHERE number = old.digest AND NOT EXISTS
        (SELECT 1 FROM editions WHERE date = old.date AND digest = old.digest);
END
"""

# How many editions name a digest is counted as they come and go. An index by digest told it, too,
# at the price of a page for nearly every edition: readers follow each other by their ids, and their
# digests lie anywhere among those of the day.
SHARES = """
CREATE TABLE shares (digest INTEGER PRIMARY KEY, editions INTEGER NOT NULL);;
INSERT INTO shares SELECT digest, count(*) FROM editions GROUP BY digest;;
DROP INDEX editions_date;;
CREATE INDEX editions_date ON editions (date);;
CREATE TRIGGER editions_added AFTER INSERT ON editions BEGIN
    INSERT INTO shares (digest, editions) VALUES (new.digest, 1)
        ON CONFLICT (digest) DO UPDATE SET editions = editions + 1;
END;;
DROP TRIGGER editions_deleted;;
CREATE TRIGGER editions_deleted AFTER DELETE ON editions BEGIN
    UPDATE shares SET editions = editions - 1 WHERE digest = old.digest;
    DELETE FROM digests WHERE number IN
        (SELECT digest FROM shares WHERE digest = old.digest AND editions = 0);
    DELETE FROM shares WHERE digest = old.digest AND editions = 0;
END
"""
