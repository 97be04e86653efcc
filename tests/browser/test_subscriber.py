"""A subscriber's way through the pages in a real browser, from the form to the end."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from integration.conftest import Project
from integration.page import Running, running
from integration.servers import Mail, Mailbox
from playwright.sync_api import FilePayload

from browser.conftest import Tab
from digest import correspondence

ADA, NEW = "ada@example.org", "countess@example.org"


@pytest.fixture
def page(project: Project) -> Iterator[Running]:
    """Run the page with its form open, for a week with three papers."""
    project.page = "signup = true"
    project.app.pull()
    with running(project, local=True) as served:
        yield served


def link(mail: Mail, kind: str) -> str:
    """Give the first link of a kind in a mail, as a mail program opens it."""
    part = mail.parsed.get_body(("html",))
    assert part is not None
    found = re.search(rf'href="(http://127[^"]+/{kind}/[^"]*)"', part.get_content())
    assert found is not None
    return found[1].replace("&amp;", "&")


def letter(page: Running, box: Mailbox) -> Mail:
    """Send the letters that are due, and give the newest mail."""
    assert "" == correspondence.send(page.project.app)
    return box.mails[-1]


def ask(tab: Tab, page: Running) -> None:
    """Fill the form in and send it."""
    tab.page.goto(f"{page.client.base_url}/papers/subscribe")
    tab.page.get_by_label("In your own words").fill("networks of graphs")
    tab.page.get_by_label("E-mail address").fill(ADA)
    tab.page.get_by_label("Time", exact=True).fill("00:00")
    tab.page.get_by_role("button", name="Subscribe").last.click()
    tab.page.get_by_role("heading", name="Look into your mailbox").wait_for()


def subscribed(tab: Tab, page: Running, box: Mailbox) -> None:
    """Subscribe and confirm from the mail that was received."""
    ask(tab, page)
    tab.page.goto(link(letter(page, box), "confirm"))
    tab.page.get_by_role("button", name="Subscribe").click()
    tab.page.get_by_role("heading", name="You are subscribed").wait_for()


def digest(page: Running, box: Mailbox) -> Mail:
    """Let a day go by and give the digest."""
    page.project.tomorrow()
    page.project.app.run()
    return box.mails[-1]


def clean(tab: Tab) -> bool:
    """Whether nothing was asked of others, and nothing went wrong."""
    return ([], []) == (tab.elsewhere, tab.faults)


def test_subscribe_and_confirm(page: Running, tab: Tab, box: Mailbox) -> None:
    """Form, received letter, link and button subscribe; the browser's zone is filled in."""
    ask(tab, page)
    before = page.statuses()
    tab.page.goto(link(letter(page, box), "confirm"))
    still = page.statuses()
    tab.page.get_by_role("button", name="Subscribe").click()
    tab.page.get_by_role("heading", name="You are subscribed").wait_for()
    zones = [row["timezone"] for row in page.project.rows("subscribers")]
    assert ({}, {}, {ADA: "active"}, ["Europe/Berlin"]) == (before, still, page.statuses(), zones)
    assert clean(tab)


def test_matches_come_while_one_types(page: Running, tab: Tab) -> None:
    """Without a button pressed the last week's papers stand beside the form, and are announced."""
    tab.page.goto(f"{page.client.base_url}/papers/subscribe")
    tab.page.get_by_label("Keywords").press_sequentially("graph*")
    tab.page.locator(".matches a", has_text="Graph networks").first.wait_for()
    assert "3 of the last week" in tab.page.locator(".heard").inner_text()
    assert clean(tab)


def test_it_works_without_scripts(page: Running, tab: Tab, box: Mailbox) -> None:
    """With scripts switched off one sees matches by a button, and subscribes."""
    context = tab.page.context.browser
    assert context is not None
    plain = context.new_context(java_script_enabled=False)
    bare = Tab(page=plain.new_page())
    bare.page.goto(f"{page.client.base_url}/papers/subscribe")
    bare.page.get_by_label("Keywords").fill("graph*")
    bare.page.get_by_role("button", name="Show matches").click()
    bare.page.locator(".matches a").first.wait_for()
    ask(bare, page)
    plain.close()
    assert ADA == letter(page, box).recipient


