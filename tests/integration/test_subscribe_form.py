"""The form to subscribe by: what is typed, mistakes, matches, uploads, and its limits."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from digest import subscriptions
from integration.conftest import Project
from integration.page import Running, running
from integration.servers import Mailbox
from integration.signup import ADA, BIB, FORM, ask, confirmed, opened


@pytest.fixture
def page(project: Project) -> Iterator[Running]:
    """Run the page with its form open."""
    with opened(project) as served:
        yield served


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
