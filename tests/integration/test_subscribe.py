"""Subscribing on the page: the form, the letter, its link; and what strangers learn or break."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from digest import correspondence, subscriptions
from digest.app import App
from digest.model import DeliveryStatus, Message, SendResult
from digest.profile import subscriber_id
from digest.transports import Office
from digest.transports.folder import FolderTransport
from integration.conftest import NOON, Project
from integration.page import Running, running
from integration.servers import Mailbox

ADA, EVE = "ada@example.org", "eve@example.org"
FORM: dict[str, Any] = {
    "do": "subscribe",
    "interests": "1",
    "email": ADA,
    "name": "Ada",
    "timezone": "Europe/London",
    "send_at": "07:30",
    "days": ["mon", "tue", "wed"],
    "interest-0-text": "networks of graphs",
    "interest-0-keywords": "graph*\r\n\r\n  program synthesis ",
    "interest-0-examples": "arXiv:1410.5401\nPointer Networks",
}
BIB = "@article{a, title={Graphs that {L}earn}, year={2024}, abstract={Of learning graphs.}}"


@pytest.fixture
def page(project: Project) -> Iterator[Running]:
    """Run the page with its form open."""
    project.page = "signup = true"
    project.app.pull()
    with running(project) as served:
        yield served


def ask(page: Running, **changes: str | None) -> httpx.Response:
    """Send the form; a field that is None is left out."""
    filled = {name: value for name, value in (FORM | changes).items() if value is not None}
    return page.client.post("/papers/subscribe", data=filled)


def letters(page: Running, box: Mailbox) -> list[tuple[str, str]]:
    """Send what is due, and give the letters so far: to whom, and the subject."""
    correspondence.send(page.project.app)
    return [(mail.recipient, str(mail.parsed["subject"])) for mail in box.mails]


def link(box: Mailbox, kind: str = "confirm") -> str:
    """Give the path of the link in the newest letter."""
    part = box.mails[-1].parsed.get_body(("plain",))
    assert part is not None
    found = re.search(rf"https://digest\.example\.org(/papers/{kind}/\S+)", part.get_content())
    assert found is not None
    return found[1]


def confirmed(page: Running, box: Mailbox, **changes: str | None) -> httpx.Response:
    """Subscribe from form to confirmation."""
    ask(page, **changes)
    correspondence.send(page.project.app)
    return page.client.post(link(box))


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


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("email", "ada", "is not an e-mail address"),
        ("email", None, "The address is missing; add it."),
        ("timezone", "Europe/Londn", "did you mean &#34;Europe/London&#34;?"),
        ("send_at", "25:00", "is not a time of day"),
        ("days", None, "None is chosen"),
        ("interest-0-keywords", "graph AND (", "cannot be read"),
        ("name", "A\nB", "holds a line break"),
    ],
)
def test_a_mistake_is_named_and_nothing_is_lost(
    page: Running, field: str, typed: str | None, said: str
) -> None:
    """What is wrong is said at its field, with the cure; all that was typed is still there."""
    answer = ask(page, **{field: typed})
    assert (422, True) == (answer.status_code, said in answer.text)
    place = re.search(rf'id="{field}"[^>]*aria-describedby="([^"]*)"', answer.text)
    assert place is not None
    assert f"{field}-wrong" in place[1]
    assert "networks of graphs" in answer.text
    assert [] == page.project.rows("letters")


def test_nothing_asked_for_is_a_mistake(page: Running) -> None:
    """A form without any interest is sent back."""
    empty = {f"interest-0-{name}": "" for name in ("text", "keywords", "examples")}
    answer = ask(page, **empty)
    assert (422, True) == (answer.status_code, "Nothing is asked for" in answer.text)


def test_matches_are_shown_without_a_script(page: Running) -> None:
    """The button shows what the last week has, and keeps what was typed, mistakes and all."""
    answer = ask(page, do="matches", email="not yet")
    assert (200, True, True) == (
        answer.status_code,
        "Graph networks, part 1" in answer.text,
        "not yet" in answer.text,
    )


def test_the_bare_address_leads_to_the_form(page: Running) -> None:
    """Who knows the host alone is led to the form."""
    answer = page.client.get("/papers/", follow_redirects=False)
    assert (303, "/papers/subscribe") == (answer.status_code, answer.headers["location"])


@pytest.mark.parametrize("part", ["", "/matches"])
def test_a_wrong_interest_is_named_instead_of_matches(page: Running, part: str) -> None:
    """A keyword that cannot be read is said, with the button as by the script."""
    wrong = FORM | {"do": "matches", "interest-0-keywords": "graph AND ("}
    answer = page.client.post(f"/papers/subscribe{part}", data=wrong)
    assert (200, True, False) == (
        answer.status_code,
        "a parenthesis is not closed" in answer.text,
        "Say what interests you" in answer.text,
    )


def test_a_stranger_has_twenty_interests_tried(page: Running) -> None:
    """The matches beside the form are those of as many interests as it may have."""
    said = []
    for at in (19, 20):
        form = {"interests": "100", f"interest-{at}-keywords": "graph*"}
        said.append(page.client.post("/papers/subscribe/matches", data=form).text)
    assert [True, False] == ['class="matches"' in text for text in said]


def test_matches_for_the_script_are_a_fragment(page: Running) -> None:
    """The script gets the list alone; nothing that was typed is stored."""
    answer = page.client.post("/papers/subscribe/matches", data=FORM)
    assert (200, False, True) == (
        answer.status_code,
        "<html" in answer.text,
        "Graph networks, part 1" in answer.text,
    )
    assert [] == page.project.rows("letters")


def test_a_library_is_taken_and_kept(page: Running, box: Mailbox) -> None:
    """Papers of an upload stay through a further button, and become examples with their texts."""
    shown = page.client.post(
        "/papers/subscribe",
        data=FORM | {"do": "add"},
        files={"interest-0-upload": ("library.bib", BIB.encode())},
    )
    packed = re.search(r'name="interest-0-library" value="([^"]*)"', shown.text)
    assert packed is not None
    kept = packed[1].replace("&#34;", '"')
    confirmed(page, box, **{"interest-0-library": kept})
    with page.project.app.store() as store:
        (wanted,) = subscriptions.subscriber(store, ADA).profile.interests
    assert ("Graphs that Learn", "Of learning graphs.", 2024) == (
        wanted.examples[-1].title,
        wanted.examples[-1].summary,
        wanted.examples[-1].year,
    )


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("library.exe", b"MZ", "is of no known kind; give a file ending in .bib, .ris or .json"),
        ("library.bib", b"nothing", "holds no record with a title"),
        ("library.json", b"{", "is not JSON"),
        ("library.bib", b"@misc{a,title={b}}" + b" " * 1_000_001, "is larger than 1 MB"),
    ],
)
def test_an_upload_that_is_no_library_is_refused(
    page: Running, name: str, content: bytes, said: str
) -> None:
    """A file of another kind, of none, or too large is named, with the cure."""
    files = {"interest-0-upload": (name, content)}
    answer = page.client.post("/papers/subscribe", data=FORM, files=files)
    assert (422, True, []) == (
        answer.status_code,
        said in answer.text,
        page.project.rows("letters"),
    )


def test_a_huge_body_is_refused(page: Running) -> None:
    """More than three megabytes are not read, upload or not."""
    files = {"interest-0-upload": ("library.bib", b" " * 3_100_000)}
    assert 413 == page.client.post("/papers/subscribe", data=FORM, files=files).status_code


def test_asking_too_often_is_refused(page: Running) -> None:
    """A client may ask for thirty addresses at once; the next is told when, and keeps its form."""
    answers = [ask(page, email=f"reader{n}@example.org") for n in range(31)]
    last = answers[-1]
    assert ([200] * 30, 429, True, True) == (
        [answer.status_code for answer in answers[:-1]],
        last.status_code,
        "retry-after" in last.headers,
        "networks of graphs" in last.text,
    )


def test_what_was_typed_is_escaped(page: Running) -> None:
    """Markup that is typed comes back as text, in fields and in what is said of them."""
    evil = '"><script>alert(1)</script>'
    changes = {
        "interest-0-text": evil,
        "email": evil,
        "timezone": evil,
        "interest-0-keywords": evil,
    }
    assert "<script>alert" not in ask(page, **changes).text


def test_the_form_is_closed_unless_opened(project: Project) -> None:
    """Without `signup = true` there is no form, to show or to send."""
    with running(project) as page:
        answers = [page.client.request(m, "/papers/subscribe", data=FORM) for m in ("GET", "POST")]
    assert [404, 404] == [answer.status_code for answer in answers]


def test_no_answer_sets_a_cookie(page: Running) -> None:
    """Nobody is followed: no page sets a cookie, or names another host."""
    answers = [page.client.get("/papers/subscribe"), ask(page)]
    assert [False, False] == ["set-cookie" in answer.headers for answer in answers]
    hosts = re.findall(r'(?:src|href|action)="(?:https?:)?//([^/"]+)', answers[0].text)
    assert [] == hosts


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
