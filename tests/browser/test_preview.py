"""The preview in a real browser: sliders, writing back, live reload, past dates, the views."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from integration.conftest import Project, feed_of, item
from integration.previewed import PAPERS, PROFILE, Previewed, ada, previewed
from playwright.sync_api import Browser, Page, expect

from browser.conftest import Tab
from digest.app import bundled


@pytest.fixture(autouse=True)
def _patience() -> None:
    """Wait as long for what is expected as for what is clicked: others use this machine too."""
    expect.set_options(timeout=20_000)


@pytest.fixture
def papers(project: Project) -> Project:
    """Have five papers stored, and a folder of templates."""
    some = [item(number, title) for number, title in PAPERS.items()]
    (project.folder / "papers.json").write_bytes(feed_of(*some))
    (project.folder / "templates").mkdir()
    project.digest = 'templates = "templates"'
    project.app.pull()
    return project


@pytest.fixture
def preview(papers: Project) -> Iterator[Previewed]:
    """Preview Ada's profile."""
    with previewed(papers, str(ada(papers))) as served:
        yield served


def shows(page: Page, shown: int, candidates: int = 5) -> None:
    """Wait until so many of so many entries are shown."""
    expect(page.locator("[data-part=summary]")).to_contain_text(
        f"{shown} of {candidates} entries shown"
    )


def slide(page: Page, name: str, value: str) -> None:
    """Move a slider as a hand does."""
    page.get_by_role("slider", name=name, exact=True).fill(value)


def test_a_slider_acts_at_once(preview: Previewed, tab: Tab) -> None:
    """Threshold and limit change entries, near misses and the mail, and the address keeps them."""
    tab.page.goto(preview.address)
    shows(tab.page, 2)
    expect(tab.page.get_by_label("Just below the threshold")).to_contain_text("On networks")
    slide(tab.page, "Entries at most", "9")
    shows(tab.page, 4)
    slide(tab.page, "Graphs", "0.4")
    shows(tab.page, 5)
    expect(tab.page.locator(".entry", has_text="On networks")).to_contain_text("comes in")
    mail = tab.page.frame_locator("iframe").first
    expect(mail.get_by_role("link", name="On networks")).to_be_visible()
    tab.page.reload()
    shows(tab.page, 5)
    assert ([], []) == (tab.elsewhere, tab.faults)


def test_what_was_tuned_is_written_with_the_comments_kept(preview: Previewed, tab: Tab) -> None:
    """The button writes just what changed; then nothing is left to write."""
    tab.page.goto(preview.address)
    slide(tab.page, "Entries at most", "4")
    slide(tab.page, "Trees", "0.25")
    tab.page.get_by_role("button", name="Write to ada.toml").click()
    tab.page.get_by_text("Written to ada.toml").wait_for()
    expect(tab.page.get_by_label("Writing back")).to_contain_text("nothing to write")
    expected = PROFILE.replace("limit = 2 ", "limit = 4 ")
    expected = expected.replace('["tree*"]\n', '["tree*"]\nthreshold = 0.25\n')
    assert (expected, []) == (preview.profile.read_text("utf-8"), tab.faults)


def test_what_is_written_is_what_the_sliders_say(preview: Previewed, tab: Tab) -> None:
    """A button that is pressed while an answer is under way writes the newest setting."""
    tab.page.goto(preview.address)
    slide(tab.page, "Entries at most", "3")
    button = tab.page.get_by_role("button", name="Write to ada.toml")
    button.wait_for()
    # Both in one turn of the browser's loop, so that no answer can come between them.
    tab.page.evaluate(
        "() => { const limit = document.getElementById('limit'); limit.value = '5';"
        " limit.dispatchEvent(new Event('input', { bubbles: true }));"
        " document.getElementById('write-back').click(); }"
    )
    tab.page.get_by_text("Written to ada.toml").wait_for()
    assert "limit = 5 " in preview.profile.read_text("utf-8")


def test_an_edited_profile_shows_by_itself(preview: Previewed, tab: Tab) -> None:
    """Another limit, a mistake, and its mending appear by themselves; the focus stays."""
    tab.page.goto(preview.address)
    shows(tab.page, 2)
    slider = tab.page.get_by_label("Entries at most")
    slider.focus()
    preview.profile.write_text(PROFILE.replace("limit = 2", "limit = 1"), encoding="utf-8")
    shows(tab.page, 1)
    expect(slider).to_have_value("1")
    expect(slider).to_be_focused()
    preview.profile.write_text(PROFILE.replace("limit = 2", "limit = two"), encoding="utf-8")
    expect(tab.page.get_by_role("alert")).to_contain_text(f"{preview.profile}:4: is not TOML")
    shows(tab.page, 1)
    preview.profile.write_text(PROFILE.replace("limit = 2", "limit = 3"), encoding="utf-8")
    shows(tab.page, 3)
    expect(tab.page.get_by_role("alert")).to_have_count(0)


