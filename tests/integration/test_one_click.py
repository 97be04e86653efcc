"""RFC 8058 clause by clause, against the page as it runs and the mail as it is sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage

import httpx
import pytest

from integration.conftest import Project
from integration.page import BASE_URL, PAIR, PATH, Running, running
from integration.servers import Mailbox

ADA = "ada@example.org"


@dataclass(frozen=True)
class Case:
    """A mail that was sent, and the page that its link leads to."""

    mail: EmailMessage
    page: Running

    @property
    def uris(self) -> list[str]:
        """Give the addresses of List-Unsubscribe."""
        return re.findall(r"<([^>]*)>", self.mail["List-Unsubscribe"])

    def path(self) -> str:
        """Give the path of the https address, which the reverse proxy passes on."""
        return httpx.URL(self.uris[0]).path

    def post(self, **more: object) -> httpx.Response:
        """Do what a mail program does when its reader says stop."""
        return self.page.client.post(self.path(), **({"data": PAIR} | more))  # type: ignore[arg-type]  # httpx's own keywords


@pytest.fixture
def case(project: Project, box: Mailbox) -> Iterator[Case]:
    """Send a mail whose links are https, and run the page."""
    project.base_url = BASE_URL
    project.subscribe(ADA)
    project.app.run()
    with running(project) as page:
        yield Case(mail=box.mails[0].parsed, page=page)


def _stops(case: Case, **more: object) -> bool:
    before = case.page.statuses()[ADA]
    answer = case.post(**more)
    return ("active", 200, "unsubscribed") == (
        before,
        answer.status_code,
        case.page.statuses()[ADA],
    )


def _is_refused(case: Case, path: str) -> bool:
    answer = case.page.client.post(path, data=PAIR)
    return (404, "active") == (answer.status_code, case.page.statuses()[ADA])


def _never_redirects(case: Case) -> bool:
    addresses = (case.path(), f"{case.path()}/", f"{PATH}x", "/papers/unsubscribe", "/")
    answers = [case.page.client.post(address, data=PAIR) for address in addresses]
    return not any(answer.is_redirect or "location" in answer.headers for answer in answers)


def _needs_no_context(case: Case) -> bool:
    got = case.page.client.get(case.path())
    done = case.post()
    return 200 == done.status_code and not any("set-cookie" in r.headers for r in (got, done))


def _ignores_context(case: Case) -> bool:
    return _stops(case, headers={"Cookie": "session=another", "Authorization": "Basic eDp5"})


def _forged(case: Case) -> bool:
    return _is_refused(case, case.path()[:-1] + ("A" if case.path()[-1] != "A" else "B"))


def _get_asks(case: Case) -> bool:
    page = case.page.client.get(case.path())
    return (200, True, "active") == (
        page.status_code,
        '<form method="post">' in page.text and 'value="One-Click"' in page.text,
        case.page.statuses()[ADA],
    )


# The clauses that a sender and its server can meet; DKIM (sections 3.1 and 4) signs elsewhere.
CLAUSES: dict[str, Callable[[Case], bool]] = {
    "3.1 one List-Unsubscribe header": lambda case: (
        1 == len(case.mail.get_all("List-Unsubscribe", []))
    ),
    "3.1 one List-Unsubscribe-Post header": lambda case: (
        1 == len(case.mail.get_all("List-Unsubscribe-Post", []))
    ),
    "3.1 List-Unsubscribe has one https URI": lambda case: (
        ["https"] == [uri.partition(":")[0] for uri in case.uris if uri.startswith("http")]
    ),
    "3.1 other URIs are not of HTTP": lambda case: (
        ["mailto"] == [uri.partition(":")[0] for uri in case.uris[1:]]
    ),
    "3.1, 5 List-Unsubscribe-Post is the one pair": lambda case: (
        "List-Unsubscribe=One-Click" == case.mail["List-Unsubscribe-Post"]
    ),
    "3.1 the URI alone says who and which list": _needs_no_context,
    "3.1 a POST bears no cookie or login; ours are not looked at": _ignores_context,
    "3.1 the URI is hard to forge: no address in it": lambda case: (
        not re.search("ada|example.org/.*example|%40|@", case.uris[0])
    ),
    "3.1 a forged identifier is refused": _forged,
    "3.1 an identifier of nobody is refused": lambda case: _is_refused(case, f"{PATH}nobody"),
    "3.1 the server takes the POST": _stops,
    "3.1 no redirect": _never_redirects,
    "3.2 the body as multipart/form-data": lambda case: _stops(
        case, data=None, files={"List-Unsubscribe": (None, "One-Click")}
    ),
    "3.2 the body as application/x-www-form-urlencoded": lambda case: _stops(
        case,
        data=None,
        content="List-Unsubscribe=One-Click",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    ),
    "3.2 GET and POST share the address": _get_asks,
    "3.2 a POST without the pair is no one-click": lambda case: (
        (400, "active") == (case.post(data={"a": "b"}).status_code, case.page.statuses()[ADA])
    ),
}


@pytest.mark.parametrize("clause", CLAUSES)
def test_rfc_8058(case: Case, clause: str) -> None:
    """The clause is met."""
    assert CLAUSES[clause](case)
