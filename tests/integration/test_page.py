"""The page to unsubscribe: what it shows, what it changes, and what it takes from strangers."""

from __future__ import annotations

import re
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from digest import subscriptions
from digest.model import Delivery, SendResult
from digest.profile import subscriber_id
from digest.web import guard
from integration.conftest import Project
from integration.page import PAIR, PATH, Running, running
from integration.servers import LOOPBACK, Mailbox

ADA, BOB, CY = "ada@example.org", "bob@example.org", "cy@example.org"
FORGED = f"{PATH}WyJjZmUwMGRkZTQ2ZWY5NDI2Il0.q0Vi0tIyHCF_u6urk_ilNB3vI7QOKfT3b9C2Qfzn2yI"


@pytest.fixture
def page(project: Project) -> Iterator[Running]:
    """Run the page for two subscribers."""
    project.subscribe(ADA, BOB)
    with running(project) as served:
        yield served


class Parts(HTMLParser):
    """Collects a page's elements with their attributes."""

    def __init__(self, text: str) -> None:
        """Read a page."""
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an element."""
        self.found.append((tag, dict(attrs)))

    def named(self, tag: str) -> list[dict[str, str | None]]:
        """Give the attributes of each element of a name."""
        return [attributes for name, attributes in self.found if name == tag]


def test_the_page_is_plain(page: Running) -> None:
    """The page has a language, one heading and one button; no script, image or address."""
    parts = Parts(page.client.get(page.path(ADA)).text)
    assert ([{"lang": "en"}], 1, 1, 1) == (
        parts.named("html"),
        len(parts.named("h1")),
        len(parts.named("button")),
        len(parts.named("form")),
    )
    asks = [a for _, a in parts.found if {"src", "href", "action", "onclick", "style"} & set(a)]
    assert ([], []) == (parts.named("script"), asks)


def test_the_button_unsubscribes(page: Running) -> None:
    """What the page's form sends, to the address it was got from, stops the mails."""
    (button,) = Parts(page.client.get(page.path(ADA)).text).named("button")
    pressed = {str(button["name"]): str(button["value"])}
    browser = {"Origin": "null", "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"}
    done = page.client.post(page.path(ADA), data=pressed, headers=browser)
    assert (200, True) == (done.status_code, "<h1>You are unsubscribed</h1>" in done.text)
    assert {ADA: "unsubscribed", BOB: "active"} == page.statuses()


def test_scanners_change_nothing(page: Running) -> None:
    """497 requests of the kinds that scanners make leave the database as it was."""
    tables = ("subscribers", "suppressions", "deliveries")
    before = [page.project.rows(table) for table in tables]
    methods = ("GET", "HEAD", "GET", "OPTIONS", "PUT", "DELETE", "PATCH")
    paths = [page.path(ADA), page.path(BOB)]
    answers = [
        page.client.request(methods[number % 7], paths[number % 2]).status_code
        for number in range(497)
    ]
    assert {200: 213, 405: 284} == {code: answers.count(code) for code in set(answers)}
    assert before == [page.project.rows(table) for table in tables]


def test_a_repeat_is_harmless(page: Running) -> None:
    """Saying stop again is answered as the first time, and changes nothing more."""
    first = page.post(ADA)
    rows = page.project.rows("suppressions")
    page.project.tomorrow()
    again = [page.post(ADA) for _ in range(3)]
    assert [(200, first.text)] * 3 == [(answer.status_code, answer.text) for answer in again]
    assert rows == page.project.rows("suppressions")


def test_many_at_once_are_harmless(page: Running) -> None:
    """Twenty requests side by side are all answered, and leave one suppression each."""
    paths = [page.path(ADA), page.path(BOB)] * 10
    with ThreadPoolExecutor(20) as crowd:
        answers = list(crowd.map(lambda path: page.client.post(path, data=PAIR), paths))
    assert [200] * 20 == [answer.status_code for answer in answers]
    assert [ADA, BOB] == [row["email"] for row in page.project.rows("suppressions")]


def test_queued_mails_are_not_sent(page: Running, box: Mailbox) -> None:
    """A mail that was planned before its reader said stop is not sent."""
    replace(page.project, port=1).app.run()
    planned = {row.email: str(row.status) for row in page.project.outbox()}
    page.post(ADA)
    report = page.project.app.run()
    assert ({ADA: "planned", BOB: "planned"}, [BOB]) == (planned, box.recipients)
    assert {"sent": 1, "suppressed": 1} == report.status