def test_an_edited_template_and_configuration_show_by_themselves(
    preview: Previewed, tab: Tab
) -> None:
    """A template of one's own and another title appear in the mail; the sliders stay."""
    tab.page.goto(preview.address)
    slide(tab.page, "Entries at most", "4")
    shows(tab.page, 4)
    mail = tab.page.frame_locator("iframe").first
    expect(mail.get_by_role("heading", name="Papers")).to_be_visible()
    folder = preview.project.folder
    template = (bundled()[0] / "digest.html").read_text("utf-8").replace("Why:", "Because:")
    (folder / "templates" / "digest.html").write_text(template, encoding="utf-8")
    expect(mail.get_by_text("Because:").first).to_be_visible()
    config = (folder / "config.toml").read_text("utf-8")
    (folder / "config.toml").write_text(config.replace('"Papers"', '"Reading"'), encoding="utf-8")
    expect(mail.get_by_role("heading", name="Reading")).to_be_visible()
    shows(tab.page, 4)
    assert [] == tab.faults


def test_a_past_date_is_chosen(papers: Project, tab: Tab) -> None:
    """The edition of a past date has what was stored by then, at the settings of the sliders."""
    papers.tomorrow()
    (papers.folder / "papers.json").write_bytes(feed_of(item(6, "Graph drawing")))
    papers.app.pull()
    papers.tomorrow()
    with previewed(papers, str(ada(papers))) as preview:
        tab.page.goto(preview.address)
        shows(tab.page, 2, 6)
        slide(tab.page, "Entries at most", "9")
        tab.page.get_by_label("Edition of").fill("2026-03-03")
        shows(tab.page, 4, 5)
        mail = tab.page.frame_locator("iframe").first
        expect(mail.get_by_text("Tuesday 3 March 2026")).to_be_visible()


@pytest.mark.parametrize(
    ("box", "ground"), [("Light", "rgb(241, 243, 245)"), ("Dark", "rgb(18, 21, 25)")]
)
def test_the_mail_is_seen_at_each_width_and_in_both_colours(
    preview: Previewed, tab: Tab, box: str, ground: str
) -> None:
    """A frame for each width, as light or dark as it says, whatever the browser prefers."""
    tab.page.goto(f"{preview.address}?width=375&width=600&width=1200&scheme=light&scheme=dark")
    other = "Dark" if box == "Light" else "Light"
    tab.page.get_by_label(other, exact=True).uncheck()
    expect(tab.page.locator("iframe")).to_have_count(3)
    for number, width in enumerate((375, 600, 1200)):
        frame = tab.page.frame_locator("iframe").nth(number)
        expect(frame.locator("body")).to_have_css("background-color", ground)
        box_of = frame.locator("html").bounding_box()
        assert box_of
        assert width == round(box_of["width"])


def test_text_and_source_stand_beside_it(preview: Previewed, tab: Tab) -> None:
    """The text part as it reads, and the bytes with their headers, as `preview` writes them."""
    tab.page.goto(preview.address)
    tab.page.get_by_label("Text", exact=True).check()
    tab.page.get_by_label("Source", exact=True).check()
    expect(tab.page.get_by_label("The mail as text")).to_contain_text("Monday 2 March 2026")
    source = tab.page.get_by_label("The mail's source")
    expect(source).to_contain_text("List-Unsubscribe: <mailto:digest@example.org")
    expect(tab.page.locator("iframe")).to_have_count(2)
    expect(tab.page.locator("[data-part=size]")).to_contain_text("within our 90.0 KB; Gmail clips")


def test_each_entry_says_why(preview: Previewed, tab: Tab) -> None:
    """An entry has each matcher's share; what misses says by how much, or which rule it is."""
    tab.page.goto(preview.address)
    entry = tab.page.get_by_role("region", name="Graphs").locator(".entry").first
    expect(entry).to_contain_text(re.compile(r"0\.\d\d in Graphs, where 0\.50 is asked"))
    expect(entry).to_contain_text(re.compile(r"0\.55\s+keywords"))
    below = tab.page.get_by_label("Just below the threshold")
    expect(below).to_contain_text("Lacks 0.10 of the threshold 0.50.")
    beyond = tab.page.get_by_label("Past the threshold, and left out")
    expect(beyond).to_contain_text("over the limit; 2 others scored more")


