"""Planning: alike editions composed once, each written once; old notes of what was shown kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from digest import compose, planning
from digest.address import hashed
from digest.model import DeliveryStatus, Digest, Subscriber
from digest.planning import Wiring, due_editions, plan_editions
from digest.store import open_store
from digest.store.digests import Written
from digest.store.editions import NewEdition
from integration.conftest import Project
from integration.older import before

DIGEST = 680  # bytes kept of one of three papers, and of a profile
ADA, BOB, CY = "ada@example.org", "bob@example.org", "cy@example.org"


@pytest.fixture
def composed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Count the digests that are composed."""
    made: list[str] = []
    whole = compose.compose

    def noting(*given: object) -> Digest:
        digest: Digest = whole(*given)  # type: ignore[arg-type]  # as they came
        made.append(digest.edition.subscriber_id)
        return digest

    monkeypatch.setattr(compose, "compose", noting)
    return made


@pytest.fixture
def wiring(project: Project) -> Iterator[Wiring]:
    """Have what a pass works with, on three papers that are stored."""
    app = project.app
    app.pull()
    with app.store() as store:
        yield app.wiring(store, app.renderer())


def contents(wiring: Wiring) -> dict[str, object]:
    """Read each planned digest, by the name before the @."""
    rows = wiring.store.outbox.all()
    stored = wiring.store.outbox.digests(row.edition for row in rows)
    return {row.email[:3].strip("@"): stored[row.edition].content for row in rows}


def test_alike_editions_are_composed_once(
    project: Project, wiring: Wiring, composed: list[str]
) -> None:
    """Two readers with one profile get one digest, each as an edition of their own."""
    project.subscribe(ADA, BOB)
    project.subscribe(CY, settings="limit = 1")
    planned = plan_editions(wiring, due_editions(wiring, None))
    found = contents(wiring)
    assert (2, 3, found["ada"]) == (len(composed), planned.editions, found["bob"])
    assert (7, found["cy"] == found["ada"]) == (planned.shown, False)


def test_who_was_shown_something_else_gets_another_digest(
    project: Project, wiring: Wiring, composed: list[str]
) -> None:
    """Readers with one profile of whom one is newer do not share a digest."""
    project.subscribe(ADA)
    plan_editions(wiring, due_editions(wiring, None))
    project.tomorrow()
    project.papers(1, 2, 3, 4)
    project.app.pull()
    project.subscribe(BOB)
    planned = plan_editions(wiring, due_editions(wiring, None))
    assert (3, 2, 1 + 4) == (len(composed), planned.editions, planned.shown)


def test_what_is_drawn_by_lot_is_drawn_for_each(
    project: Project, wiring: Wiring, composed: list[str]
) -> None:
    """A reader who wants entries by lot shares with nobody."""
    project.subscribe(ADA, BOB, settings="explore = 1")
    plan_editions(wiring, due_editions(wiring, None))
    assert 2 == len(composed)


