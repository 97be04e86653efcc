"""What becomes of a database with the years: pruned, backed up, and of another version."""

from __future__ import annotations

import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path

import pytest

from digest.errors import SettingsError, StoreError, UnknownError
from digest.model import DeliveryStatus
from digest.store import open_store
from digest.store.backup import back_up
from integration.conftest import Cli, Project
from integration.servers import Mailbox

ADA = "ada@example.org"


def keep(project: Project, days: int = 31) -> None:
    """Set how long things are kept, and that a day's editions are of three days at most."""
    project.tables = f"[window]\ndays = 3\nkeep = {days}\n"


def sent(project: Project, days: int = 0) -> None:
    """Let days go by, and run."""
    project.tomorrow(days)
    project.app.run()


@pytest.fixture
def old(project: Project) -> Project:
    """Have an edition of 30 days ago that showed three papers, and one of today."""
    keep(project)
    project.subscribe(ADA)
    sent(project)
    project.papers(4)
    sent(project, 30)
    return project


def test_old_editions_go(old: Project) -> None:
    """An edition beyond its time goes with its delivery; a younger one stays."""
    before = len(old.rows("editions"))
    sent(old, 2)
    dates = [row["date"] for row in old.rows("editions")]
    assert (2, ["2026-04-01", "2026-04-03"], 2) == (before, dates, len(old.rows("deliveries")))


def test_old_entries_lose_their_texts(old: Project) -> None:
    """An old entry keeps its title and keys alone; a young one all."""
    sent(old, 2)
    texts = {row["title"][-1]: row["summary"] for row in old.rows("entries")}
    assert {"1": "", "2": "", "3": "", "4": "Of graphs."} == texts


def test_what_was_shown_is_never_shown_again(old: Project, box: Mailbox) -> None:
    """A source that lists pruned papers again, under other ids, brings nobody a second mail."""
    sent(old, 2)
    before = len(box.mails)
    old.papers(1, 2, 3, 4)
    text = (old.folder / "papers.json").read_text(encoding="utf-8")
    renamed = text.replace('"id": "https://arxiv.org/abs/', '"id": "another:')
    (old.folder / "papers.json").write_text(renamed, encoding="utf-8")
    sent(old, 1)
    assert (before, 4) == (len(box.mails), len(old.rows("entries")))


def test_a_pruned_entry_gets_its_texts_back(old: Project) -> None:
    """Listed again, an old entry has its abstract again, and is not pruned a second time."""
    sent(old, 2)
    old.papers(1)
    sent(old, 1)
    sent(old, 1)
    assert ["Of graphs.", "", ""] == [row["summary"] for row in old.rows("entries")][:3]


def test_a_date_that_was_pruned_is_refused(old: Project, box: Mailbox) -> None:
    """Of an edition that is no longer known nobody can say that it was not sent."""
    sent(old, 2)
    day = old.clock.at.date().replace(month=3, day=2)
    before = len(box.mails)
    with pytest.raises(
        UnknownError, match=r"^2026-03-02: editions before 2026-03-03 are no longer"
    ):
        old.app.run(day=day)
    assert before == len(box.mails)


def test_the_last_edition_stays(project: Project) -> None:
    """Who was sent nothing for long is no new subscriber, and the edition is whole."""
    keep(project)
    project.subscribe(ADA)
    sent(project)
    with project.app.store() as store:
        store.pruning.prune(project.clock.at.replace(year=2030), ())
    rows = (project.rows("editions"), project.rows("deliveries"))
    texts = [row["summary"] for row in project.rows("entries")]
    assert ([1, 1], ["Of graphs."] * 3) == ([len(found) for found in rows], texts)


@pytest.mark.parametrize("status", ["held", "deferred", "uncertain", "planned", "submitting"])
def test_what_is_to_be_sent_stays(old: Project, status: str) -> None:
    """A delivery that may still be sent is not pruned, whatever its age."""
    with old.app.store() as store:
        first = store.outbox.all()[-1]
        store.outbox.change(DeliveryStatus(status), [first.status], old.clock(), [first.edition])
        store.pruning.prune(old.clock.at.replace(year=2030), ())
    assert ["2026-03-02", "2026-04-01"] == [row["date"] for row in old.rows("editions")]


def test_an_example_keeps_its_texts(project: Project) -> None:
    """A paper that a profile names as an example still has its abstract, however old."""
    keep(project)
    project.papers(1, 2)
    path = project.profile(ADA)
    text = path.read_text(encoding="utf-8") + 'examples = ["arxiv:2601.00001"]\n'
    path.write_text(text, encoding="utf-8")
    app = project.app
    with app.store() as store:
        from digest import subscriptions

        subscriptions.apply(store, subscriptions.read([path], app.defaults)[0])
    sent(project)
    (project.folder / "papers.json").write_text('{"version": "https://jsonfeed.org/version/1"}')
    for days in (20, 20):
        project.papers(3 + days)
        sent(project, days)
    assert ["Of graphs.", ""] == [row["summary"] for row in project.rows("entries")][:2]


