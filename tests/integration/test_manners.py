"""Manners over HTTP: moved and gone addresses, holds, backoff, and what is remembered of a page."""

from __future__ import annotations

from datetime import timedelta

import pytest

from digest.model import Memory, SourceState
from integration.conftest import Project, feed_of, item
from integration.servers import Page, Web

PAPERS = Page(body=feed_of(item(1), item(2)))
BROKEN = Page(status=500)
HOUR = timedelta(hours=1)


@pytest.fixture
def online(project: Project, web: Web) -> Project:
    """Have a project with one feed, served by this machine, that holds two papers."""
    project.http = "timeout = 20\nallow_private_networks = true"
    project.sources = [feed(web, "one")]
    web.pages["/one"] = PAPERS
    return project


def feed(web: Web, name: str) -> str:
    """Configure a feed of this machine."""
    return f'name = "{name}"\nkind = "feed"\nurl = "{web.url(f"/{name}")}"'


def moved(status: int, to: str) -> Page:
    """Make a redirect."""
    return Page(status=status, headers={"Location": to})


def paths(web: Web) -> list[str]:
    """Give the paths asked so far, in their order."""
    return [seen.path for seen in web.seen]


def state(project: Project, name: str = "one") -> SourceState:
    """Read what is remembered of a source."""
    with project.app.store() as store:
        return store.sources.all()[name]


def memory(project: Project, web: Web) -> Memory:
    """Read what is remembered of the feed's address."""
    return state(project).memory[web.url("/one")]


@pytest.mark.parametrize("status", [302, 307])
def test_a_temporary_redirect_is_not_remembered(online: Project, web: Web, status: int) -> None:
    """The configured address is asked again after a redirect that is not for good."""
    web.pages |= {"/one": moved(status, "/new"), "/new": PAPERS}
    for _ in range(2):
        online.app.pull()
    assert ["/one", "/new"] * 2 == paths(web)


@pytest.mark.parametrize("status", [301, 308])
def test_what_moved_behind_a_temporary_redirect_is_not_remembered(
    online: Project, web: Web, status: int
) -> None:
    """A permanent redirect behind a temporary one leaves the configured address in force."""
    web.pages |= {"/one": moved(302, "/middle"), "/middle": moved(status, "/new"), "/new": PAPERS}
    for _ in range(2):
        online.app.pull()
    assert ["/one", "/middle", "/new"] * 2 == paths(web)


def test_what_is_gone_is_not_asked_again(online: Project, web: Web) -> None:
    """After 410 a source is refused without being asked, however much time goes by."""
    web.pages["/one"] = Page(status=410)
    found: list[str] = []
    for _ in range(3):
        found.extend(pulled.state for pulled in online.app.pull())
        online.tomorrow()
    assert (["refused"] * 3, ["/one"]) == (found, paths(web))


def test_what_is_gone_is_asked_once_more_by_name(online: Project, web: Web) -> None:
    """Naming a source that is gone asks it once, and a further 410 leaves it gone."""
    web.pages["/one"] = Page(status=410)
    for names in ((), ("one",), ()):
        online.app.pull(names)
        online.tomorrow()
    assert ["/one"] * 2 == paths(web)


def test_what_came_back_is_asked_as_before(online: Project, web: Web) -> None:
    """A source that answers again when named is no longer gone."""
    web.pages["/one"] = Page(status=410)
    online.app.pull()
    web.pages["/one"] = PAPERS
    found = [online.app.pull(names)[0].state for names in (("one",), ())]
    assert (["new", "unchanged"], 3) == (found, len(web.seen))


@pytest.mark.parametrize("wish", ["3600", "Mon, 02 Mar 2026 13:00:00 GMT"])
def test_a_hold_is_for_the_whole_host(online: Project, web: Web, wish: str) -> None:
    """One source's Retry-After holds back another of its host, which is not asked until it ends."""
    online.sources.append(feed(web, "two"))
    web.pages |= {"/one": Page(status=429, headers={"Retry-After": wish}), "/two": PAPERS}
    online.app.pull(("one",))
    held = [(pulled.source, pulled.state) for pulled in online.app.pull()]
    assert ([("one", "refused"), ("two", "refused")], ["/one"]) == (held, paths(web))


def test_after_a_hold_all_are_asked(online: Project, web: Web) -> None:
    """When the time of Retry-After is over, every source of the host is asked again."""
    online.sources.append(feed(web, "two"))
    web.pages["/one"] = Page(status=503, headers={"Retry-After": "3600"})
    for names in (("one",), ()):
        online.app.pull(names)
    web.pages |= {"/one": PAPERS, "/two": Page(body=feed_of(item(3)))}
    online.clock.at += HOUR
    found = {pulled.source: (pulled.state, pulled.new) for pulled in online.app.pull()}
    assert {"one": ("new", 2), "two": ("new", 1)} == found
    assert ["/one", "/one", "/two"] == sorted(paths(web))


def test_a_hold_is_not_lifted_by_naming_a_source(online: Project, web: Web) -> None:
    """A source of a host that asked to be left alone is not asked, even if it is named."""
    web.pages["/one"] = Page(status=429, headers={"Retry-After": "3600"})
    for _ in range(2):
        (pulled,) = online.app.pull(("one",))
    assert ["/one"] == paths(web)
    assert "asked to be left alone until 2026-03-02 13:00 UTC" == pulled.detail