def test_it_counts_while_a_run_is_sending(page: Running, box: Mailbox) -> None:
    """Who says stop while others are being served gets nothing from that very run.

    Over one connection: over several, mails may be leaving in the same moment.
    """
    page.project.smtp += "\nconnections = 1"
    page.project.subscribe(CY)

    def told(delivery: Delivery, result: SendResult) -> None:
        del result
        for email in {ADA, BOB, CY} - {delivery.email}:
            page.post(email)

    page.project.app.run(told=told)
    assert 1 == len(box.recipients)


def test_a_later_profile_does_not_bring_it_back(page: Running, box: Mailbox) -> None:
    """Applying a changed profile mails nobody who said stop on the page."""
    page.post(ADA)
    page.project.subscribe(ADA, settings="limit = 3")
    page.project.app.run()
    assert ([BOB], "unsubscribed") == (box.recipients, page.statuses()[ADA])


def test_a_link_outlives_changes_of_the_profile(page: Running) -> None:
    """A link of years ago stops the mails of today's profile, also in another spelling."""
    path = page.path(ADA)
    page.project.subscribe(ADA.upper(), settings='name = "Ada L."\nlimit = 3')
    page.project.tomorrow(3650)
    assert 200 == page.client.post(path, data=PAIR).status_code
    assert "unsubscribed" == page.statuses()["ADA@example.org"]


def test_a_link_outlives_a_change_of_address(page: Running) -> None:
    """A subscriber who moved to another address is stopped there by a link of before."""
    with page.project.app.store() as store:
        known = store.subscribers.get([subscriber_id(ADA)])[subscriber_id(ADA)]
        moved = replace(known.subscriber, email="countess@example.org")
        store.subscribers.put(replace(known, subscriber=moved))
    page.post(ADA)
    assert "unsubscribed" == page.statuses()["countess@example.org"]
    assert ["countess@example.org"] == [r["email"] for r in page.project.rows("suppressions")]


def test_a_link_outlives_its_secret_being_replaced(page: Running) -> None:
    """With a new secret before the old one, links signed with the old one hold."""
    path = page.path(ADA)
    page.project.secrets = f"another secret, long enough\n{page.project.secrets}"
    with running(page.project) as rotated:
        assert 200 == rotated.client.post(path, data=PAIR).status_code
    assert (True, "unsubscribed") == (path != page.path(ADA), page.statuses()[ADA])


def test_a_forgotten_subscriber_is_stopped(page: Running) -> None:
    """The link of someone who was erased is answered as done: the suppression is still there."""
    path = page.path(ADA)
    with page.project.app.store() as store:
        subscriptions.forget(store, ADA, page.project.clock())
    assert 200 == page.client.post(path, data=PAIR).status_code
    assert [ADA] == [row["email"] for row in page.project.rows("suppressions")]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_forged_links_all_look_alike(page: Running, method: str) -> None:
    """Whatever is not ours is answered alike, whoever is subscribed."""
    paths = [
        f"{PATH}{ADA}",
        f"{PATH}{subscriber_id(ADA)}",
        f"{PATH}x",
        FORGED,
        f"{PATH}{'x' * 9000}",
    ]
    answers = [page.client.request(method, path, data=PAIR) for path in paths]
    assert {404} == {answer.status_code for answer in answers}
    assert 1 == len({answer.text for answer in answers})
    assert {ADA: "active", BOB: "active"} == page.statuses()


def test_a_signed_link_of_nobody_is_refused(page: Running) -> None:
    """A link of ours to someone who was never stored is not answered as done, whoever else is."""
    page.post(ADA)
    assert 404 == page.post(CY).status_code


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("form.js", 200),
        ("base.html", 404),
        ("a.js", 404),
        ("a" * 300 + ".js", 404),
        ("a%00.js", 404),
    ],
)
def test_a_script_is_one_of_those_there_are(page: Running, name: str, status: int) -> None:
    """A name that no file has, or can have, is not found."""
    assert status == page.client.get(f"/papers/static/{name}").status_code


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "", 200),
        ("HEAD", "", 200),
        ("POST", "", 400),
        ("GET", FORGED, 404),
        ("GET", "/", 404),
        ("OPTIONS", "", 405),
    ],
)
def test_every_answer_bears_the_headers(page: Running, method: str, path: str, status: int) -> None:
    """No answer is stored, framed, sniffed, indexed, runs a script, or tells where it stood."""
    answer = page.client.request(method, path or page.path(ADA))
    wanted = {
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "x-robots-tag": "noindex, nofollow",
    }
    assert (status, wanted) == (answer.status_code, {k: answer.headers[k] for k in wanted})
    policy = dict(
        part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; ")
    )
    assert ("'none'", "'self'", "'none'") == (
        policy["default-src"],
        policy["form-action"],
        policy["frame-ancestors"],
    )
    assert (False, False) == ("unsafe" in str(policy), "script-src" in policy)