def test_without_keep_everything_stays(old: Project) -> None:
    """keep = 0 prunes nothing."""
    keep(old, 0)
    sent(old, 400)
    texts = {row["summary"] for row in old.rows("entries")}
    assert (3, {"Of graphs."}) == (len(old.rows("editions")), texts)


def test_keep_covers_the_window(project: Project) -> None:
    """A time shorter than the window, or than deliveries may take, is refused."""
    project.tables = "[window]\ndays = 60\nkeep = 40\n"
    with pytest.raises(SettingsError, match="has keep = 40; write 60 days or more, or 0 for ever"):
        _ = project.app


def test_a_backup_is_whole_and_private(cli: Cli) -> None:
    """The copy opens as the database, holds what it holds, and is its owner's alone."""
    cli.project.subscribe(ADA)
    cli.project.app.run()
    result = cli("backup", "copy.db")
    copy = cli.project.folder / "copy.db"
    with open_store(copy) as store:
        found = (store.entries.count(), [row.subscriber.email for row in store.subscribers.all()])
    mode = stat.S_IMODE(copy.stat().st_mode)
    assert (0, 0o600, (3, [ADA])) == (result.exit_code, mode, found)


def test_a_backup_while_others_write(project: Project, tmp_path: Path) -> None:
    """A copy made while entries are being stored is of one moment, and sound."""
    project.app.pull()
    stopping = threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(project.database, timeout=30)) as db:
            for number in range(100_000):
                if stopping.is_set():
                    return
                db.execute("BEGIN IMMEDIATE")
                for table in ("holds", "pairs"):
                    db.execute(f"INSERT INTO {table} VALUES (?, 'x')", [str(number)])
                db.commit()

    with closing(sqlite3.connect(project.database)) as db:
        db.execute("CREATE TABLE pairs (domain TEXT, until TEXT)")
    writer = threading.Thread(target=write)
    writer.start()
    counts = []
    try:
        for number in range(5):
            back_up(project.database, tmp_path / f"{number}.db")
            with closing(sqlite3.connect(tmp_path / f"{number}.db")) as db:
                names = ("holds", "pairs")
                counts.append([db.execute(f"SELECT count(*) FROM {n}").fetchone() for n in names])
    finally:
        stopping.set()
        writer.join()
    assert [one for one, _ in counts] == [other for _, other in counts]


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("digest.db", "is the database itself"),
        ("digest.db-wal", "is the database itself"),
        ("digest.db.daemon.lock", "is the database itself"),
        ("digest.db.letters.lock", "is the database itself"),
        ("no/copy.db", "its folder does not exist"),
        ("profiles", "is a directory"),
    ],
)
def test_a_wrong_place_for_a_backup_is_refused(project: Project, name: str, fault: str) -> None:
    """One line names the place, and nothing is written."""
    project.subscribe(ADA)
    before = sorted(project.folder.iterdir())
    with pytest.raises(StoreError, match=f"{name}: {fault}; name another file"):
        back_up(project.database, project.folder / name)
    assert before == sorted(project.folder.iterdir())


def test_a_damaged_database_is_not_backed_up(project: Project, tmp_path: Path) -> None:
    """A copy that is not sound does not take the place of an older one."""
    project.app.pull()
    with closing(sqlite3.connect(project.database)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.execute("PRAGMA writable_schema = ON")
        other = "CREATE INDEX entries_first_stored ON entries (title)"
        db.execute("UPDATE sqlite_schema SET sql = ? WHERE name = 'entries_first_stored'", [other])
        db.commit()
    (tmp_path / "copy.db").write_bytes(b"the older one")
    with pytest.raises(StoreError, match=r"digest\.db: is damaged \(row"):
        back_up(project.database, tmp_path / "copy.db")
    names = [path.name for path in tmp_path.iterdir() if "copy" in path.name]
    assert (["copy.db"], b"the older one") == (names, (tmp_path / "copy.db").read_bytes())


def older(project: Project) -> None:
    """Make a database as the first version left it."""
    from sqlite_utils import Database, Migrations

    from digest.store.migrations import first_schema

    first = Migrations("digest")
    first()(first_schema)
    db = Database(project.database)
    first.apply(db)
    db.execute("INSERT INTO suppressions VALUES ('a@example.org', 'asked to stop', '2026-01-01')")
    db.execute("INSERT INTO suppressions VALUES ('b@example.org', '550 5.1.1 no', '2026-01-01')")
    db.conn.commit()
    db.close()


def test_an_older_database_is_brought_up_to_date(cli: Cli) -> None:
    """The first command says so, the next one nothing; who said stop is still known."""
    older(cli.project)
    said = [cli("outbox").stderr for _ in range(2)]
    line = (
        f"warning: {cli.project.database}: was brought up to date; an older digest cannot open it"
    )
    rows = {row["email"][0]: row["stopped"] for row in cli.project.rows("suppressions")}
    assert ([line, ""], {"a": 1, "b": 0}) == ([text.strip() for text in said], rows)


def test_a_new_database_is_not_an_older_one(cli: Cli) -> None:
    """Where there was none, nothing is said of an older version."""
    assert "up to date" not in cli("pull").stderr
