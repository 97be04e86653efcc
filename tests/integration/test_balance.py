"""Whatever happens, and in whatever order, the outbox's invariants hold and the balance adds up.

A machine of hypothesis pulls, plans, sends, is refused, killed and begun again, out of a database
on disk; the server is a model that keeps what it was given.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Self
from unittest.mock import patch

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from digest import dispatch, pipeline
from digest.deliver import Desk, Patience
from digest.model import DeliveryStatus, Digest, Message, SendResult, Subscriber
from digest.planning import due_editions, plan_editions
from digest.store import open_store
from digest.transports import Office, one_by_one
from integration.conftest import Clock, Project
from integration.post import message

READERS = 3
ANSWERS = {
    "250 ok": DeliveryStatus.SENT,
    "451 4.3.0 later": DeliveryStatus.DEFERRED,
    "554 5.3.0 no": DeliveryStatus.FAILED,
    "no answer came": DeliveryStatus.UNCERTAIN,
}
FINAL = {"sent", "failed", "skipped", "suppressed", "dropped"}


class Killed(BaseException):
    """The process dies here."""


class Post:
    """A mail server, and how it answers; it keeps the Message-IDs of what it took."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.took: Counter[str] = Counter()
        self.answers: list[str] = []
        self.ahead = 0  # messages that are prepared before each that is asked for
        self.dies_after = 1_000_000  # steps; a message has two

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(self, *error: object) -> None:
        """Have nothing to close."""

    def carry(self, office: Office) -> None:
        """Take one after another, having others prepared."""
        one_by_one(office, partial(self._send, office))

    def _send(self, office: Office, one: Message) -> SendResult:
        self._step()
        office.prepare(self.ahead)
        said = self.answers.pop(0) if self.answers else "250 ok"
        if ANSWERS[said] in {DeliveryStatus.SENT, DeliveryStatus.UNCERTAIN}:
            self.took[one.message_id] += 1
        self._step()
        return SendResult(status=ANSWERS[said], response=said)

    def _step(self) -> None:
        self.dies_after -= 1
        if self.dies_after < 0:
            raise Killed


class Passes(RuleBasedStateMachine):
    """Passes of the pipeline, at any time, killed at any step."""

    def __init__(self) -> None:
        """Begin with readers and no entries."""
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.clock = Clock()
        self.project = Project(self.folder, self.clock, 25)
        self.post = Post()
        self.entries = 0
        self.doubtful = 0  # kills, and answers that never came
        self.planned = Counter[str]()
        self.more_entries(2, 0)
        self.project.subscribe(*(f"r{n}@example.org" for n in range(READERS)))
        self.project.subscribe("few@example.org", settings='limit = 1\nwhen_empty = "note"')

    def teardown(self) -> None:
        """Send what is left to a server that takes all; then nothing is open."""
        counts = self.counts()
        for _ in range(40):
            if set(counts) <= FINAL:
                break
            self.clock.at += timedelta(hours=5)
            self.send([], None)
            counts = self.counts()
        shutil.rmtree(self.folder)
        assert set(counts) <= FINAL, counts

    @rule(number=st.integers(1, 3), hours=st.integers(0, 30))
    def more_entries(self, number: int, hours: int) -> None:
        """Have a source list something new, some time later: on the same day or another."""
        self.entries += number
        self.clock.at += timedelta(hours=hours)
        self.project.papers(*range(1, self.entries + 1))
        self.project.app.pull()

    @rule(dies=st.none() | st.none() | st.integers(0, READERS))
    def plan(self, dies: int | None) -> None:
        """Plan what is due, and die before some edition is written, or not."""
        app = self.project.app
        left = [None] * (READERS + 9 if dies is None else dies)

        def message_id(who: str, day: object) -> str:
            if not left:
                raise Killed
            left.pop()
            return f"<{day}.{who}@example.org>"

        with app.store() as store, suppress(Killed):
            wiring = replace(app.wiring(store, app.renderer()), message_id=message_id)
            found = plan_editions(wiring, due_editions(wiring, None))
            assert found.candidates == found.shown + sum(found.left_out.values())
            self.planned.update(editions=found.editions, shown=found.shown)

    @rule(
        answers=st.lists(st.sampled_from(list(ANSWERS)), max_size=6),
        dies=st.none() | st.integers(0, 8),
        ahead=st.integers(0, 3),
        page=st.integers(1, 3),
        known=st.integers(1, 4),
    )
    def send(
        self, answers: list[str], dies: int | None, ahead: int = 0, page: int = 9, known: int = 9
    ) -> None:
        """Send what is due to a server that answers so, and die at some step, or not.

        So many messages are prepared for each that is sent, deliveries read a page, and known of.
        """
        self.post.ahead = ahead
        self.post.answers, self.post.dies_after = list(answers), 1_000_000 if dies is None else dies
        before = Counter(self.post.took)
        with open_store(self.project.database) as store:
            since = self.clock()
            store.outbox.recover(since)
            desk = Desk(
                store=store,
                render=_mail,
                transport=self.post,
                patience=Patience(deadline=timedelta(days=90)),
                now=self.clock,
            )
            try:
                with (
                    patch.object(dispatch, "_PAGE", page),
                    patch.object(dispatch, "_KNOWN_MOST", known),
                ):
                    pipeline.send(desk, timedelta(), self.clock.sleep)
            except Killed:
                self.doubtful += 1
            status = store.outbox.counts(changed_since=since)
        self.doubtful += sum(1 for one in answers if ANSWERS[one] == "uncertain")
        changed = sum((self.post.took - before).values())
        assert changed <= sum(status.values()) + (dies is not None)

    def counts(self) -> dict[str, int]:
        """Count all deliveries by status."""
        with open_store(self.project.database) as store:
            return store.outbox.counts()

    @invariant()
    def editions_are_the_sum_over_the_statuses(self) -> None:
        """Each edition is there once and has one delivery (invariants 1 and 4)."""
        editions = [(row["subscriber_id"], row["date"]) for row in self.project.rows("editions")]
        assert len(editions) == len(set(editions)) == sum(self.counts().values())
        assert len(editions) == self.planned["editions"]

    @invariant()
    def no_entry_is_shown_twice(self) -> None:
        """What a subscriber's editions show is another entry each time (invariant 2)."""
        with open_store(self.project.database) as store:
            rows = store.outbox.all()
            stored = store.outbox.digests(row.edition for row in rows)
        pairs = [(e.subscriber_id, entry) for e, one in stored.items() for entry in one.entry_ids]
        assert len(pairs) == len(set(pairs)) == self.planned["shown"]

    @invariant()
    def nothing_is_lost_and_little_repeated(self) -> None:
        """What is sent was taken, and what was taken is sent or in doubt (invariant 3)."""
        rows = self.project.outbox()
        sent = {row.message_id for row in rows if row.status == "sent"}
        doubtful = {row.message_id for row in rows if row.attempts and row.status != "sent"}
        assert sent <= set(self.post.took) <= sent | doubtful
        assert sum(self.post.took.values()) - len(self.post.took) <= self.doubtful


def _mail(digest: Digest, subscriber: Subscriber, known: str) -> Message:
    del digest
    return replace(message(subscriber.email), message_id=known)


Passes.TestCase.settings = settings(
    max_examples=6,
    stateful_step_count=10,
    derandomize=True,
    phases=[Phase.generate],  # to shrink a failure takes minutes
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
test_the_invariants_hold = Passes.TestCase
