"""The preview over HTTP: whom it answers, what it writes, past dates, and files that are wrong."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import httpx
import pytest

import digest
from digest import reading, trial
from digest.model import Edition
from digest.profile import subscriber_id
from digest.web import guarded
from digest.web.preview import Profiles
from digest.web.preview_mail import in_scheme
from integration.conftest import Cli, Project, feed_of, item
from integration.page import running
from integration.previewed import PAPERS, PROFILE, Previewed, ada, previewed
from integration.servers import LOOPBACK

ADA = "ada@example.org"


@pytest.fixture
def papers(project: Project) -> Project:
    """Have five papers stored: three with graphs in their titles, all but one in their texts."""
    some = [item(number, title) for number, title in PAPERS.items()]
    (project.folder / "papers.json").write_bytes(feed_of(*some))
    project.app.pull()
    return project


@pytest.fixture
def page(papers: Project) -> Iterator[Previewed]:
    """Preview Ada's profile."""
    with previewed(papers, str(ada(papers))) as served:
        yield served


def counts(page: str) -> tuple[int, int]:
    """Read how many entries of how many are shown."""
    found = re.search(r"<b>(\d+)</b> of (\d+) entries shown", page)
    assert found, page
    return int(found[1]), int(found[2])


def fields(page: str) -> dict[str, list[str]]:
    """Read the hidden fields of the form that writes."""
    form = re.search(r'id="write".*?</form>', page, re.DOTALL)
    assert form, page
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', form[0]):
        found.setdefault(name, []).append(value)
    return found


@pytest.mark.parametrize(
    "header",
    [
        {"host": "evil.example"},
        {"host": "127.0.0.1.evil.example:80"},
        {"host": "127.0.0.1@evil.example"},
        {"host": ""},
        {"x-forwarded-for": "192.0.2.1"},
        {"forwarded": "for=192.0.2.1"},
    ],
)
@pytest.mark.parametrize("path", ["", "/mail", "/changes"])
def test_only_who_sits_here_is_answered(page: Previewed, header: dict[str, str], path: str) -> None:
    """A name that a DNS made mean this machine, or a request passed on, finds nothing."""
    answers = [page.client.get(f"/preview{path}", headers=more) for more in ({}, header)]
    assert [200, 404] == [answer.status_code for answer in answers]


@pytest.mark.parametrize("query", ["limit=" + "9" * 5000, "date=9998-12-31", "date=9990-12-31"])
def test_no_number_is_too_large_to_be_asked_for(page: Previewed, query: str) -> None:
    """What lies beyond what can be shown is brought within, or is as if it were not there."""
    assert 200 == page.client.get(f"/preview?{query}").status_code


@pytest.mark.parametrize("token", ["", "wrong", []])
def test_without_the_pages_token_nothing_is_written(page: Previewed, token: object) -> None:
    """A form of another site does not know the token."""
    sent: dict[str, object] = {**fields(page.get("limit=9&t=0.5&t=0.3")), "token": token}
    answer = page.client.post("/preview/write", data=sent)
    assert (400, PROFILE) == (answer.status_code, page.profile.read_text("utf-8"))


def test_what_is_shown_is_written(page: Previewed) -> None:
    """The form of the page writes its terms; it leads back to the page as saved."""
    sent = fields(page.get("limit=9&t=0.4&t=0.3"))
    answer = page.client.post("/preview/write", data=sent)
    expected = PROFILE.replace("limit = 2 ", "limit = 9 ").replace(
        "threshold = 0.5 ", "threshold = 0.4 "
    )
    again = page.client.get(answer.headers["location"]).text
    assert (303, expected) == (answer.status_code, page.profile.read_text("utf-8"))
    assert [True, True] == [words in again for words in ("Written to ada.toml", "nothing to write")]


def test_a_profile_edited_meanwhile_is_not_overwritten(page: Previewed) -> None:
    """What somebody saved after the page was shown stays; the page says so, and shows it."""
    sent = fields(page.get("limit=9&t=0.4&t=0.3"))
    edited = PROFILE.replace("limit = 2", "limit = 3")
    page.profile.write_text(edited, encoding="utf-8")
    answer = page.client.post("/preview/write", data=sent)
    assert (409, edited) == (answer.status_code, page.profile.read_text("utf-8"))
    assert [True, True] == [w in answer.text for w in ("was changed meanwhile", "limit 3 → 9")]


def test_a_wrong_profile_keeps_the_last_good_preview(page: Previewed) -> None:
    """The mistake is named with file and line, above what was good; mended, it goes away."""
    before = counts(page.get())
    page.profile.write_text(PROFILE.replace("limit = 2", 'limit = "two"'), encoding="utf-8")
    wrong = page.get()
    page.profile.write_text(PROFILE.replace("limit = 2", "limit = 1"), encoding="utf-8")
    mended = page.get()
    said = f"{page.profile}:4: limit: &#39;two&#39; is not a whole number; write digits"
    assert (True, before) == (said in wrong, counts(wrong))
    assert (False, (1, 5)) == ('class="trouble"' in mended, counts(mended))


