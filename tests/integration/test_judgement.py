"""More or less like this: links in the mail, pages that ask, and what is learnt."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from digest import subscriptions
from digest.model import Interest
from integration.conftest import Project, feed_of, item
from integration.page import BASE_URL, Running, running
from integration.servers import Mail, Mailbox

ADA = "ada@example.org"


@pytest.fixture
def page(project: Project, box: Mailbox) -> Iterator[Running]:
    """Send a digest with three papers, and run the page."""
    project.base_url = BASE_URL
    project.subscribe(ADA)
    project.app.run()
    assert len(box.mails) == 1
    with running(project) as served:
        yield served


def links(mail: Mail, wish: str) -> list[str]:
    """Give the paths of a wish's links, in the order of the mail."""
    part = mail.parsed.get_body(("html",))
    assert part is not None
    found = re.findall(rf'href="{BASE_URL}(/feedback/[^"]+/{wish})"', part.get_content())
    return [f"/papers{path}" for path in found]


def interests(page: Running) -> tuple[Interest, ...]:
    """Give the interests as they are stored."""
    with page.project.app.store() as store:
        return subscriptions.subscriber(store, ADA).profile.interests


def test_each_entry_has_both_links(page: Running, box: Mailbox) -> None:
    """Every entry has a short link for more and one for less, each its own, in both parts."""
    found = [*links(box.mails[0], "more"), *links(box.mails[0], "less")]
    text = box.mails[0].parsed.get_body(("plain",))
    assert text is not None
    assert (6, 6, True) == (len(found), len(set(found)), max(map(len, found)) < 90)
    assert 6 == len(re.findall(r"/feedback/\S+/(?:more|less)", text.get_content()))
    assert 200 == page.client.get(found[0]).status_code


@pytest.mark.parametrize("wish", ["more", "less"])
def test_a_post_makes_an_example(page: Running, box: Mailbox, wish: str) -> None:
    """The paper is an example, or counterexample, of its interest, with its text and the date."""
    path = links(box.mails[0], wish)[0]
    shown = page.client.get(path).text
    done = page.client.post(path, data={"interest": "0"})
    (interest,) = interests(page)
    (one,) = interest.examples if wish == "more" else interest.counterexamples
    assert (200, "arxiv:2601.00001", "Graph networks, part 1", "Of graphs.", "2026-03-02") == (
        done.status_code,
        one.key,
        one.title,
        one.summary,
        one.judged,
    )
    assert one.title in shown
    assert "Graphs" in shown


def test_scanners_teach_nothing(page: Running, box: Mailbox) -> None:
    """497 requests of the kinds that scanners make leave all profiles as they were."""
    before = page.project.rows("subscribers")
    paths = [*links(box.mails[0], "more"), *links(box.mails[0], "less")]
    methods = ("GET", "HEAD", "OPTIONS")
    codes = {
        page.client.request(methods[n % 3], paths[n % len(paths)]).status_code for n in range(497)
    }
    assert ({200, 405}, before) == (codes, page.project.rows("subscribers"))


def test_a_repeat_changes_nothing_and_the_other_wish_replaces(page: Running, box: Mailbox) -> None:
    """Saying so twice is saying it once; who changes their mind is believed."""
    more, less = links(box.mails[0], "more")[1], links(box.mails[0], "less")[1]
    page.client.post(more, data={"interest": "0"})
    once = page.project.rows("subscribers")
    page.project.tomorrow()
    page.client.post(more, data={"interest": "0"})
    assert once == page.project.rows("subscribers")
    first = [(len(i.examples), len(i.counterexamples)) for i in interests(page)]
    page.client.post(less, data={"interest": "0"})
    then = [(len(i.examples), len(i.counterexamples)) for i in interests(page)]
    assert ([(1, 0)], [(0, 1)]) == (first, then)


def test_it_outlives_a_change_of_the_profile_file(page: Running, box: Mailbox) -> None:
    """A file that is applied anew keeps what was said in mails, and says what it replaces."""
    page.client.post(links(box.mails[0], "less")[0], data={"interest": "0"})
    path = page.project.profile(ADA, settings="limit = 3")
    files, _ = subscriptions.read([path], page.project.app.defaults)
    with page.project.app.store() as store:
        (change,) = subscriptions.apply(store, files)
    assert ("changed", "limit; replaces what was changed on the page, last on 2026-03-02") == (
        change.done,
        change.detail,
    )
    assert 1 == len(interests(page)[0].counterexamples)


