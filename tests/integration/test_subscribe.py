"""Subscribing on the page: the letter, its link; and what strangers learn or break."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from digest import correspondence, subscriptions
from digest.app import App
from digest.model import DeliveryStatus, Message, SendResult
from digest.profile import subscriber_id
from digest.transports import Office
from digest.transports.folder import FolderTransport
from integration.conftest import NOON, Project
from integration.page import Running, link
from integration.servers import Mailbox
from integration.signup import ADA, EVE, ask, confirmed, letters, opened


@pytest.fixture
def page(project: Project) -> Iterator[Running]:
    """Run the page with its form open."""
    with opened(project) as served:
        yield served


def test_who_confirms_is_subscribed_to_what_was_asked(page: Running, box: Mailbox) -> None:
    """Form, letter, link and button make a subscriber of what was typed; then comes a welcome."""
    asked = ask(page)
    before = (page.statuses(), letters(page, box))
    done = page.client.post(link(box))
    assert (200, ({}, [(ADA, "Confirm your subscription to Papers")]), 200) == (
        asked.status_code,
        before,
        done.status_code,
    )
    with page.project.app.store() as store:
        reader = subscriptions.subscriber(store, ADA)
    (wanted,) = reader.profile.interests
    assert ("Ada", "Europe/London", "07:30", ("mon", "tue", "wed"), "active") == (
        reader.name,
        reader.timezone,
        reader.send_at,
        reader.days,
        str(reader.status),
    )
    assert (("graph*", "program synthesis"), ["arxiv:1410.5401", "Pointer Networks"]) == (
        wanted.keywords,
        [one.key or one.title for one in wanted.examples],
    )
    assert (ADA, "Welcome to Papers") == letters(page, box)[-1]


@pytest.mark.parametrize(("send_at", "expected"), [("07:30", [2, 2, 3]), ("18:00", [2, 3, 3])])
def test_the_first_digest_comes_at_the_next_slot(
    page: Running, box: Mailbox, send_at: str, expected: list[int]
) -> None:
    """Confirming after today's time brings nothing before tomorrow's, and before it today."""
    confirmed(page, box, send_at=send_at)
    correspondence.send(page.project.app)
    counts = []
    for hours, paper in ((1, 4), (7, 5), (24, 6)):
        page.project.clock.at = NOON + timedelta(hours=hours)
        page.project.papers(paper)
        page.project.app.run()
        counts.append(len(box.mails))
    assert expected == counts


def test_the_page_says_the_same_of_every_address(page: Running) -> None:
    """Known, stopped, or unknown, asked before or not: one answer, but for the address."""
    page.project.subscribe(ADA, EVE)
    with page.project.app.store() as store:
        subscriptions.stop(store, EVE, page.project.clock())
    emails = [ADA, EVE, "new@example.org", ADA]
    answers = [ask(page, email=email) for email in emails]
    texts = {answer.text.replace(e, "X") for e, answer in zip(emails, answers, strict=True)}
    assert (1, {200}) == (len(texts), {answer.status_code for answer in answers})


def test_an_address_is_asked_once_a_day(page: Running, box: Mailbox) -> None:
    """However often it is typed, in whatever spelling, and the first counts; tomorrow again."""
    for email, at in ((ADA, "01:30"), (ADA.upper(), "02:30"), (f" {ADA} ", "03:30")):
        ask(page, email=email, send_at=at)
    first = letters(page, box)
    page.project.tomorrow()
    ask(page)
    second = letters(page, box)
    said = box.mails[0].parsed.get_body(("plain",))
    assert (1, 2) == (len(first), len(second))
    assert said is not None
    assert "at 01:30," in said.get_content()


def test_who_never_answers_is_left_alone(page: Running, box: Mailbox) -> None:
    """After three letters without an answer no more are sent for thirty days."""
    for _ in range(6):
        ask(page)
        letters(page, box)
        page.project.tomorrow()
    before = len(box.mails)
    page.project.tomorrow(30)
    ask(page)
    assert (3, 4) == (before, len(letters(page, box)))


def test_a_subscriber_gets_the_way_to_the_preferences(page: Running, box: Mailbox) -> None:
    """Who is subscribed already is not asked again, and no stranger writes a profile over."""
    page.project.subscribe(ADA)
    before = page.project.rows("subscribers")
    ask(page, name="Mallory")
    assert [(ADA, "Your subscription to Papers")] == letters(page, box)
    assert before == page.project.rows("subscribers")


def test_who_said_stop_comes_back_by_confirming(page: Running, box: Mailbox) -> None:
    """The form alone lifts nothing; the button behind the letter's link does."""
    page.project.subscribe(ADA)
    page.post(ADA)
    ask(page)
    letters(page, box)
    page.client.get(link(box))
    before = (page.statuses(), len(page.project.rows("suppressions")))
    page.client.post(link(box))
    after = (page.statuses(), len(page.project.rows("suppressions")))
    assert (({ADA: "unsubscribed"}, 1), ({ADA: "active"}, 0)) == (before, after)


