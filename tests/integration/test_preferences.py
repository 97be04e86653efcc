"""Preferences behind the link of a mail: all of a profile, and who may change it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from digest import correspondence
from digest.links import PageLinks
from digest.profile import subscriber_id
from digest.tokens import Purpose
from integration.conftest import Project
from integration.own_pages import ADA, NEW, filled, save, served, stored, way
from integration.page import BASE_URL, Running, link
from integration.servers import Mailbox


@pytest.fixture
def page(project: Project) -> Iterator[Running]:
    """Run the page for a subscriber whose profile says all that one can say."""
    with served(project) as running_page:
        yield running_page


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


def test_a_broken_database_is_said_to_be(page: Running) -> None:
    """Without its database every page of a subscriber says to try again later."""
    page.project.database.unlink()
    asked = [("", {}), ("", {"do": "matches"}), ("", {"do": "save"})]
    asked += [(f"/{name}", {}) for name in ("matches", "data", "delete")]
    answers = [page.client.post(f"{way(page)}{tail}", data=data) for tail, data in asked]
    answers.append(page.client.get(way(page)))
    assert [(503, "60")] * 7 == [(a.status_code, a.headers.get("retry-after")) for a in answers]


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