@pytest.mark.parametrize("declared", [True, False])
def test_a_large_body_is_refused(page: Running, *, declared: bool) -> None:
    """A body over 64 KB is refused, with its length given or in chunks."""
    body = b"List-Unsubscribe=One-Click&" + b"x" * guard.BODY_MOST
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    content = body if declared else iter([body])
    answer = page.client.post(page.path(ADA), content=content, headers=form)
    assert (413, "active") == (answer.status_code, page.statuses()[ADA])


@pytest.mark.parametrize("charset", ["unicode_escape", "utf-7", "undefined", "no-such"])
def test_a_body_in_a_strange_charset_is_refused(page: Running, charset: str) -> None:
    """A body says that it is UTF-8, or nothing: Python knows charsets that break what reads on."""
    body = "--x\r\nContent-Disposition: form-data; name=a\r\n\r\n\\ud800+2AA-\r\n--x--\r\n"
    kind = f"multipart/form-data; boundary=x; charset={charset}"
    answer = page.client.post(page.path(ADA), content=body, headers={"Content-Type": kind})
    assert (415, "active") == (answer.status_code, page.statuses()[ADA])


def test_files_are_refused(page: Running) -> None:
    """A form with a file changes nothing."""
    answer = page.client.post(page.path(ADA), data=PAIR, files={"more": ("a.txt", b"text")})
    assert (400, "active") == (answer.status_code, page.statuses()[ADA])


def _half(page: Running) -> socket.socket:
    """Begin a POST and send less than was promised."""
    line = f"POST {page.path(ADA)} HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n"
    form = "Content-Type: application/x-www-form-urlencoded\r\n\r\nList-Unsubscribe=One-Click"
    connection = socket.create_connection((LOOPBACK, page.port), timeout=10)
    connection.sendall((line + form).encode())
    return connection


def test_a_slow_body_is_refused(page: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """A body that does not come in time is refused, and changes nothing."""
    monkeypatch.setattr(guard, "BODY_SECONDS", 0.2)
    with _half(page) as connection:
        assert connection.recv(1000).startswith(b"HTTP/1.1 408 ")
    assert "active" == page.statuses()[ADA]


def test_who_goes_away_changes_nothing(page: Running, caplog: pytest.LogCaptureFixture) -> None:
    """A connection that ends within the body is no request, and no error of ours."""
    with caplog.at_level("INFO"):
        _half(page).close()
        end = time.monotonic() + 60
        while "POST unsubscribe: 400" not in caplog.messages and time.monotonic() < end:
            time.sleep(0.02)
    assert ["POST unsubscribe: 400"] == [r.message for r in caplog.records if r.name != "httpx"]
    assert "active" == page.statuses()[ADA]


def test_it_waits_for_another_writer(page: Running) -> None:
    """While another process writes, a request waits its turn, and is done."""
    other = sqlite3.connect(page.project.database, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    release = threading.Timer(0.5, other.rollback)
    started = time.monotonic()
    release.start()
    done = page.post(ADA)
    assert (200, True) == (done.status_code, time.monotonic() - started >= 0.4)
    release.join()
    other.close()


def test_a_broken_database_is_no_success(page: Running) -> None:
    """Without its database the page says that nothing was done, and when to try again."""
    page.project.database.unlink()
    answer = page.post(ADA)
    assert (503, "60") == (answer.status_code, answer.headers["retry-after"])
    assert (True, False) == ("Not done yet" in answer.text, "digest.db" in answer.text)


def test_the_log_names_no_token(page: Running, caplog: pytest.LogCaptureFixture) -> None:
    """What is logged says what was asked and who was stopped, and gives nobody a link."""
    with caplog.at_level("DEBUG"):
        page.client.get(page.path(ADA))
        page.post(ADA)
        page.client.get(FORGED)
    ours = [record.message for record in caplog.records if record.name == "digest"]
    assert [
        "GET unsubscribe: 200",
        f"{ADA}: unsubscribed",
        "POST unsubscribe: 200",
        "GET unsubscribe: 404",
    ] == ours
    others = [r.getMessage() for r in caplog.records if not r.name.startswith("http")]
    assert [] == [line for line in others if re.search(r"WyJ", line)]
