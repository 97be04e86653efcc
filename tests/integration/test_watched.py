"""What the daemon tells who watches it: /healthz, /metrics and its log, without secrets."""

from __future__ import annotations

import json
import os
import signal
import threading
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from digest import config
from digest.app import App
from digest.daemon import Daemon
from digest.daemon.supervisor import Supervisor
from integration.conftest import Certificate, Project
from integration.imap import Folder, serving
from integration.processes import Process, daemon, until
from integration.servers import LOOPBACK, Scripted, Web, free_port, scripted

ADA = "ada@example.org"
Samples = dict[tuple[str, str], float]  # by name, and the values of the labels


@pytest.fixture
def place(project: Project) -> str:
    """Have the project watched, and Ada subscribed, who is due from midnight; gives where."""
    project.clock.at = datetime.now(UTC)
    where = f"{LOOPBACK}:{free_port()}"
    project.tables = f'[metrics]\nlisten = "{where}"\n'
    project.subscribe(ADA)
    return where


@pytest.fixture
def running(project: Project, place: str) -> Iterator[Process]:
    """Run a daemon that has sent Ada's mail."""
    del place
    with daemon(project) as process:
        process.says(f"{ADA} {project.clock.at.date()}: sent")
        yield process


def health(place: str) -> tuple[int, list[str]]:
    """Ask for /healthz; gives the status and the faults."""
    answer = httpx.get(f"http://{place}/healthz", timeout=30)
    return answer.status_code, answer.json()["faults"]


