"""A subscriber's own: their data in a file, another address, and the end."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest

from digest import correspondence, preferences, subscriptions
from digest.model import Subscriber
from digest.store.letters import Kind
from integration.conftest import Project
from integration.own_pages import ADA, BOB, NEW, save, served, stored, way
from integration.page import PAIR, Running, link
from integration.servers import Mailbox


@pytest.fixture
def page(project: Project) -> Iterator[Running]:
    """Run the page for a subscriber whose profile says all that one can say."""
    with served(project) as running_page:
        yield running_page


def test_data_are_all_that_is_stored(page: Running, box: Mailbox) -> None:
    """The file has the profile, the editions, what was shown, and the letters; nobody else's."""
    save(page, paused_until="")
    page.project.subscribe(BOB)
    page.project.app.run()
    page.client.post(f"{way(page)}/address", data={"email": NEW})
    answer = page.client.post(f"{way(page)}/data")
    content = json.loads(answer.text)
    assert {"subscribers", "editions", "deliveries", "shown", "letters"} <= set(content)
    assert ("attachment", ADA, "networks of graphs", False) == (
        answer.headers["content-disposition"].partition(";")[0],
        content["subscribers"][0]["email"],
        content["subscribers"][0]["profile"]["interests"][0]["text"],
        BOB in answer.text,
    )
    assert box.recipients


def moved(page: Running, box: Mailbox, email: str = NEW) -> httpx.Response:
    """Move to another address, from the form to the letter's button."""
    page.client.post(f"{way(page)}/address", data={"email": email})
    correspondence.send(page.project.app)
    return page.client.post(link(box, "address"))


def test_a_new_address_counts_once_it_has_confirmed(page: Running, box: Mailbox) -> None:
    """The letter goes to the new address alone; before its button is pressed nothing changes."""
    page.client.post(f"{way(page)}/address", data={"email": NEW})
    correspondence.send(page.project.app)
    path = link(box, "address")
    page.client.get(path)
    before = [row["email"] for row in page.project.rows("subscribers")]
    done = page.client.post(path).status_code
    again = page.client.post(path).status_code
    assert ([NEW], [ADA], 200, 200, NEW) == (
        box.recipients,
        before,
        done,
        again,
        stored(page, NEW).email,
    )


def test_links_of_before_work_after_a_move(page: Running, box: Mailbox) -> None:
    """The old mails' preferences and unsubscribing mean the subscriber at the new address."""
    preferences, stop = way(page), page.path(ADA)
    moved(page, box)
    shown = NEW in page.client.get(preferences).text
    page.client.post(stop, data=PAIR)
    assert (True, {NEW: "unsubscribed"}) == (shown, page.statuses())
    assert [NEW] == [row["email"] for row in page.project.rows("suppressions")]


def test_mails_that_wait_go_to_the_new_address(page: Running, box: Mailbox) -> None:
    """What was planned before a move is sent to where the subscriber is now."""
    save(page, paused_until="")
    port, page.project.port = page.project.port, 1
    page.project.app.run()
    page.project.port = port
    moved(page, box)
    page.project.clock.sleep(7200)
    page.project.app.run(fetch=False)
    assert [NEW, NEW] == box.recipients


def test_a_bad_new_address_is_the_one_that_is_suppressed(page: Running, box: Mailbox) -> None:
    """A mail that was planned before a move, and is refused, speaks of where it went."""
    save(page, paused_until="")
    box.tell("RCPT", ADA, "451 4.3.0 later")
    page.project.app.run()
    moved(page, box)
    box.tell("RCPT", NEW, "550 5.1.1 nobody here")
    page.project.clock.sleep(7200)
    page.project.app.run(fetch=False)
    found = [row["email"] for row in page.project.rows("suppressions")]
    assert ([NEW], [NEW]) == (found, [row["email"] for row in page.project.rows("deliveries")])


def test_the_old_address_can_subscribe_anew(page: Running, box: Mailbox) -> None:
    """Who comes to an address that somebody left is somebody else; each is stopped by their own."""
    old = page.path(ADA)
    moved(page, box)
    with page.project.app.store() as store, store.transaction():
        found = store.subscribers.id_for(ADA)
        known = store.subscribers.at([NEW])[NEW]
        store.subscribers.put(
            type(known)(subscriber=Subscriber(id=found, email=ADA), fingerprint="", place="")
        )
    page.client.post(old, data=PAIR)
    assert {ADA: "active", NEW: "unsubscribed"} == page.statuses()
    with page.project.app.store() as store:
        subscriptions.stop(store, ADA, page.project.clock())
    assert {ADA: "unsubscribed", NEW: "unsubscribed"} == page.statuses()


def test_the_profile_file_of_who_moved_is_left_alone(page: Running, box: Mailbox) -> None:
    """Applying a file with the address of before subscribes nobody, and says where they are."""
    moved(page, box)
    path = page.project.folder / "profiles" / "ada.toml"
    files, _ = subscriptions.read([path], page.project.app.defaults)
    with page.project.app.store() as store:
        (change,) = subscriptions.apply(store, files)
        pruned = subscriptions.prune(store, files, page.project.clock())
    assert ("left alone", f"moved to {NEW} on the page; give that address in the file", []) == (
        change.done,
        change.detail,
        pruned,
    )