def test_there_is_no_wait_after_the_first_failure(online: Project, web: Web) -> None:
    """A source that failed once is asked at the very next pull."""
    web.pages["/one"] = BROKEN
    online.app.pull()
    assert (1, None) == (state(online).failures, state(online).next_fetch)
    online.app.pull()
    assert ["/one"] * 2 == paths(web)


def test_the_wait_grows(online: Project, web: Web) -> None:
    """From the second failure on a source waits a minute, then double, and up to a quarter more."""
    web.pages["/one"] = BROKEN
    online.app.pull()
    found = []
    for minutes in (1, 2, 4):
        online.app.pull()
        now = state(online)
        assert now.next_fetch is not None
        assert now.last_attempt is not None
        found.append(1 <= (now.next_fetch - now.last_attempt) / timedelta(minutes=minutes) <= 1.25)
        online.clock.at = now.next_fetch
    assert ([True] * 3, 4) == (found, len(web.seen))


def test_the_wait_is_kept(online: Project, web: Web) -> None:
    """A program started anew leaves a failing source alone until its time, and says so."""
    web.pages["/one"] = BROKEN
    for _ in range(2):
        online.app.pull()
    until = state(online).next_fetch
    (pulled,) = online.app.pull()
    said = "answered 500 Internal Server Error; try later; it is asked again after"
    assert (f"{said} {until:%Y-%m-%d %H:%M} UTC", True) == (pulled.detail, pulled.failed)
    assert ["/one"] * 2 == paths(web)


def test_a_success_ends_the_wait(online: Project, web: Web) -> None:
    """After a success a source has failed no times, so that its next failure is the first."""
    web.pages["/one"] = BROKEN
    for _ in range(3):
        online.app.pull(("one",))
    web.pages["/one"] = PAPERS
    online.app.pull(("one",))
    after = state(online)
    assert (0, None, None) == (after.failures, after.next_fetch, after.failing_since)
    web.pages["/one"] = BROKEN
    online.app.pull()
    assert (1, None) == (state(online).failures, state(online).next_fetch)


def test_a_file_does_not_wait(project: Project) -> None:
    """A file that cannot be read is looked for at every pull."""
    (project.folder / "papers.json").unlink()
    for _ in range(3):
        project.app.pull()
    assert (3, None) == (state(project, "file").failures, state(project, "file").next_fetch)
    project.papers(1)
    assert ["new"] == [pulled.state for pulled in project.app.pull()]


def test_the_same_body_under_a_new_tag_is_not_read(online: Project, web: Web) -> None:
    """A page unchanged but for its ETag is not parsed, yet the new ETag is sent next time."""
    for tag in ('"1"', '"2"', '"2"'):
        web.pages["/one"] = Page(body=PAPERS.body, headers={"ETag": tag})
        found = [(pulled.state, pulled.entries) for pulled in online.app.pull()]
    assert [("unchanged", 0)] == found
    assert [None, '"1"', '"2"'] == [seen.headers.get("if-none-match") for seen in web.seen]


@pytest.mark.parametrize(
    "page",
    [
        Page(body=b"<html>Sorry</html>", headers={"ETag": '"2"'}),
        moved(301, "/missing"),
    ],
    ids=["malformed", "moved to nothing"],
)
def test_a_failure_keeps_the_old_memory(online: Project, web: Web, page: Page) -> None:
    """What is remembered of an address is as before after a page that gave nothing."""
    web.pages["/one"] = Page(body=PAPERS.body, headers={"ETag": '"1"'})
    online.app.pull()
    before = memory(online, web)
    web.pages["/one"] = page
    online.app.pull()
    assert before == memory(online, web)


@pytest.mark.parametrize("status", [301, 308])
def test_a_permanent_move_is_remembered(online: Project, web: Web, status: int) -> None:
    """The new address is asked next time, without the old one."""
    web.pages["/new"] = Page(body=feed_of(item(1)))
    web.pages["/one"] = Page(status=status, headers={"Location": web.url("/new")})
    web.seen.clear()
    for _ in range(2):
        online.app.pull()
    assert ["/one", "/new", "/new"] == [seen.path for seen in web.seen]


def test_a_move_that_leads_nowhere_is_forgotten(online: Project, web: Web) -> None:
    """Where the new address is missing the configured one is asked again, and kept."""
    web.pages["/new"] = PAPERS
    web.pages["/one"] = moved(301, "/new")
    online.app.pull()
    web.pages["/new"] = Page(status=404)
    web.pages["/one"] = Page(body=feed_of(item(9)))
    web.seen.clear()
    states = [online.app.pull()[0].state for _ in range(2)]
    assert (["new", "unchanged"], ["/new", "/one", "/one"]) == (states, paths(web))


def test_a_redirects_own_body_is_not_read(online: Project, web: Web) -> None:
    """However much a redirect says besides its address, the listing behind it comes."""
    web.pages["/new"] = Page(body=feed_of(item(1)))
    huge = bytes(5_000_000)
    web.pages["/one"] = Page(status=302, headers={"Location": web.url("/new")}, body=huge)
    assert ["new"] == [pulled.state for pulled in online.app.pull()]


def test_what_is_back_after_it_was_gone_is_asked_again(online: Project, web: Web) -> None:
    """An address that answers again, if only that nothing changed, counts as before."""
    page = Page(body=feed_of(item(1)), headers={"ETag": '"1"'})
    states = []
    for answer, names in [(page, ()), (Page(status=410), ()), (page, ("one",)), (page, ())]:
        web.pages["/one"] = answer
        states += [pulled.state for pulled in online.app.pull(names)]
    assert ["new", "refused", "unchanged", "unchanged"] == states