def test_a_used_link_brings_nobody_back(page: Running, box: Mailbox) -> None:
    """Who confirmed and then said stop is not brought back by the old link; repeats do nothing."""
    confirmed(page, box)
    path = link(box)
    again = page.client.post(path).status_code
    page.post(ADA)
    late = page.client.post(path).status_code
    assert (200, 410, "unsubscribed") == (again, late, page.statuses()[ADA])


def test_opening_the_link_changes_nothing(page: Running, box: Mailbox) -> None:
    """A GET shows what would be confirmed, and a scanner that sends many changes nothing."""
    ask(page)
    letters(page, box)
    before = page.project.rows("letters")
    answers = [page.client.request(m, link(box)) for m in ("GET", "HEAD", "OPTIONS") * 10]
    assert ({200, 405}, before, {}) == (
        {answer.status_code for answer in answers},
        page.project.rows("letters"),
        page.statuses(),
    )
    assert ADA in answers[0].text


def test_a_link_expires(page: Running, box: Mailbox) -> None:
    """After a week the link is over, and what was asked for is forgotten."""
    ask(page)
    letters(page, box)
    path = link(box)
    page.project.tomorrow(9)
    correspondence.send(page.project.app)
    (row,) = page.project.rows("letters")
    assert (410, 410, "") == (
        page.client.get(path).status_code,
        page.client.post(path).status_code,
        row["content"],
    )


def test_a_letter_carries_no_words_of_a_stranger(page: Running, box: Mailbox) -> None:
    """Who names another's address gets no text of their own into that mailbox."""
    word = "https://advertised.example"
    fields = {"name": word, "interest-0-text": word, "interest-0-keywords": f'"{word}"'}
    ask(page, **fields, **{"interest-0-name": word})
    correspondence.send(page.project.app)
    (mail,) = box.mails
    parts = [part.get_content() for part in mail.parsed.walk() if not part.is_multipart()]
    assert (str(mail.parsed["to"]), [False, False]) == (ADA, ["advertised" in p for p in parts])


@pytest.mark.parametrize(
    ("papers", "kept"),
    [
        (r'[["", "Half \ud800 a character", "\udfff", 2024]]', ["Half a character"]),
        ('[["", "A", "", Infinity]]', []),
        ('[["", "A", "", 1e999]]', []),
        ("[" * 100_000, []),
        ('[["", "A"]]', []),
        ('{"abc1": 1}', ["b"]),
    ],
)
def test_a_forged_list_of_papers_does_no_harm(
    page: Running, box: Mailbox, papers: str, kept: list[str]
) -> None:
    """What stands for an upload in the form may have been written by anybody."""
    confirmed(page, box, **{"interest-0-library": papers, "interest-0-examples": None})
    with page.project.app.store() as store:
        (interest,) = subscriptions.subscriber(store, ADA).profile.interests
    assert kept == [paper.title for paper in interest.examples]