def metrics(place: str) -> Samples:
    """Ask for /metrics and read it as Prometheus does."""
    answer = httpx.get(f"http://{place}/metrics", timeout=30)
    assert (200, True) == (
        answer.status_code,
        answer.headers["content-type"].startswith("text/plain; version=0.0.4"),
    )
    return {
        (sample.name, " ".join(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


@pytest.mark.usefixtures("running")
def test_metrics_tell_how_it_stands(place: str) -> None:
    """After a mail was sent, metrics tell of the source, the edition, the outbox and the jobs."""
    until(lambda: ("digest_job_success", "send") in metrics(place), "the pass has ended")
    found = metrics(place)
    expected = {
        ("digest_source_state", "file new"): 1,
        ("digest_source_failures", "file"): 0,
        ("digest_editions", "sent"): 1,
        ("digest_outcomes_total", "sent"): 1,
        ("digest_outbox_depth", "planned"): 0,
        ("digest_job_success", "pull"): 1,
        ("digest_job_success", "send"): 1,
        ("digest_job_seconds_count", "pull"): 1,
        ("digest_healthy", ""): 1,
        ("digest_store_up", ""): 1,
    }
    assert expected == {name: found.get(name) for name in expected}
    assert not [name for name in found if "@" in name[1]]


@pytest.mark.usefixtures("running")
def test_there_are_two_pages(place: str) -> None:
    """Only what is named is answered, and nothing may be posted."""
    paths = {path: httpx.get(f"http://{place}{path}").status_code for path in ("/", "/healthz?x")}
    posted = httpx.post(f"http://{place}/healthz").status_code
    assert ({"/": 404, "/healthz?x": 200}, 501) == (paths, posted)


@pytest.fixture
def closed() -> Iterator[Scripted]:
    """Run a mail server that takes nobody."""
    with scripted({"greeting": "554 closed for today"}) as server:
        yield server


def test_health_is_503_while_passes_fail(project: Project, place: str, closed: Scripted) -> None:
    """While the mail server refuses, /healthz says 503 and why; once it serves, 200."""
    project.port = closed.port
    with daemon(project) as process:
        process.says("554 closed for today")
        until(lambda: health(place)[0] == 503, "503")
        status, (fault,) = health(place)
        closed.change({"greeting": "220 here"})
        process.signal(signal.SIGHUP)
        until(lambda: health(place) == (200, []), "200")
    assert (503, True) == (status, fault.startswith("send failed: mail server 127.0.0.1:"))
    assert "554 closed for today" in fault


def test_a_reload_moves_the_pages(running: Process, project: Project, place: str) -> None:
    """On SIGHUP the pages move to where the new configuration says."""
    other = f"{LOOPBACK}:{free_port()}"
    project.tables = f'[metrics]\nlisten = "{other}"\n'
    _ = project.config
    running.signal(signal.SIGHUP)
    running.says("reloaded")
    assert 200 == health(other)[0]
    with pytest.raises(httpx.ConnectError):
        health(place)


def test_a_port_that_is_taken_is_refused(project: Project, place: str, mail_port: int) -> None:
    """A port that is taken is named in one line: at the start with exit 2, and on a reload."""
    del place
    project.tables = f'[metrics]\nlisten = "{LOOPBACK}:{mail_port}"\n'
    with daemon(project) as process:
        assert 2 == process.ended()
    said = f"[metrics] listen: {LOOPBACK}:{mail_port} cannot be listened at"
    assert (1, True) == (len(process.lines), process.said.startswith(said))


SECRETS = {
    "password": "the-mail-server's password",
    "secret": "the secret that signs links",
    "mailbox": "the mailbox's password",
    "proxy": "the-proxys-password",
    "token": "the-token-of-an-address",
}


def keep_secrets(project: Project, form: str, proxy: str) -> None:
    """Have a secret wherever the configuration may have one, and log all there is to say."""
    for name in ("password", "mailbox"):
        (project.folder / name).write_text(SECRETS[name], encoding="utf-8")
        (project.folder / name).chmod(0o600)
    project.base_url = "https://d.example"
    project.secrets = SECRETS["secret"]
    project.smtp = 'linger = 0\nusername = "ada"\npassword_file = "password"'
    project.http = f'timeout = 1\nproxy = "{proxy}"'
    url = f"http://me:{SECRETS['token']}@{LOOPBACK}:9/feed?key={SECRETS['token']}"
    project.sources.append(f'name = "Far"\nkind = "feed"\nurl = "{url}"')
    project.tables += (
        f'[log]\nformat = "{form}"\nlevel = "debug"\n'
        '[bounces]\naddress = "bounces@example.org"\n'
        f'imap = {{ host = "{LOOPBACK}", port = 9, username = "b", password_file = "mailbox" }}\n'
    )


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_log_of_a_whole_run_holds_no_secret(
    project: Project, place: str, web: Web, form: str
) -> None:
    """Pulling, sending, failing, reloading and stopping at debug level tell no secret, no body."""
    keep_secrets(project, form, web.url("").replace("//", f"//me:{SECRETS['proxy']}@"))
    with scripted({"EHLO": "250-here\r\n250 AUTH PLAIN", "AUTH": "235 in"}) as server:
        project.port = server.port
        with daemon(project) as process:
            process.says(f"{ADA} {project.clock.at.date()}: sent")
            process.says("Far: ")
            server.change({"AUTH": f"535 wrong: {SECRETS['password']}"})
            process.signal(signal.SIGHUP)
            process.says("reloaded")
            body = httpx.get(f"http://{place}/healthz").text
            body += httpx.get(f"http://{place}/metrics").text
            process.stop()
        (mail,) = server.mails
    said = process.said + body
    coded = [b64encode(secret.encode()).decode().rstrip("=") for secret in SECRETS.values()]
    assert [] == [secret for secret in [*SECRETS.values(), *coded] if secret in said]
    assert (True, False) == (b"Graph networks" in mail, "Graph networks" in said)
    if form == "json":
        assert {"info", "debug"} <= {json.loads(line)["level"] for line in process.lines}


def test_bounces_are_read_by_schedule(
    project: Project, certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a mailbox configured, the daemon reads it at once and marks what it read."""
    monkeypatch.setattr("ssl.create_default_context", lambda: certificate.trusting)
    monkeypatch.setenv("DIGEST_IMAP_PASSWORD", "right")
    folder = Folder()
    folder.add(b"From: a@example.org\r\nSubject: hello\r\n\r\nA letter.\r\n")
    with serving(folder, certificate.server) as port:
        account = f'host = "{LOOPBACK}", port = {port}, username = "bounces"'
        project.tables = f"[bounces]\nimap = {{ {account} }}\n"
        app = App(config=config.load(project.config))
        stopper = threading.Thread(target=stop_once, args=(folder,))
        stopper.start()
        Daemon(app=app, supervisor=Supervisor()).serve()
        stopper.join()
    assert {"\\Flagged"} == folder.flags[1]


def stop_once(folder: Folder) -> None:
    """Send SIGTERM to this process once the mail is marked, or after long."""
    try:
        until(lambda: bool(folder.flags[1]), "the mail is marked")
    finally:
        os.kill(os.getpid(), signal.SIGTERM)