def test_a_wrong_template_keeps_the_last_good_mail(papers: Project) -> None:
    """A template's mistake is named with its line; the mail stays as it was."""
    folder = papers.folder / "templates"
    folder.mkdir()
    papers.digest = 'templates = "templates"'
    with previewed(papers, str(ada(papers))) as page:
        before = page.client.get("/preview/mail").text
        (folder / "digest.html").write_text("{% block %}", encoding="utf-8")
        wrong, after = page.get(), page.client.get("/preview/mail").text
    assert (True, before) == ("digest.html:1: " in wrong, after)


def test_the_configuration_is_followed(papers: Project) -> None:
    """A new title shows at once; a wrong configuration is named and changes nothing."""
    with previewed(papers, str(ada(papers))) as page:
        config = papers.folder / "config.toml"
        text = config.read_text("utf-8")
        config.write_text(text.replace('"Papers"', '"Other papers"'), encoding="utf-8")
        named = page.client.get("/preview/mail").text
        config.write_text("title = ", encoding="utf-8")
        wrong = page.get()
    assert (True, True, (2, 5)) == (
        "Other papers" in named,
        f"{config}:1: is not TOML" in wrong,
        counts(wrong),
    )


def test_news_are_told_once(page: Previewed) -> None:
    """Who waits hears of another profile, and from then on of nothing more."""
    first = page.client.get("/preview/changes?since=").json()["version"]
    page.profile.write_text(f"{PROFILE}# more\n", encoding="utf-8")
    second = page.client.get(f"/preview/changes?since={first}").json()["version"]
    (page.project.folder / "config.toml").touch()
    third = page.client.get(f"/preview/changes?since={second}").json()["version"]
    profiles = [version.split(".")[0] for version in (first, second, third)]
    assert (3, 2) == (len({first, second, third}), len(set(profiles)))


def test_a_past_date_has_what_was_there(papers: Project) -> None:
    """The edition of a past date chooses from what was stored when it was due, and no more."""
    papers.tomorrow()
    (papers.folder / "papers.json").write_bytes(feed_of(item(6, "Graph drawing")))
    papers.app.pull()
    papers.tomorrow()
    with previewed(papers, str(ada(papers))) as page:
        found = [counts(page.get(f"date=2026-03-0{day}&limit=9"))[1] for day in (2, 3, 4)]
    assert [0, 5, 6] == found


def test_a_past_date_shows_what_it_showed(papers: Project) -> None:
    """What a past edition has shown it shows again, and what was shown later is new to it."""
    papers.subscribe(ADA, settings="limit = 1")
    path = ada(papers)
    for _ in range(2):
        papers.tomorrow()
        papers.app.run()
    papers.tomorrow()
    app = papers.app
    with app.store() as store:
        sent = store.outbox.digests(
            Edition(subscriber_id=subscriber_id(ADA), date=date(2026, 3, day)) for day in (3, 4)
        )
    first, second = (set(digest.entry_ids) for digest in sent.values())
    reader = reading.whose(app, str(path))
    found = []
    for day in (3, 4):
        tried, _ = trial.tried(app, reader, trial.offer(app, reader, date(2026, 3, day)))
        found.append({tried.ranking.pool.entries[number].id for number in tried.candidates})
    assert ((5, True), (4, first)) == (
        (len(found[0]), first | second <= found[0]),
        (len(found[1]), found[0] - found[1]),
    )


def test_a_trial_makes_the_bytes_of_preview(papers: Project, cli: Cli) -> None:
    """At the profile's own terms the mail is byte for byte the one that `preview` writes."""
    path = ada(papers)
    out = papers.folder / "out"
    assert 0 == cli("preview", str(path), "--out", str(out)).exit_code
    app = papers.app
    reader = reading.whose(app, str(path))
    tried, _ = trial.tried(app, reader, trial.offer(app, reader))
    message, _ = tried.at(trial.terms_of(reader.profile)).mail(app, app.renderer())
    assert (out / "digest.eml").read_bytes() == message.content


def test_listings_are_previewed_without_a_database(project: Project) -> None:
    """With --listing the page chooses from the file, and follows it."""
    listing = project.folder / "papers.json"
    with previewed(project, str(ada(project)), [str(listing)]) as page:
        first = counts(page.get("limit=9"))
        listing.write_bytes(feed_of(item(1)))
        assert ((3, 3), (1, 1)) == (first, counts(page.get("limit=9")))


def test_all_of_one_entry_is_said(page: Previewed) -> None:
    """The page of an entry has its standing with every interest, at the sliders' thresholds."""
    page.get()
    query = "limit=2&t=0.7&t=0.3&entry=arxiv:2601.00001"
    said = page.client.get(f"/preview/why?{query}").text
    words = (
        "a threshold of 0.55 would show it",
        "Scores 0.55, where 0.70",
        "Nothing speaks for it",
    )
    strange = page.client.get("/preview/why?entry=nothing").status_code
    assert ([True] * 3, 404) == ([word in said for word in words], strange)