def test_it_works_with_the_keyboard_alone(page: Running, tab: Tab) -> None:
    """From field to field by Tab, and Enter in the address sends the form."""
    tab.page.goto(f"{page.client.base_url}/papers/subscribe")
    tab.page.keyboard.press("Tab")
    tab.page.keyboard.type("networks of graphs")
    while "email" != tab.page.evaluate("document.activeElement.id"):
        tab.page.keyboard.press("Tab")
    tab.page.keyboard.type(ADA)
    tab.page.keyboard.press("Enter")
    tab.page.get_by_role("heading", name="Look into your mailbox").wait_for()
    assert [ADA] == [row["email"] for row in page.project.rows("letters")]


def test_a_mistake_is_shown_and_reached(page: Running, tab: Tab) -> None:
    """What is wrong is named above the form, focused; its link leads to the field, still filled."""
    tab.page.goto(f"{page.client.base_url}/papers/subscribe")
    tab.page.get_by_label("Keywords").fill("graph AND (")
    tab.page.get_by_label("E-mail address").fill(ADA)
    tab.page.get_by_role("button", name="Subscribe").last.click()
    summary = tab.page.get_by_role("alert")
    summary.wait_for()
    focused = tab.page.evaluate("document.activeElement.className")
    summary.get_by_role("link").click()
    field = tab.page.get_by_label("Keywords")
    assert ("summary", "interest-0-keywords", "graph AND (", "true") == (
        focused,
        tab.page.evaluate("document.activeElement.id") or field.get_attribute("id"),
        field.input_value(),
        field.get_attribute("aria-invalid"),
    )


def test_prefer(page: Running, tab: Tab, box: Mailbox) -> None:
    """From the link of a digest one changes the profile, adds an interest and a library."""
    subscribed(tab, page, box)
    tab.page.goto(link(digest(page, box), "preferences"))
    tab.page.get_by_role("button", name="Add another interest").click()
    second = tab.page.get_by_role("group", name="Another interest")
    second.get_by_label("Keywords").fill("protein*")
    content = b"@misc{a, title={A liked one}}"
    library = FilePayload(name="a.bib", mimeType="text/plain", buffer=content)
    second.get_by_label("Your library").set_input_files(library)
    tab.page.get_by_label("Pause until").fill("2030-01-01")
    tab.page.get_by_role("button", name="Save").last.click()
    tab.page.get_by_text("Saved.").wait_for()
    (row,) = page.project.rows("subscribers")
    interests = json.loads(row["profile"])["interests"]
    assert ("2030-01-01", ["protein*"], ["A liked one"]) == (
        row["paused_until"],
        interests[1]["keywords"],
        [one["title"] for one in interests[1]["examples"]],
    )
    assert clean(tab)


def test_judge_and_take_back(page: Running, tab: Tab, box: Mailbox) -> None:
    """A link under an entry asks, its button teaches, and the preferences take it back."""
    subscribed(tab, page, box)
    mail = digest(page, box)
    tab.page.goto(link(mail, "feedback").replace("/more", "/less"))
    before = page.project.rows("subscribers")[0]["profile"]
    tab.page.get_by_role("button", name="Less like this").click()
    tab.page.get_by_text("It is a counterexample").wait_for()
    taught = json.loads(page.project.rows("subscribers")[0]["profile"])["interests"][0]
    tab.page.goto(link(mail, "preferences"))
    tab.page.get_by_label(re.compile("Graph networks")).check()
    tab.page.get_by_role("button", name="Save").last.click()
    tab.page.get_by_text("Saved.").wait_for()
    after = json.loads(page.project.rows("subscribers")[0]["profile"])["interests"][0]
    assert ([], 1, []) == (
        json.loads(before)["interests"][0]["counterexamples"],
        len(taught["counterexamples"]),
        after["counterexamples"],
    )
    assert clean(tab)


