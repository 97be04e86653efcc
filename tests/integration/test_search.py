"""Search by the links of the archive: words, mistakes in them, pages, and its bounds."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import pytest

from digest import query
from digest.errors import QueryError
from integration.conftest import Project, feed_of, item
from integration.page import Running, running
from integration.test_archive import ADA, listed


@pytest.fixture
def page(project: Project) -> Iterator[Running]:
    """Run the page over fifty papers, of which three were sent."""
    project.subscribe(ADA, settings="limit = 3")
    papers = [item(number) for number in range(1, 49)]
    odd = item(49, "Fish & <b>chips</b>", content_text="Of frying.")
    (project.folder / "papers.json").write_bytes(feed_of(*papers, odd, item(50, "Of birds")))
    with running(project) as served:
        project.app.run()
        yield served


def ask(page: Running, words: str, leaf: int = 1) -> tuple[int, list[str], str]:
    """Search: gives the status, the titles found, and the text of the page."""
    answer = page.client.get(
        f"{listed(page.project)}/search", params={"q": words, "page": str(leaf)}
    )
    titles = re.findall(r'<h2 class="title">(?:<a [^>]*>)?(.*?)(?:</a>)?</h2>', answer.text)
    return answer.status_code, [html.unescape(title) for title in titles], answer.text


def test_all_entries_are_searched(page: Running) -> None:
    """What was not sent is found too, and what was says in which digest."""
    _, birds, unsent = ask(page, "birds")
    _, graphs, sent = ask(page, "graph* AND NOT birds")
    assert (["Of birds"], 20) == (birds, len(graphs))
    assert ("In your digest of" in unsent, "In your digest of" in sent) == (False, True)


def test_what_is_found_is_shown_as_text(page: Running) -> None:
    """Marks in titles and in the words looked for are shown, and are no markup."""
    _, titles, _ = ask(page, "fish")
    _, _, text = ask(page, '"><script>alert(1)</script>')
    assert (1, False) == (len(titles), "<script>alert" in text)


def test_pages_go_through_all_that_is_found(page: Running) -> None:
    """Each entry stands on one page; the next one is linked as long as there is one."""
    found = [ask(page, "graph networks", leaf) for leaf in (1, 2, 3)]
    titles = [title for _, some, _ in found for title in some]
    assert ([20, 20, 8], 48) == ([len(some) for _, some, _ in found], len(set(titles)))
    assert [True, True, False] == ['rel="next"' in text for *_, text in found]
    assert 404 == ask(page, "graph networks", 4)[0]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("NOT graph", "only says what must not be there"),
        ('"graph', "a quotation mark is not closed"),
        ("graph AND", "something must follow AND"),
        ("x" * 1001, "1,001 characters are too long"),
        ("!!!", "holds no word to look for"),
    ],
)
def test_a_mistake_is_explained(page: Running, words: str, said: str) -> None:
    """What cannot be searched for is said, and the words stay in the form."""
    status, titles, text = ask(page, words)
    assert (400, [], True) == (status, titles, said in html.unescape(text))
    assert f'value="{html.escape(words, quote=True).replace("&quot;", "&#34;")}"' in text


def test_without_words_there_is_the_form(page: Running) -> None:
    """A page without words asks for some, and says of nothing that it was not found."""
    status, titles, text = ask(page, " ")
    assert (200, [], False) == (status, titles, "Nothing found" in text)


def test_nothing_found(page: Running) -> None:
    """Words that no entry has are answered, and are no fault."""
    status, _, text = ask(page, "zeppelin")
    assert (200, True) == (status, "Nothing found." in text)


def test_a_search_has_an_end(project: Project) -> None:
    """What takes too long is broken off, and the next search is served."""
    made = [item(number, f"Graph {number}") for number in range(5000)]
    (project.folder / "papers.json").write_bytes(feed_of(*made))
    project.app.pull()
    with project.app.store() as store:
        with pytest.raises(QueryError, match="takes too long"):
            store.index.search(query.parse("g*"), 10, seconds=-1)
        assert 10 == len(store.index.search(query.parse("g*"), 10))


def test_searching_takes_nobodys_turn(project: Project) -> None:
    """Once all is indexed a search writes nothing, so that it waits for no writer."""
    project.app.pull()
    with project.app.store() as store, project.app.store() as other:
        first = store.index.search(query.parse("graph*"), 10)
        with other.transaction():
            assert first == store.index.search(query.parse("graph*"), 10)


def test_too_many_searches_wait(page: Running) -> None:
    """Of many searches at once of one reader the last are told to wait."""
    codes = [ask(page, "birds")[0] for _ in range(35)]
    assert (200, 429) == (codes[0], codes[-1])