def test_an_unchanged_file_leaves_it_alone(page: Running, box: Mailbox) -> None:
    """A file that was not edited does not undo what was said, and that is told."""
    page.client.post(links(box.mails[0], "less")[0], data={"interest": "0"})
    files, _ = subscriptions.read([page.project.profile(ADA)], page.project.app.defaults)
    with page.project.app.store() as store:
        (change,) = subscriptions.apply(store, files)
    said = "was changed on the page on 2026-03-02; the file counts once it changes"
    assert ("unchanged", said, 1) == (
        change.done,
        change.detail,
        len(interests(page)[0].counterexamples),
    )


@pytest.mark.parametrize(("wish", "mails"), [("more", 2), ("less", 1)])
def test_the_next_digest_heeds_it(page: Running, box: Mailbox, wish: str, mails: int) -> None:
    """A paper like those that were liked comes the next day; like those that were not, it stays."""
    for path in links(box.mails[0], wish):
        page.client.post(path, data={"interest": "0"})
    page.project.papers(7)
    page.project.tomorrow()
    page.project.app.run()
    assert mails == len(box.mails)


@pytest.mark.parametrize("form", [{}, {"interest": "x"}, {"interest": "7"}, {"interest": "-1"}])
def test_a_form_that_names_no_interest_is_refused(
    page: Running, box: Mailbox, form: dict[str, str]
) -> None:
    """Nothing is learnt without an interest to learn it for."""
    before = page.project.rows("subscribers")
    answer = page.client.post(links(box.mails[0], "less")[0], data=form)
    assert (True, before) == (answer.status_code in {400, 404}, page.project.rows("subscribers"))


def test_forged_and_foreign_links_are_refused(page: Running, box: Mailbox) -> None:
    """Another mark, day, entry, wish or subscriber opens nothing."""
    path = links(box.mails[0], "more")[0]
    head, name, wish = path.rsplit("/", 2)
    start, day, mark = head.rsplit(".", 2)
    forged = [
        f"{start}.{day}.{'a' * 16}/{name}/{wish}",
        f"{start}.20260303.{mark}/{name}/{wish}",
        f"{head}/00000000/{wish}",
        f"{head}/{name}/whatever",
        f"/papers/feedback/{'0' * 16}.{day}.{mark}/{name}/{wish}",
    ]
    answers = [page.client.post(one, data={"interest": "0"}).status_code for one in forged]
    assert [404] * 5 == answers


def test_a_link_expires(page: Running, box: Mailbox) -> None:
    """Ninety days after its mail a link says that its time is over."""
    path = links(box.mails[0], "more")[0]
    page.project.tomorrow(90)
    last = page.client.get(path).status_code
    page.project.tomorrow(1)
    assert (200, 410) == (last, page.client.get(path).status_code)


def test_a_reader_without_interests_begins_one(project: Project, box: Mailbox) -> None:
    """Who gets what is trending alone makes an interest by liking a paper."""
    project.base_url = BASE_URL
    path = project.folder / "profiles" / "ada.toml"
    path.parent.mkdir()
    path.write_text(f'email = "{ADA}"\nsend_at = "00:00"\n[trending]\nshow = 3\n', encoding="utf-8")
    files, _ = subscriptions.read([path], project.app.defaults)
    with project.app.store() as store:
        subscriptions.apply(store, files)
    liked = feed_of(*(item(number, _digest={"upvotes": 9}) for number in (1, 2, 3)))
    (project.folder / "papers.json").write_bytes(liked)
    project.app.run()
    with running(project) as page:
        less = page.client.get(links(box.mails[0], "less")[0]).text
        page.client.post(links(box.mails[0], "more")[0], data={"interest": "-1"})
        (interest,) = interests(page)
    assert ("Liked papers", 1, True) == (
        interest.name,
        len(interest.examples),
        "nothing that this could teach" in less,
    )