def test_all_is_done_with_the_keyboard(preview: Previewed, tab: Tab) -> None:
    """Tab and arrows reach and move a slider, and Enter writes; the focus stays where it was."""
    tab.page.goto(preview.address)
    focused = "document.activeElement.id"
    for _ in range(12):
        tab.page.keyboard.press("Tab")
        if tab.page.evaluate(focused) == "limit":
            break
    tab.page.keyboard.press("ArrowRight")
    shows(tab.page, 3)
    assert "limit" == tab.page.evaluate(focused)
    for _ in range(20):
        tab.page.keyboard.press("Tab")
        if tab.page.evaluate(focused) == "write-back":
            break
    tab.page.keyboard.press("Enter")
    tab.page.get_by_text("Written to ada.toml").wait_for()
    assert "limit = 3 " in preview.profile.read_text("utf-8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_stands_in_the_way(preview: Previewed, tab: Tab, scheme: str) -> None:
    """Axe finds no barrier of WCAG 2 A or AA: all views, changes to write, and a mistake shown."""
    tab.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    tab.page.goto(f"{preview.address}?view=html&view=text&view=source&limit=4&t=0.5&t=0.9")
    shows(tab.page, 3)
    fine = tab.barriers()
    preview.profile.write_text("limit = two", encoding="utf-8")
    tab.page.get_by_role("alert").wait_for()
    wrong = tab.barriers()
    tab.page.goto(f"{preview.address}/why?entry=arxiv:2601.00001")
    assert ([], [], []) == (fine, wrong, tab.barriers())


@pytest.mark.parametrize("width", [375, 1200])
def test_the_page_is_as_wide_as_its_window(preview: Previewed, tab: Tab, width: int) -> None:
    """Only the frames scroll sideways, within their region."""
    tab.page.set_viewport_size({"width": width, "height": 800})
    tab.page.goto(f"{preview.address}?width=1200&view=html&view=source")
    tab.page.frame_locator("iframe").first.get_by_role("heading", name="Papers").wait_for()
    assert width == tab.page.evaluate("document.documentElement.scrollWidth")


def test_it_works_without_a_script(preview: Previewed, browser: Browser) -> None:
    """The form's button shows what its sliders say, and the other one writes it."""
    context = browser.new_context(java_script_enabled=False)
    try:
        page = context.new_page()
        page.goto(preview.address)
        slide(page, "Entries at most", "4")
        page.get_by_role("button", name="Show").click()
        shows(page, 4)
        page.get_by_role("button", name="Write to ada.toml").click()
        page.get_by_text("Written to ada.toml").wait_for()
    finally:
        context.close()
    assert "limit = 4 " in preview.profile.read_text("utf-8")


def test_what_a_feed_says_is_text(project: Project, tab: Tab) -> None:
    """Titles that would be scripts are shown as they are; nothing runs or is asked for."""
    evil = "<img src=https://evil.example/x onerror=alert(1)><script>alert(1)</script>graph"
    paper = item(1, evil, content_text=f'{evil} "graph" </pre><script src=//evil.example></script>')
    (project.folder / "papers.json").write_bytes(feed_of(paper))
    project.app.pull()
    asked: list[str] = []
    tab.page.on("dialog", lambda dialog: asked.append(dialog.message))
    with previewed(project, str(ada(project))) as preview:
        tab.page.goto(f"{preview.address}?view=html&view=text&view=source")
        shows(tab.page, 1, 1)
        slide(tab.page, "Trees", "0.2")
        tab.page.get_by_role("button", name="Write to ada.toml").wait_for()
        tab.page.frame_locator("iframe").first.get_by_role("heading", name="Papers").wait_for()
        more = tab.page.locator(".more a").first.get_attribute("href")
        tab.page.goto(f"{preview.client.base_url}{more}")
    assert ([], [], []) == (asked, tab.elsewhere, tab.faults)


def test_a_server_that_is_away_is_named(papers: Project, tab: Tab) -> None:
    """A page whose server ended says so."""
    with previewed(papers, str(ada(papers))) as preview:
        tab.page.goto(preview.address)
        shows(tab.page, 2)
    expect(tab.page.get_by_text("server does not answer")).to_be_visible()