def test_a_subscriber_without_a_file_is_previewed(papers: Project) -> None:
    """By address, with sliders, and nothing to write to."""
    papers.subscribe(ADA)
    with previewed(papers, ADA) as page:
        shown = page.get("limit=9&t=0.5")
    assert ((3, 5), True) == (counts(shown), "no file of its own" in shown)


def test_the_operators_page_has_it(papers: Project) -> None:
    """`digest web` shows previews at this machine, or with the operator's token, and else none."""
    ada(papers)
    with running(papers) as public:
        token = guarded(papers.app).token()
        answers = [
            public.client.get(f"/papers/preview{end}")
            for end in ("", "/wrong", f"/{token}", f"/mail/{token}?who=ada.toml")
        ]
    papers.base_url = ""
    with running(papers, local=True) as local:
        shown = counts(local.client.get("/papers/preview?who=ada.toml").text)
    within = f'href="/papers/preview/{token}?who=ada.toml"' in answers[2].text
    assert ([404, 404, 200, 200], True, (2, 5)) == (
        [answer.status_code for answer in answers],
        within,
        shown,
    )


def test_a_page_with_the_token_keeps_it(papers: Project) -> None:
    """Every address of the page bears the token that it was asked with, and writing works."""
    profile = ada(papers)
    with running(papers) as public:
        token = guarded(papers.app).token()
        page = public.client.get(f"/papers/preview/{token}?who=ada.toml&limit=9&t=0.5&t=0.3").text
        bare = re.findall(rf'"(/papers/preview(?!/(?:\w+/)?{re.escape(token)})[^"]*)"', page)
        answer = public.client.post(f"/papers/preview/write/{token}", data=fields(page))
    assert ([], 303, True) == (
        bare,
        answer.status_code,
        answer.headers["location"].startswith(f"/papers/preview/{token}?"),
    )
    assert "limit = 9 " in profile.read_text("utf-8")


@pytest.mark.parametrize(
    "who", ["../config.toml", "/etc/passwd", "x/@y", "nobody.toml", "config.toml"]
)
def test_a_name_is_no_path(papers: Project, who: str) -> None:
    """The operator's page previews the files of one folder, and no other file."""
    ada(papers)
    assert None is Profiles(papers.app).of(who)


def test_a_mail_is_shown_light_or_dark() -> None:
    """Both kinds of media query are answered; what the mail is else stays."""
    html = '<meta name="color-scheme" content="light dark"></head>'
    html += "@media (prefers-color-scheme: dark) {}"
    dark, light = in_scheme(html, "dark"), in_scheme(html, "light")
    assert [True, True, True, False] == [
        "@media (min-width: 0) {}" in dark,
        'content="dark"' in dark,
        "@media (max-width: 0) {}" in light,
        "prefers-color-scheme" in dark + light,
    ]


def test_serve_says_where_and_stops_at_once(papers: Project) -> None:
    """`preview --serve` prints its address; on SIGINT who waits for news is answered at once."""
    path, config = ada(papers), papers.config
    command = [sys.executable, "-m", "digest", "--config", str(config)]
    command += ["preview", str(path), "--serve", "--port", "0"]
    environment = os.environ | {"PYTHONPATH": str(Path(digest.__file__).parent.parent)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as started:
        assert started.stdout
        address = started.stdout.readline().strip()
        version = httpx.get(f"{address}/changes?since=", timeout=30).json()["version"]
        wanted = f"/preview/changes?since={version}"
        with socket.create_connection((LOOPBACK, httpx.URL(address).port or 0), 60) as waiting:
            waiting.sendall(f"GET {wanted} HTTP/1.1\r\nHost: {LOOPBACK}\r\n\r\n".encode())
            httpx.get(address, timeout=60)  # once this is answered, the other is waiting
            started.send_signal(signal.SIGINT)
            answer = waiting.recv(1000)
        started.communicate(timeout=60)
    assert (b"HTTP/1.1 204", 0) == (answer[:12], started.returncode)
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/preview", address)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--port", "1"], "--port is for --serve"),
        (["--serve", "--json"], "--serve shows a page; --json prints"),
    ],
)
def test_serve_goes_with_some_options_only(cli: Cli, more: list[str], said: str) -> None:
    """Options that do not go together are wrong usage."""
    result = cli("preview", "nobody.toml", *more)
    assert (2, True) == (result.exit_code, said in result.stderr)


def test_a_profile_that_is_wrong_at_first_is_refused(papers: Project, cli: Cli) -> None:
    """Without a good preview to keep, `--serve` ends as `preview` does: one line, exit 2."""
    path = ada(papers)
    path.write_text(PROFILE.replace("limit = 2", "limit = 0"), encoding="utf-8")
    result = cli("preview", str(path), "--serve", "--port", "0")
    assert (2, True) == (result.exit_code, f"{path}:4: limit" in result.stderr)