def test_an_address_of_another_is_not_taken(page: Running, box: Mailbox) -> None:
    """The page says the same; who has the address gets the way to their own preferences."""
    page.project.subscribe(BOB)
    known = page.client.post(f"{way(page)}/address", data={"email": BOB})
    unknown = page.client.post(f"{way(page)}/address", data={"email": NEW})
    assert known.text.replace(BOB, "X") == unknown.text.replace(NEW, "X")
    correspondence.send(page.project.app)
    subjects = {mail.recipient: str(mail.parsed["subject"]) for mail in box.mails}
    assert ("Ihr Abonnement" in subjects[BOB] or "Your subscription" in subjects[BOB], True) == (
        True,
        NEW in subjects,
    )


def test_an_address_taken_meanwhile_is_refused(page: Running, box: Mailbox) -> None:
    """Who subscribes between letter and button keeps what is theirs; nobody is moved onto them."""
    page.client.post(f"{way(page)}/address", data={"email": BOB})
    correspondence.send(page.project.app)
    page.project.subscribe(BOB)
    assert 409 == page.client.post(link(box, "address")).status_code
    assert {ADA: "active", BOB: "active"} == page.statuses()


def test_many_moves_are_refused(page: Running) -> None:
    """A subscriber may name five addresses a day, so that nobody is pestered through this."""
    path = f"{way(page)}/address"
    codes = [
        page.client.post(path, data={"email": f"a{n}@example.org"}).status_code for n in range(6)
    ]
    assert [200] * 5 + [429] == codes


def test_letters_of_one_moment_go_once_each(page: Running, box: Mailbox) -> None:
    """Addresses named within a second, and two letters to one reader, get mails of their own."""
    for email in (NEW, BOB, ADA):
        page.client.post(f"{way(page)}/address", data={"email": email})
    with page.project.app.store() as store:
        reader = subscriptions.subscriber(store, ADA)
        preferences.ask_for_link(store, reader, page.project.clock.at)
    correspondence.send(page.project.app)
    correspondence.send(page.project.app)
    names = {str(mail.parsed["message-id"]) for mail in box.mails}
    assert ([ADA, ADA, BOB, NEW], 4) == (sorted(box.recipients), len(names))


def test_an_address_that_is_none_is_named(page: Running) -> None:
    """What is no address is said at its field."""
    answer = page.client.post(f"{way(page)}/address", data={"email": "ada"})
    assert (422, True) == (answer.status_code, 'id="email-wrong"' in answer.text)


def test_who_is_deleted_is_gone(page: Running, box: Mailbox) -> None:
    """Nothing with the address or the id is left but the suppression; links are harmless."""
    save(page, paused_until="")
    page.project.app.run()
    page.client.post(f"{way(page)}/address", data={"email": NEW})
    preferences, stop = way(page), page.path(ADA)
    asked = page.client.get(f"{preferences}/delete").status_code
    before = len(page.project.rows("editions"))
    page.client.post(f"{preferences}/delete")
    tables = ("subscribers", "editions", "deliveries", "shown", "letters")
    assert (200, 1, [[]] * 5, [ADA]) == (
        asked,
        before,
        [page.project.rows(table) for table in tables],
        [row["email"] for row in page.project.rows("suppressions")],
    )
    assert (404, 200) == (
        page.client.get(preferences).status_code,
        page.client.post(stop, data=PAIR).status_code,
    )
    assert box.recipients == [ADA]


def test_who_moved_and_was_deleted_is_stopped(page: Running, box: Mailbox) -> None:
    """The old links of who moved and then was erased are answered as done."""
    stop = page.path(ADA)
    moved(page, box)
    page.client.post(f"{way(page)}/delete")
    assert (200, []) == (
        page.client.post(stop, data=PAIR).status_code,
        page.project.rows("subscribers"),
    )


def test_the_file_of_who_moved_and_was_deleted_is_left_alone(page: Running, box: Mailbox) -> None:
    """Who had themselves erased is not subscribed again by the file with their first address."""
    moved(page, box)
    page.client.post(f"{way(page)}/delete")
    path = page.project.folder / "profiles" / "ada.toml"
    files, _ = subscriptions.read([path], page.project.app.defaults)
    with page.project.app.store() as store:
        (change,) = subscriptions.apply(store, files)
    assert ("left alone", []) == (change.done, page.project.rows("subscribers"))


def test_letters_to_an_address_that_was_left_are_erased(page: Running, box: Mailbox) -> None:
    """A move leaves none, so that deleting everything later misses none."""
    page.client.post(way(page), data={"do": "save"})
    with page.project.app.store() as store:
        store.letters.ask(Kind.PREFERENCES, ADA, stored(page), page.project.clock())
    moved(page, box)
    before = {row["address"] for row in page.project.rows("letters")}
    page.client.post(f"{way(page)}/delete")
    assert ({NEW}, []) == (before, page.project.rows("letters"))


def test_who_said_stop_stays_stopped(page: Running, box: Mailbox) -> None:
    """Saving preferences, moving, or asking for a link mails nobody who is unsubscribed."""
    page.post(ADA)
    save(page, name="Still here", paused_until="")
    page.client.post(way(page), data={"do": "fresh"})
    page.project.tomorrow()
    page.project.app.run()
    correspondence.send(page.project.app)
    assert ([], "unsubscribed") == (box.recipients, page.statuses()[ADA])
