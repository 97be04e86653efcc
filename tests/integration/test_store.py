"""The database on disk: its schema, entries and their identity, editions, search and the lock."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from digest import identity, query
from digest.errors import QueryError, StoreError
from digest.model import (
    Author,
    Authority,
    Delivery,
    DeliveryStatus,
    Digest,
    Edition,
    Entry,
    Match,
    Profile,
    Section,
    SendResult,
    Status,
    Subscriber,
)
from digest.store import Store, open_store
from digest.store.subscribers import Subscription
from integration.conftest import NOON

DAY = date(2026, 3, 2)
ADA = Edition(subscriber_id="ada", date=DAY)


def entry(
    title: str,
    *,
    source: str = "feed",
    arxiv: str = "",
    url: str = "",
    **more: Any,  # noqa: ANN401 fields by name
) -> Entry:
    """Make an entry as a source gives it; ``url`` or ``arxiv`` may name it."""
    url = f"https://arxiv.org/abs/{arxiv}" if arxiv else url
    keys = identity.keys(source=source, title=title, url=url)
    made = Entry(id=keys[0], title=title, url=url, seen_in=(source,), keys=keys)
    return replace(made, **more)


def digest_of(*entries: Entry, edition: Edition = ADA) -> tuple[Digest, Delivery]:
    """Make a digest that shows the entries, with its planned delivery."""
    matches = tuple(Match(entry=found, interest=None, score=0.0) for found in entries)
    sections = (Section(title="All", matches=matches),)
    made = Digest(edition=edition, subject="s", preheader="p", sections=sections)
    status, mark = DeliveryStatus.PLANNED, f"<{edition.subscriber_id}@x>"
    delivery = Delivery(
        edition=edition, email="a@example.org", status=status, planned_at=NOON, message_id=mark
    )
    return made, delivery


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give a place for a database."""
    return tmp_path / "digest.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    """Have an open database with the subscribers "ada" and "bob"."""
    with open_store(path) as opened:
        for name in ("ada", "bob"):
            subscriber = Subscriber(id=name, email=f"{name}@example.org")
            opened.subscribers.put(Subscription(subscriber=subscriber, fingerprint="", place=""))
        yield opened


def ask(path: Path, sql: str) -> list[object]:
    """Read the first column of a query on another connection."""
    with closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute(sql)]


def test_a_new_file_gets_the_schema(store: Store) -> None:
    """Opening a database that does not exist creates all its tables."""
    wanted = "entries entry_keys sources subscribers suppressions editions shown deliveries runs"
    tables = ask(store.path, "SELECT name FROM sqlite_master WHERE type = 'table'")
    assert set(wanted.split()) - set(tables) == set()


def test_readers_are_what_a_mail_needs(store: Store) -> None:
    """A reader has the address, the hour, and of the profile the template and the language."""
    profile = Profile(template="compact", language="de", limit=3)
    ada = Subscriber(
        id="ada",
        email="ada@example.org",
        name="Ada",
        timezone="Europe/London",
        send_at="06:00",
        status=Status.PAUSED,
        profile=profile,
    )
    store.subscribers.put(Subscription(subscriber=ada, fingerprint="", place=""))
    expected = replace(ada, profile=Profile(template="compact", language="de"))
    assert {"ada": expected} == store.subscribers.readers(["ada", "nobody"])


def test_migrations_are_applied_once(path: Path) -> None:
    """Opening a database again changes nothing in it."""
    with open_store(path):
        pass
    before = ask(path, "SELECT sql FROM sqlite_master ORDER BY name")
    with open_store(path):
        pass
    assert before == ask(path, "SELECT sql FROM sqlite_master ORDER BY name")


@pytest.mark.parametrize(("pragma", "expected"), [("journal_mode", "wal"), ("foreign_keys", 1)])
def test_the_connection_is_safe(store: Store, pragma: str, expected: object) -> None:
    """The database keeps a write-ahead log and enforces foreign keys."""
    found = store._db.execute(f"PRAGMA {pragma}").fetchone()[0]  # noqa: SLF001 no other way to see it
    assert expected == found


def test_foreign_keys_hold(store: Store) -> None:
    """An edition of nobody cannot be written, whoever writes it."""
    insert = "INSERT INTO editions VALUES ('nobody', '2026-03-02', '{}')"
    with pytest.raises(sqlite3.IntegrityError):
        store._db.execute(insert)  # noqa: SLF001 as no part of the store does


def test_a_newer_database_is_refused(path: Path) -> None:
    """A database with a migration this program does not know is left alone."""
    with open_store(path) as store:
        table = store._db.table("_sqlite_migrations")  # noqa: SLF001 as a newer program leaves it
        row = {"migration_set": "digest", "name": "from_the_future", "applied_at": "2030"}
        table.insert(row)
    with pytest.raises(StoreError) as caught, open_store(path):
        pass
    assert f"{path}: was written by a newer digest; upgrade this program" == str(caught.value)


def test_what_is_no_database_is_refused(path: Path) -> None:
    """A file of another kind is refused and stays as it is."""
    path.write_text("these are not the bytes of a database\n" * 50, encoding="utf-8")
    before = path.read_bytes()
    with pytest.raises(StoreError, match="cannot be opened as a database"), open_store(path):
        pass
    assert before == path.read_bytes()


def test_a_missing_database_is_named(path: Path) -> None:
    """Reading commands do not create a database."""
    with (
        pytest.raises(StoreError, match="there is no database yet"),
        open_store(path, create=False),
    ):
        pass
    assert not path.exists()


def test_a_first_listing_is_new(store: Store) -> None:
    """Entries that were never seen are new, and stored as they came."""
    first, second = entry("One paper", arxiv="2601.00001"), entry("Other", url="https://x.org/2")
    kept = store.entries.keep([first, second], NOON)
    stored = store.entries.get([first.id, second.id])
    assert ((first.id, second.id), (), ()) == (kept.new, kept.updated, kept.unchanged)
    assert {first.id: first, second.id: second} == stored


def test_the_same_listing_again_is_unchanged(store: Store) -> None:
    """An entry that comes again as it was is unchanged."""
    paper = entry("One paper", arxiv="2601.00001")
    store.entries.keep([paper], NOON)
    kept = store.entries.keep([paper], NOON + timedelta(days=1))
    assert ((), (), (paper.id,)) == (kept.new, kept.updated, kept.unchanged)


def test_an_entry_that_changed_is_updated(store: Store) -> None:
    """More upvotes make a stored entry an updated one."""
    paper = entry("One paper", arxiv="2601.00001", upvotes=1)
    store.entries.keep([paper], NOON)
    kept = store.entries.keep([replace(paper, upvotes=9)], NOON)
    assert ((paper.id,), 9) == (kept.updated, store.entries.get([paper.id])[paper.id].upvotes)


def test_one_paper_of_two_sources_is_one_entry(store: Store) -> None:
    """A paper has the upvotes of one source and the categories of the other."""
    liked = entry("A paper", source="hf", arxiv="2601.00001", upvotes=7)
    liked = replace(liked, authority=Authority.DAILY_PAPERS)
    filed = entry("A Paper", source="arxiv", arxiv="2601.00001", categories=("cs.LG",))
    filed = replace(filed, authority=Authority.ARCHIVE)
    store.entries.keep([liked], NOON)
    store.entries.keep([filed], NOON)
    (found,) = store.entries.get([liked.id]).values()
    seen = (found.title, found.upvotes, found.categories, found.seen_in, store.entries.count())
    assert ("A Paper", 7, ("cs.LG",), ("hf", "arxiv"), 1) == seen


def twins() -> tuple[Entry, Entry, Entry]:
    """Make two entries, and a third that is both of them."""
    paper = entry("A paper", arxiv="2601.00001")
    post = entry("Our paper, published", url="https://doi.org/10.1000/abc")
    both = entry("A paper", arxiv="2601.00001")
    return paper, post, replace(both, keys=(*both.keys, *post.keys))


def test_two_entries_that_turn_out_to_be_one_are_merged(store: Store) -> None:
    """A listing that joins two stored entries leaves one, known by the keys of both."""
    paper, post, both = twins()
    store.entries.keep([paper, post], NOON)
    store.entries.keep([both], NOON)
    found = store.entries.by_keys([*paper.keys, *post.keys])
    assert ({paper.id}, 1) == ({e.id for e in found.values()}, store.entries.count())


def test_shown_follows_a_merged_entry(store: Store) -> None:
    """Whoever saw an entry has seen the one it is merged into."""
    paper, post, both = twins()
    store.entries.keep([paper, post], NOON)
    store.outbox.plan([digest_of(post)])
    store.entries.keep([both], NOON)
    found = store.shown.dates(["ada"], NOON - timedelta(days=1))
    assert {"ada": {paper.id: "2026-03-02"}} == found


def test_what_was_shown_before_a_merger_is_a_history(store: Store) -> None:
    """Whoever saw an entry that became a later one is not like those who saw none."""
    paper, post, both = twins()
    store.entries.keep([post], NOON - timedelta(days=9))
    store.outbox.plan([digest_of(post)])
    store.entries.keep([paper], NOON)
    store.entries.keep([both], NOON)
    found = store.shown.histories(["ada", "bob"], NOON - timedelta(days=1))
    assert ["ada"] == list(found)


def test_what_was_merged_while_it_was_planned_counts_as_shown(store: Store) -> None:
    """Whoever is shown an entry that a pull has just merged into another has seen that one."""
    paper, post, both = twins()
    store.entries.keep([paper, post], NOON)
    store.entries.keep([both], NOON)
    store.outbox.plan([digest_of(post)])
    found = store.shown.dates(["ada"], NOON - timedelta(days=1))
    assert {"ada": {paper.id: "2026-03-02"}} == found


def test_shown_is_of_the_subscriber_alone(store: Store) -> None:
    """What one subscriber saw, another has not."""
    papers = [entry(f"Paper {n}", arxiv=f"2601.0000{n}") for n in (1, 2)]
    store.entries.keep(papers, NOON)
    store.outbox.plan([digest_of(papers[0])])
    found = store.shown.dates(["ada", "bob"], NOON - timedelta(days=1))
    assert {"ada": {papers[0].id: "2026-03-02"}} == found


def test_an_edition_is_planned_once(store: Store) -> None:
    """A second plan for a subscriber and date changes nothing."""
    first, second = entry("One", arxiv="2601.00001"), entry("Two", arxiv="2601.00002")
    counted = (store.outbox.plan([digest_of(first)]), store.outbox.plan([digest_of(second)]))
    stored = store.outbox.digests([ADA]).get(ADA)
    assert stored is not None
    assert ((1, 0), (first.id,), 1) == (counted, stored.entry_ids, len(store.outbox.all()))


def test_who_was_erased_while_a_pass_planned_stops_no_other(store: Store) -> None:
    """The editions of all others are planned, and none of theirs."""
    papers = [entry("A paper", arxiv="2601.00001")]
    store.entries.keep(papers, NOON)
    gone = Edition(subscriber_id="gone", date=DAY)
    number = store.outbox.plan([digest_of(*papers, edition=gone), digest_of(*papers)])
    assert (1, {ADA}) == (number, store.outbox.planned([gone, ADA]))


def test_a_digest_comes_back_as_planned(store: Store) -> None:
    """What was composed is what is rendered, its texts as short as they were made to fit."""
    digest, delivery = digest_of()
    planned = replace(digest, sections=(), summary_most=120, candidates=3, omitted={"over": 3})
    store.outbox.plan([(planned, delivery)])
    stored = store.outbox.digests([ADA]).get(ADA)
    assert stored is not None
    assert planned == stored.digest(ADA, {}, {})


def test_a_delivery_comes_back_as_it_stands(store: Store) -> None:
    """What was planned and recorded of a delivery is what is read, for a list and for sending."""
    digest, delivery = digest_of()
    store.outbox.plan([(digest, delivery)])
    result = SendResult(status=DeliveryStatus.DEFERRED, code=451, response="451 later")
    store.outbox.record(delivery, result, NOON, next_attempt=NOON)
    stands = delivery._replace(
        status=DeliveryStatus.DEFERRED, attempts=1, next_attempt=NOON, response="451 later"
    )
    due = store.outbox.due(NOON, uncertain=True, limit=9)
    read = store.outbox.read(due, NOON, uncertain=True)
    assert ([stands], [stands]) == (list(store.outbox.all()), list(read))


def test_the_database_itself_refuses_a_second_edition(store: Store) -> None:
    """Subscriber and date are a unique key of the table."""
    store.outbox.plan([digest_of()])
    insert = "INSERT INTO editions VALUES ('ada', '2026-03-02', '{}')"
    with closing(sqlite3.connect(store.path)) as other, pytest.raises(sqlite3.IntegrityError):
        other.execute(insert)


def test_a_plan_that_fails_leaves_nothing(store: Store) -> None:
    """Editions planned together are written together or not at all."""
    bob = Edition(subscriber_id="bob", date=DAY)
    digest, delivery = digest_of(edition=bob)
    odd: Any = "no such status"
    with pytest.raises(sqlite3.IntegrityError):
        store.outbox.plan([digest_of(), (digest, delivery._replace(status=odd))])
    assert (set(), ()) == (store.outbox.planned([ADA, bob]), store.outbox.all())


SEARCHES = {
    "graph": [1, 2],
    "graphs": [1, 2],
    "neural graph": [1],
    '"graph neural"': [1],
    "graph OR piano": [1, 2, 3],
    "graph AND NOT random": [1],
    "pian*": [3],
    "ti:random": [2],
    "ti:walks": [],
    "abs:walks": [2],
    "au:bartok": [3],
    "cat:cs.LG": [1],
    "cat:cs.*": [1, 2],
    "saxophone": [],
}


@pytest.mark.parametrize(("asked", "expected"), SEARCHES.items())
def test_search_finds(store: Store, asked: str, expected: list[int]) -> None:
    """A search finds by words, phrase, operator, prefix and field, and may find nothing."""
    one = entry("Graph neural networks", arxiv="2601.00001", categories=("cs.LG",))
    two = entry("Random graphs", arxiv="2601.00002", categories=("cs.DM",), summary="Of walks.")
    three = entry("The piano", arxiv="2601.00003", authors=(Author(name="Béla Bartók"),))
    store.entries.keep([one, two, three], NOON)
    found = store.index.search(query.parse(asked), 10)
    assert expected == sorted(int(hit.id[-1]) for hit, _ in found)


def test_search_for_what_is_not_there_alone_is_refused(store: Store) -> None:
    """A query of NOT alone asks for nothing."""
    with pytest.raises(QueryError, match="add a word to look for"):
        store.index.search(query.parse("NOT graph"), 10)


def test_search_keeps_up_with_changes(store: Store) -> None:
    """A summary that changes after it was searched is found by its new words alone."""
    paper = entry("A paper", arxiv="2601.00001", summary="Of walks.")
    store.entries.keep([paper], NOON)
    before = [len(store.index.search(query.parse(word), 10)) for word in ("walks", "trees")]
    store.entries.keep([replace(paper, summary="Of trees.", version=2)], NOON)
    after = [len(store.index.search(query.parse(word), 10)) for word in ("walks", "trees")]
    assert ([1, 0], [0, 1]) == (before, after)


def test_search_finds_what_came_after_the_last_search(store: Store) -> None:
    """Each search takes in what was stored since the one before, once."""
    found = []
    for number in range(1, 4):
        store.entries.keep([entry(f"Walks {number}", arxiv=f"2601.0000{number}")], NOON)
        found.append(len(store.index.search(query.parse("walks"), 10)))
    assert [1, 2, 3] == found


def test_an_article_that_names_its_preprints_doi_is_the_same(store: Store) -> None:
    """A journal's article is joined to the preprint of its title and DOI; another title is not."""
    preprint = entry("Looms that weave proofs", arxiv="2601.00001")
    preprint = replace(preprint, keys=(*preprint.keys, "doi:10.1000/loom"))
    store.entries.keep([preprint], NOON)
    claim = "claim:10.1000/loom"
    article, other = (
        replace(made, keys=(*made.keys, claim))
        for title in ("Looms that Weave Proofs", "Looms that weave carpets")
        for made in [entry(title, source="journal", url=f"https://j.example/{title[-6:]}")]
    )
    kept = store.entries.keep([article, other], NOON)
    assert ((other.id,), (preprint.id,)) == (kept.new, kept.updated)
