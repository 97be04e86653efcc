"""Preferences behind the link of a mail: all of a profile, the address, the data, and the end."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import httpx
import pytest

from digest import correspondence, preferences, subscriptions
from digest.links import PageLinks
from digest.model import Subscriber
from digest.profile import subscriber_id
from digest.tokens import Purpose
from integration.conftest import Project
from integration.page import BASE_URL, PAIR, Running, running
from integration.servers import Mailbox
from integration.test_page import Parts

ADA, BOB, NEW = "ada@example.org", "bob@example.org", "countess@example.org"
LIBRARY = "@article{a, title={A liked one}, year={2024}, abstract={Of learning graphs.}}"
PROFILE = f"""
email = "{ADA}"
name = "Ada"
timezone = "Europe/London"
send_at = "00:00"
days = ["mon", "tue"]
limit = 7
when_empty = "note"
replacements = "only-if-sent"
explore = 1
language = "de"
template = "compact"
paused_until = 2026-03-09

[[interest]]
name = "Graphs"
text = "networks of graphs"
keywords = ["graph*", "neural AND (net OR nets)"]
authors = ["Alex Graves"]
categories = ["cs.LG", "cs.AI"]
examples = ["arxiv:1410.5401", "Pointer Networks", "https://example.org/a", "doi:10.1000/182"]
counterexamples = ["A survey of surveys"]
bibliography = "library.bib"
exclude = ["survey"]
sources = ["file"]
weight = 1.5
threshold = 0.25

[[interest]]
name = "Graphs"
authors = ["Ada Lovelace"]

[trending]
show = 2
"""


@pytest.fixture
def page(project: Project) -> Iterator[Running]:
    """Run the page for a subscriber whose profile says all that one can say."""
    path = project.folder / "profiles" / "ada.toml"
    path.parent.mkdir()
    path.write_text(PROFILE, encoding="utf-8")
    (path.parent / "library.bib").write_text(LIBRARY, encoding="utf-8")
    files, problems = subscriptions.read([path], project.app.defaults)
    assert problems == []
    with project.app.store() as store:
        subscriptions.apply(store, files)
    with running(project) as served:
        yield served


def way(page: Running, email: str = ADA) -> str:
    """Give the path of a subscriber's preferences, as a mail of today has it."""
    links = page.project.app.links()
    assert isinstance(links, PageLinks)
    url = links.preferences(subscriber_id(email), page.project.clock.at.date())
    return httpx.URL(url).path


def stored(page: Running, email: str = ADA) -> Subscriber:
    """Read a subscriber."""
    with page.project.app.store() as store:
        return subscriptions.subscriber(store, email)


def filled(text: str) -> dict[str, Any]:
    """Give what a browser would send of a page's first form, untouched."""
    form = text[text.index("<form") : text.index("</form>")]
    found: dict[str, Any] = {}
    for one in Parts(form).named("input"):
        ticked = one.get("type") not in {"checkbox", "file"} or "checked" in one
        if one.get("type") != "file" and ticked:
            found.setdefault(str(one["name"]), []).append(one.get("value") or "")
    for name, value in re.findall(
        r'<textarea[^>]*name="([^"]*)"[^>]*>\n(.*?)</textarea>', form, re.DOTALL
    ):
        found[name] = html.unescape(value)
    for name, options in re.findall(
        r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL
    ):
        (found[name],) = re.findall(r'value="([^"]*)" selected', options)
    return found


def save(page: Running, **changes: Any) -> httpx.Response:  # noqa: ANN401 texts and lists
    """Open the form, change some of it, and save it."""
    form = filled(page.client.get(way(page)).text) | {"do": "save"} | changes
    data = {name: value for name, value in form.items() if value is not None}
    return page.client.post(way(page), data=data)


def link(box: Mailbox, kind: str) -> str:
    """Give the path of the link in the newest letter."""
    part = box.mails[-1].parsed.get_body(("plain",))
    assert part is not None
    found = re.search(rf"https://digest\.example\.org(/papers/{kind}/\S+)", part.get_content())
    assert found is not None
    return found[1]


def test_saving_an_untouched_form_changes_nothing(page: Running) -> None:
    """All that a profile can say is in the form, and comes back as it was."""
    before = stored(page)
    answer = save(page)
    assert (200, True, before) == (answer.status_code, "<b>Saved.</b>" in answer.text, stored(page))