def test_a_forged_link_is_refused(page: Running, box: Mailbox) -> None:
    """A link of another purpose, or of none, confirms nothing."""
    ask(page)
    letters(page, box)
    token = page.path(ADA).rpartition("/")[2]
    forged = [f"/papers/confirm/{token}", f"{link(box)}x", "/papers/confirm/x"]
    assert [404, 404, 404] == [page.client.post(path).status_code for path in forged]


def test_letters_survive_a_server_that_fails(page: Running, box: Mailbox) -> None:
    """A letter that the server defers goes later, under the same Message-ID; no server, no loss."""
    ask(page)
    box.tell("DATA", ADA, "451 4.3.0 later")
    correspondence.send(page.project.app)
    first = len(box.mails)
    page.project.clock.sleep(600)
    port, page.project.port = page.project.port, 1
    trouble = correspondence.send(page.project.app)
    page.project.port = port
    page.project.clock.sleep(3600)
    assert (0, True, 1) == (first, bool(trouble), len(letters(page, box)))


def test_a_letter_that_was_leaving_goes_again(page: Running, box: Mailbox) -> None:
    """What a killed process left half sent is sent again under the same Message-ID."""
    ask(page)
    for _ in range(2):
        with page.project.app.store() as store:
            (letter,) = store.letters.of([ADA])
            uncertain = SendResult(status=DeliveryStatus.UNCERTAIN)
            store.letters.record(letter, uncertain, None)
            store.letters.submitting(letter)
        correspondence.send(page.project.app)
    assert 1 == len({str(mail.parsed["message-id"]) for mail in box.mails})
    assert 2 == len(box.mails)


def test_a_letter_that_is_erased_on_its_way_stays(page: Running, box: Mailbox) -> None:
    """Who is forgotten while a letter is being handed over does not get it."""
    ask(page)
    with page.project.app.store() as store:
        (letter,) = store.letters.of([ADA])
        subscriptions.forget(store, ADA, page.project.clock())
        may = store.letters.submitting(letter)
    assert (False, []) == (may, letters(page, box))


def test_without_a_page_old_letters_are_forgotten_too(page: Running) -> None:
    """What strangers typed does not stay for ever where the page was given up."""
    ask(page)
    page.project.base_url = ""
    page.project.tomorrow(31)
    correspondence.send(page.project.app)
    assert [] == page.project.rows("letters")


def test_a_moved_id_is_not_given_twice(page: Running) -> None:
    """The id of who is stored under an address stays theirs."""
    page.project.subscribe(ADA)
    with page.project.app.store() as store:
        assert subscriber_id(ADA) == store.subscribers.id_for(ADA.upper())


def test_pruning_spares_who_never_had_a_file(page: Running, box: Mailbox) -> None:
    """`subscribe --prune` unsubscribes whose file is gone, not who subscribed on the page."""
    page.project.subscribe(EVE)
    confirmed(page, box)
    with page.project.app.store() as store:
        subscriptions.prune(store, [], page.project.clock())
    assert {ADA: "active", EVE: "unsubscribed"} == page.statuses()


def test_a_letter_is_marked_before_it_leaves(
    page: Running, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that is killed while a letter leaves finds it marked, and sends it once more."""

    class Killed(FolderTransport):
        def carry(self, office: Office) -> None:
            message = office.next(1)
            assert isinstance(message, Message)
            office.mark((), (message,))
            raise KeyboardInterrupt

    ask(page)
    with monkeypatch.context() as patch:
        patch.setattr(App, "transport", lambda app: Killed(app.config.digest.database.parent))
        with pytest.raises(KeyboardInterrupt):
            correspondence.send(page.project.app)
    left = [row["status"] for row in page.project.rows("letters")]
    assert (["submitting"], 1) == (left, len(letters(page, box)))
