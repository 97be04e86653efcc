"""What no server may be told: such a mail fails by itself, in one line, and the others are sent."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes, policy

import pytest

from digest.store.subscribers import Subscription
from integration.conftest import Cli, Project
from integration.servers import Mailbox
from integration.test_hostile import mail

ADA, BOB, EVA = "ada@example.org", "bob@example.org", "eva@example.org"
BAD = {
    "two lines": "eva@example.org\r\nRCPT TO:<victim@example.net>",
    "a bare line feed": "eva@example.org\nDATA",
    "300 characters": f"{'e' * 288}@example.org",
    "letters beyond ASCII": "ева@example.org",
    "an angle": "eva>@example.org",
    "nothing": "",
    "a NUL": "eva\0@example.org",
    "a carriage return": "eva\r@example.org",
    "a domain of 300 characters": f"eva@{'e' * 63}.{'e' * 63}.{'e' * 63}.{'e' * 63}.{'e' * 40}.org",
    "a blank": "eva b@example.org",
}


@pytest.mark.parametrize("address", BAD.values(), ids=BAD)
def test_an_address_that_cannot_be_said_fails_alone(
    project: Project, box: Mailbox, address: str
) -> None:
    """An address that got into the database fails in one line; the readers around it are sent."""
    project.subscribe(ADA, BOB, EVA)
    with project.app.store() as store:
        bad = next(s for s in store.subscribers.all() if s.subscriber.email == EVA)
        subscriber = replace(bad.subscriber, email=address)
        store.subscribers.put(Subscription(subscriber=subscriber, fingerprint="", place=""))
    report = project.app.run()
    told = {row.response for row in project.outbox() if row.email == address}
    assert ({"failed": 1, "sent": 2}, [ADA, BOB]) == (dict(report.status), sorted(box.recipients))
    assert [1] == [len(line.splitlines()) for line in told]


@pytest.mark.parametrize("text", ["A\r\nBcc: victim@example.net", "A\nBcc: v@e.net", "A\r\n\r\nB"])
@pytest.mark.parametrize("place", ["subject", "name"])
def test_a_line_end_in_a_header_adds_no_header(text: str, place: str) -> None:
    """A title or name with line ends is one header, and begins no body."""
    usual = message_from_bytes(mail("A", "A"), policy=policy.default)
    try:
        content = mail(text if place == "subject" else "A", text if place == "name" else "A")
    except ValueError:
        return  # refused is as good
    found = message_from_bytes(content, policy=policy.default)
    body = found.get_body(("plain",))
    assert (usual.keys(), "text") == (found.keys(), body and body.get_content().strip())


def test_a_bad_address_is_shown_on_one_line(cli: Cli) -> None:
    """What is told of such an address on a terminal neither breaks the line nor steers it."""
    cli.project.subscribe(ADA, EVA)
    with cli.project.app.store() as store:
        bad = next(s for s in store.subscribers.all() if s.subscriber.email == EVA)
        subscriber = replace(bad.subscriber, email="eva@example.org\r\n\x1b[31m")
        store.subscribers.put(Subscription(subscriber=subscriber, fingerprint="", place=""))
    told = cli("run").stderr + cli("outbox", "list").stdout + cli("status").stdout
    lines = [line.split()[:2] for line in told.splitlines() if "eva@" in line]
    name = r"eva@example.org\r\n\x1b[31m"
    assert [f"{name}:", name, name] == [next(w for w in line if "eva@" in w) for line in lines]