@pytest.mark.parametrize(
    ("field", "typed", "read"),
    [
        ("name", "Countess", lambda r: r.name == "Countess"),
        ("timezone", "Asia/Tokyo", lambda r: r.timezone == "Asia/Tokyo"),
        ("send_at", "06:15", lambda r: r.send_at == "06:15"),
        ("days", ["sat", "sun"], lambda r: r.days == ("sat", "sun")),
        ("paused_until", "2027-01-10", lambda r: r.paused_until == date(2027, 1, 10)),
        ("paused_until", "", lambda r: r.paused_until is None),
        ("limit", "30", lambda r: r.profile.limit == 30),
        ("trending", "0", lambda r: r.profile.trending == 0),
        ("explore", "2", lambda r: r.profile.explore == 2),
        ("when_empty", "skip", lambda r: r.profile.when_empty == "skip"),
        ("replacements", "show", lambda r: r.profile.replacements == "show"),
        ("language", "ar", lambda r: r.profile.language == "ar"),
        ("template", "digest", lambda r: r.profile.template == "digest"),
        ("interest-0-name", "Nets", lambda r: r.profile.interests[0].name == "Nets"),
        ("interest-0-text", "new", lambda r: r.profile.interests[0].text == "new"),
        ("interest-0-keywords", "a\nb", lambda r: r.profile.interests[0].keywords == ("a", "b")),
        ("interest-0-authors", "", lambda r: r.profile.interests[0].authors == ()),
        ("interest-0-categories", "a, b", lambda r: r.profile.interests[0].categories[1] == "b"),
        ("interest-0-exclude", "x\ny", lambda r: r.profile.interests[0].exclude == ("x", "y")),
        ("interest-0-sources", None, lambda r: r.profile.interests[0].sources == ()),
        ("interest-0-weight", "2", lambda r: r.profile.interests[0].weight == 2),
        ("interest-0-threshold", "0.5", lambda r: r.profile.interests[0].threshold == 0.5),
        ("interest-0-remove", "on", lambda r: r.profile.interests[0].authors == ("Ada Lovelace",)),
        ("interest-1-remove", "on", lambda r: len(r.profile.interests) == 1),
    ],
)  # fmt: skip
def test_each_setting_can_be_changed(page: Running, field: str, typed: Any, read: Any) -> None:  # noqa: ANN401 of any field
    """What is typed into a field is what is stored."""
    assert (200, True) == (save(page, **{field: typed}).status_code, read(stored(page)))


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("limit", "many"),
        ("explore", "9"),
        ("interest-0-threshold", "2"),
        ("interest-0-keywords", "a AND"),
        ("paused_until", "tomorrow"),
        ("language", "xx"),
        ("template", "../base"),
        ("interest-0-sources", ["elsewhere"]),
        ("days", None),
    ],
)
def test_a_mistake_is_named_and_nothing_is_saved(page: Running, field: str, typed: Any) -> None:  # noqa: ANN401 of any field
    """A wrong value is said at its field; the profile stays, and so does what was typed."""
    before = stored(page)
    answer = save(page, **{field: typed, "name": "Typed"})
    assert (422, True, True, before) == (
        answer.status_code,
        f'id="{field}-wrong"' in answer.text,
        'value="Typed"' in answer.text,
        stored(page),
    )


def test_papers_are_listed_and_can_go(page: Running) -> None:
    """A paper of the library is shown by its title, and goes when it is ticked."""
    shown = page.client.get(way(page)).text
    found = re.search(r'name="interest-0-drop" value="(\w+)"> A liked one', shown)
    assert found is not None
    save(page, **{"interest-0-drop": [found[1]]})
    assert [] == [one for one in stored(page).profile.interests[0].examples if one.summary]


def test_interests_are_added(page: Running) -> None:
    """A button adds an empty interest to the form; filled, it is saved beside the others."""
    form = filled(page.client.get(way(page)).text)
    more = filled(page.client.post(way(page), data=form | {"do": "add"}).text)
    page.client.post(way(page), data=more | {"do": "save", "interest-2-text": "a third thing"})
    assert ["Graphs", "Graphs", "A third thing"] == [
        interest.name for interest in stored(page).profile.interests
    ]


def test_an_interest_added_meanwhile_stays(page: Running) -> None:
    """Saving a form that was opened before another was saved loses none of its interests."""
    old = filled(page.client.get(way(page)).text)
    more = filled(page.client.post(way(page), data=old | {"do": "add"}).text)
    page.client.post(way(page), data=more | {"do": "save", "interest-2-text": "a third thing"})
    page.client.post(way(page), data=old | {"do": "save", "name": "Late"})
    assert ("Late", 3) == (stored(page).name, len(stored(page).profile.interests))


def test_a_pause_holds_and_ends(page: Running, box: Mailbox) -> None:
    """Until the date no mail comes; on it the next one does."""
    save(page, paused_until="2026-03-10", send_at="00:00", days=["mon", "tue", "wed"])
    counts = []
    for days in (0, 7, 8):
        page.project.app.run()
        counts.append(len(box.mails))
        page.project.tomorrow(7 if not days else 1)
    assert [0, 0, 1] == counts