def test_change_the_address(page: Running, tab: Tab, box: Mailbox) -> None:
    """The new address confirms from its own letter, and the next digest goes there."""
    subscribed(tab, page, box)
    tab.page.goto(link(digest(page, box), "preferences"))
    tab.page.get_by_role("link", name="Use another address").click()
    tab.page.get_by_label("New e-mail address").fill(NEW)
    tab.page.get_by_role("button", name="Send a letter there").click()
    tab.page.get_by_role("heading", name="Look into your new mailbox").wait_for()
    asked = letter(page, box)
    tab.page.goto(link(asked, "address"))
    tab.page.get_by_role("button", name="Use this address").click()
    tab.page.get_by_role("heading", name="The mails come here now").wait_for()
    page.project.papers(8)
    assert (NEW, NEW) == (asked.recipient, digest(page, box).recipient)
    assert clean(tab)


def test_download_and_delete(page: Running, tab: Tab, box: Mailbox, tmp_path: Path) -> None:
    """One's data come as a file; after being asked once all is gone, and old links harmless."""
    subscribed(tab, page, box)
    mail = digest(page, box)
    tab.page.goto(link(mail, "preferences"))
    with tab.page.expect_download() as download:
        tab.page.get_by_role("button", name="Download my data").click()
    download.value.save_as(tmp_path / "data.json")
    tab.page.get_by_role("link", name="Delete everything about me").click()
    tab.page.get_by_role("button", name="Delete everything").click()
    tab.page.get_by_role("heading", name="You are deleted").wait_for()
    tab.page.goto(link(mail, "unsubscribe"))
    tab.page.get_by_role("button", name="Unsubscribe").click()
    tab.page.get_by_role("heading", name="You are unsubscribed").wait_for()
    data = json.loads((tmp_path / "data.json").read_text(encoding="utf-8"))
    assert (ADA, []) == (data["subscribers"][0]["email"], page.project.rows("subscribers"))
    assert clean(tab)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_stands_in_the_way(page: Running, tab: Tab, box: Mailbox, scheme: str) -> None:
    """Axe finds no barrier of WCAG 2 A or AA on any of the pages, light or dark."""
    tab.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    found: dict[str, list[str]] = {}
    tab.page.goto(f"{page.client.base_url}/papers/subscribe")
    found["subscribe"] = tab.barriers()
    tab.page.get_by_label("Keywords").fill("graph*")
    tab.page.get_by_role("button", name="Subscribe").last.click()
    tab.page.get_by_role("alert").wait_for()
    found["mistake"] = tab.barriers()
    ask(tab, page)
    found["asked"] = tab.barriers()
    tab.page.goto(link(letter(page, box), "confirm"))
    found["confirm"] = tab.barriers()
    tab.page.get_by_role("button", name="Subscribe").click()
    tab.page.get_by_role("heading", name="You are subscribed").wait_for()
    found["confirmed"] = tab.barriers()
    mail = digest(page, box)
    tab.page.goto(link(mail, "feedback"))
    found["feedback"] = tab.barriers()
    tab.page.get_by_role("button", name="More like this").click()
    tab.page.get_by_text("It is an example").wait_for()
    found["learnt"] = tab.barriers()
    preferences = link(mail, "preferences")
    tab.page.goto(preferences)
    tab.page.locator("summary").first.click()
    tab.page.get_by_role("button", name="Show matches").click()
    tab.page.locator(".said").wait_for()
    tab.page.locator("summary").first.click()
    found["preferences"] = tab.barriers()
    for name in ("address", "delete"):
        tab.page.goto(f"{preferences}/{name}")
        found[name] = tab.barriers()
    page.project.tomorrow(100)
    tab.page.goto(preferences)
    found["expired"] = tab.barriers()
    assert {} == {name: barriers for name, barriers in found.items() if barriers}
