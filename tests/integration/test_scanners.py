"""Programs that scan mails follow every link of one; nothing changes."""

from __future__ import annotations

import html
import re
import sqlite3
from email.message import EmailMessage

import httpx

from integration.conftest import Project
from integration.page import running
from integration.servers import Mailbox

ADA = "ada@example.org"
REQUESTS = 497


def links_of(mail: EmailMessage) -> list[str]:
    """Find every web address in a mail's headers, HTML and text, each once."""
    said = [str(value) for value in mail.values()]
    said += [str(part.get_content()) for part in mail.walk() if not part.is_multipart()]
    found = re.findall(r"https?://[^\s\"'<>]+", " ".join(html.unescape(text) for text in said))
    return list(dict.fromkeys(found))


def dump(project: Project) -> list[str]:
    """Give all that the database holds, as SQL."""
    connection = sqlite3.connect(project.database)
    try:
        return list(connection.iterdump())
    finally:
        connection.close()


def test_following_every_link_of_a_mail_changes_nothing(project: Project, box: Mailbox) -> None:
    """497 GETs and HEADs of all links of a received mail leave the database as it was."""
    project.subscribe(ADA)
    with running(project, local=True) as served:
        project.app.run()
        ours = [url for url in links_of(box.mails[0].parsed) if url.startswith(project.base_url)]
        before, codes = dump(project), []
        for number in range(REQUESTS):
            method = "HEAD" if number % 3 == 0 else "GET"
            path = httpx.URL(ours[number % len(ours)]).path
            codes.append(served.client.request(method, path).status_code)
        after = dump(project)
    kinds = {url.removeprefix(project.base_url).split("/")[1] for url in ours}
    assert {"unsubscribe", "archive"} <= kinds
    assert {200: REQUESTS} == {code: codes.count(code) for code in codes}
    assert (before, []) == (after, [line for line in after if line not in before])