def test_the_link_of_a_mail_opens_it(page: Running, box: Mailbox) -> None:
    """Each digest carries the link, in both parts, and it works for ninety days, no longer."""
    save(page, paused_until="")
    page.project.app.run()
    path = link(box, "preferences")
    page.project.tomorrow(89)
    last = page.client.get(path).status_code
    page.project.tomorrow(2)
    assert (200, 410) == (last, page.client.get(path).status_code)


def test_an_expired_link_sends_a_fresh_one(page: Running, box: Mailbox) -> None:
    """A GET offers it, the button has it sent to the subscriber alone, once a day; it works."""
    path = way(page)
    page.project.tomorrow(100)
    offered = page.client.get(path)
    before = len(page.project.rows("letters"))
    for _ in range(2):
        page.client.post(path, data={"do": "fresh"})
    correspondence.send(page.project.app)
    assert (410, 0, [ADA], 200) == (
        offered.status_code,
        before,
        box.recipients,
        page.client.get(link(box, "preferences")).status_code,
    )


def test_forged_and_foreign_links_are_refused(page: Running) -> None:
    """A token of another purpose, another secret or none opens no preferences, nor changes any."""
    tokens = page.project.app.tokens()
    last = date(2030, 1, 1)
    forged = [
        "x",
        tokens.make(Purpose.UNSUBSCRIBE, subscriber_id(ADA)),
        tokens.make_until(Purpose.CONFIRM, last, subscriber_id(ADA)),
        tokens.make_until(Purpose.PREFERENCES, last, subscriber_id("nobody@example.org")),
    ]
    before = page.project.rows("subscribers")
    for token in forged:
        path = f"/papers/preferences/{token}"
        asked = [(path, {"do": "save"}), (f"{path}/data", {}), (f"{path}/delete", {})]
        asked += [(f"{path}/address", {"email": NEW}), (f"{path}/matches", {})]
        assert [404] * 5 == [page.client.post(p, data=d).status_code for p, d in asked]
    assert (before, []) == (page.project.rows("subscribers"), page.project.rows("letters"))


def test_scanners_change_nothing(page: Running) -> None:
    """497 requests of the kinds that scanners make, to every page, leave the database as it was."""
    tables = ("subscribers", "suppressions", "letters", "addresses")
    before = [page.project.rows(table) for table in tables]
    paths = [way(page), *(f"{way(page)}/{page_}" for page_ in ("address", "delete", "data"))]
    methods = ("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH")
    codes = {page.client.request(methods[n % 6], paths[n // 6 % 4]).status_code for n in range(497)}
    assert ({200, 405}, before) == (codes, [page.project.rows(table) for table in tables])


def test_data_are_all_that_is_stored(page: Running, box: Mailbox) -> None:
    """The file has the profile, the editions, what was shown, and the letters; nobody else's."""
    save(page, paused_until="")
    page.project.subscribe(BOB)
    page.project.app.run()
    page.client.post(f"{way(page)}/address", data={"email": NEW})
    answer = page.client.post(f"{way(page)}/data")
    content = json.loads(answer.text)
    assert {"subscribers", "editions", "deliveries", "shown"} <= set(content)
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


def test_who_said_stop_stays_stopped(page: Running, box: Mailbox) -> None:
    """Saving preferences, moving, or asking for a link mails nobody who is unsubscribed."""
    page.post(ADA)
    save(page, name="Still here", paused_until="")
    page.client.post(way(page), data={"do": "fresh"})
    page.project.tomorrow()
    page.project.app.run()
    correspondence.send(page.project.app)
    assert ([], "unsubscribed") == (box.recipients, page.statuses()[ADA])


def test_saving_too_often_is_refused(page: Running) -> None:
    """A client that saves without end is told to wait."""
    codes = (page.client.post(way(page), data={"do": "save"}).status_code for _ in range(200))
    assert 429 in codes


def test_a_post_of_another_site_needs_the_token(page: Running) -> None:
    """No cookie speaks for anybody: a form of another site that lacks the token changes nothing."""
    headers = {
        "Origin": "https://evil.example",
        "Cookie": "session=ada",
        "Sec-Fetch-Site": "cross-site",
    }
    paths = [f"/papers/preferences{end}" for end in ("", "/", "//delete", "//address")]
    before = page.project.rows("subscribers")
    codes = [
        page.client.post(path, data={"do": "save"}, headers=headers).status_code for path in paths
    ]
    assert ([404] * 4, before) == (codes, page.project.rows("subscribers"))


def test_the_mail_names_its_date_in_the_link(page: Running, box: Mailbox) -> None:
    """The same edition has the same link however often it is made."""
    save(page, paused_until="")
    page.project.app.run()
    links = page.project.app.links()
    assert isinstance(links, PageLinks)
    day = page.project.clock.at.date()
    expected = links.preferences(subscriber_id(ADA), day).removeprefix(BASE_URL)
    assert f"/papers{expected}" == link(box, "preferences")