@pytest.mark.parametrize(("room", "times"), [(9.5, 3), (2.5, 4), (0.5, 6)])
def test_digests_are_kept_for_others_as_far_as_there_is_room(
    project: Project, wiring: Wiring, composed: list[str], room: float, times: int
) -> None:
    """Who wants what was composed in an earlier block gets it; what was wanted longest ago goes."""
    readers = sorted([f"r{number}@example.org" for number in range(6)], key=hashed)
    for reader, kind in zip(readers, "121312", strict=True):
        project.subscribe(reader, keyword=f"graph* AND NOT x{kind}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planning, "BLOCK", 1)
        patch.setattr(planning, "_KEPT_MOST", room * DIGEST)
        planned = plan_editions(wiring, due_editions(wiring, None))
    assert (6, times) == (planned.editions, len(composed))


def test_told_to_stop_it_plans_no_further(
    project: Project, wiring: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was planned before the word came stays; the rest is due, and planned by the next."""
    monkeypatch.setattr(planning, "BLOCK", 1)
    project.subscribe(ADA, BOB, CY)
    answers = iter([False, False, True])
    due = due_editions(wiring, None)
    stopping = replace(wiring, stopped=lambda: next(answers))
    planned = [plan_editions(stopping, due).editions]
    planned.append(plan_editions(wiring, due_editions(wiring, None)).editions)
    assert ([1, 2], 3) == (planned, len(wiring.store.outbox.all()))


def test_what_must_be_fitted_is_fitted_for_each(project: Project, wiring: Wiring) -> None:
    """Where a digest does not fit as it is, each reader's is brought to its size."""
    fitted: list[str] = []

    def fit(some: Sequence[tuple[Digest, Subscriber]]) -> list[Digest]:
        fitted.extend(f"{who.email} {one.edition.subscriber_id == who.id}" for one, who in some)
        return [replace(one, subject=f"for {who.email}") for one, who in some]

    project.subscribe(ADA, BOB)
    tight = replace(wiring, fit=fit)
    plan_editions(tight, due_editions(tight, None))
    assert [f"{ADA} True", f"{BOB} True"] == sorted(fitted)


def test_readers_ranked_in_portions_get_what_is_theirs(
    project: Project, wiring: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where profiles are ranked a few at a time, each reader gets the entries of their own."""
    monkeypatch.setattr(planning, "_CELLS", 6)  # two readers' interest in three papers
    parts = (3, 1, 2, 2, 1)
    for at, part in enumerate(parts):
        project.subscribe(f"r{at}@example.org", keyword=f'\\"part {part}\\"')
    plan_editions(wiring, due_editions(wiring, None))
    rows = {row.edition: row.email for row in wiring.store.outbox.all()}
    found = wiring.store.outbox.digests(rows)
    shown = {rows[edition]: [*one.entry_ids] for edition, one in found.items()}
    expected = {f"r{at}@example.org": [f"arxiv:2601.{part:05d}"] for at, part in enumerate(parts)}
    assert expected == shown


def test_blocks_leave_nobody_out(
    project: Project, wiring: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seven editions in blocks of three are seven editions."""
    monkeypatch.setattr(planning, "BLOCK", 3)
    project.subscribe(*(f"r{number}@example.org" for number in range(7)))
    planned = plan_editions(wiring, due_editions(wiring, None))
    assert (7, 7, []) == (
        planned.editions,
        len(wiring.store.outbox.all()),
        due_editions(wiring, None),
    )


def test_whose_edition_exists_is_left_as_planned(project: Project, wiring: Wiring) -> None:
    """Of a block, whoever has an edition of the date or was erased meanwhile gets none."""
    project.subscribe(ADA, BOB, CY)
    due = due_editions(wiring, None)
    plan_editions(wiring, [due[0]])
    first = wiring.store.outbox.all()
    outbox = wiring.store.outbox
    written = Written.of(Digest(edition=due[0], subject="another", preheader=""))
    ids = [*(edition.subscriber_id for edition in due), "erased"]
    new = [NewEdition(who, "x@e.org", written, who, DeliveryStatus.PLANNED) for who in ids]
    number = outbox.plan_day(due[0].date, new, wiring.now())
    assert (2, first, 3) == (
        number,
        tuple(r for r in outbox.all() if r in first),
        len(outbox.all()),
    )


class Killed(BaseException):
    """The pass dies here."""


def test_what_a_killed_pass_left_is_planned_by_the_next(
    project: Project, wiring: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pass that dies in its second block has planned the first; the next one plans the rest."""
    monkeypatch.setattr(planning, "BLOCK", 3)
    project.subscribe(*(f"r{number}@example.org" for number in range(7)))
    left = [1]  # block

    def dying() -> datetime:
        if not left:
            raise Killed
        left.pop()
        return wiring.now()

    due = due_editions(wiring, None)
    with pytest.raises(Killed):
        plan_editions(replace(wiring, now=dying), due)
    first = len(wiring.store.outbox.all())
    planned = plan_editions(wiring, due_editions(wiring, None))
    assert (3, 4, 7) == (first, planned.editions, len(wiring.store.outbox.all()))


def older(path: Path) -> None:
    """Make a database of three entries as it was before: a note for each entry shown."""
    texts = "title summary authors categories url announce organization thumbnail seen_in".split()
    empty = dict.fromkeys([*texts, "source_ids", "keys"], "")
    at = "2026-03-01T00:00:00.000000+00:00"
    rest = {"version": 2, "links": "[]", "authority": 0, "first_stored": at}
    rows = [("e:1", "2026-03-01", 1), ("e:2", "2026-03-02", 2), ("e:gone", "2026-03-02", 1)]
    with before("shown_by_edition", path) as db:
        db.table("entries").insert_all({"id": f"e:{n}", **empty, **rest} for n in (1, 2, 3))
        db.execute(
            "INSERT INTO subscribers VALUES ('ada', 'a@e.org', '', 'UTC', '07:30', 'mon', "
            "'active', NULL, '{}', '', '')"
        )
        for entry, day, version in rows:
            db.execute("INSERT INTO shown VALUES ('ada', ?, ?, ?)", [entry, day, version])


def test_an_older_database_knows_what_was_shown(tmp_path: Path) -> None:
    """Notes an entry each become notes an edition each; an entry no longer known is left out."""
    older(tmp_path / "digest.db")
    with open_store(tmp_path / "digest.db") as store:
        found = store.shown.dates(["ada"], datetime(2026, 2, 1, tzinfo=UTC))
        rows = store._db.query("SELECT id, last_shown FROM entries")  # noqa: SLF001 as it is
        last = {row["id"]: row["last_shown"] for row in rows}
    assert {"ada": {"e:1": "2026-03-01", "e:2": "2026-03-02"}} == found
    assert {"e:1": "2026-03-01", "e:2": "2026-03-02", "e:3": ""} == last


def test_only_the_date_asked_for_is_planned(project: Project, wiring: Wiring) -> None:
    """With a date everybody's edition of it is due, unless they pause."""
    project.subscribe(ADA)
    project.subscribe(BOB, settings="paused_until = 2026-03-09")
    due = due_editions(wiring, date(2026, 3, 2))
    assert [date(2026, 3, 2)] == [edition.date for edition in due]
