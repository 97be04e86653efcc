"""Mails of every template and hard case: what must hold for each of them."""

from __future__ import annotations

import re
import sys
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache
from pathlib import Path

import pytest
from lxml import html as markup

from digest.budget import MAIL_MOST, Budget
from digest.model import Entry, Thumbnail
from digest.shrink import JPEG_MOST

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))

import mails  # noqa: E402 it lies beside the tests, not among the packages

CASES = [f"{template}-{name}" for template in mails.TEMPLATES for name in mails.cases()]


@cache
def made(name: str) -> EmailMessage:
    """Make the mail of a template and case."""
    template, _, case = name.partition("-")
    content = mails.made(template, mails.cases()[case], mails.renderer())
    return message_from_bytes(content, policy=policy.default)


def part(name: str, kind: str) -> str:
    """Give the HTML or plain text of a mail."""
    body = made(name).get_body((kind,))
    assert body is not None
    return str(body.get_content())


@pytest.mark.parametrize("name", CASES)
def test_html_is_harmless(name: str) -> None:
    """No script, no handler, no form, and links to https pages or mail addresses only."""
    page = markup.fromstring(part(name, "html"))
    bad = page.xpath(
        "//script | //iframe | //form | //object | //link | //base | //@*[starts-with("
        "name(), 'on')]"
    )
    links = [str(link) for link in page.xpath("//@href | //@src")]
    assert ([], []) == (bad, [link for link in links if not re.match("https://|mailto:", link)])


@pytest.mark.parametrize("name", CASES)
def test_html_has_its_size(name: str) -> None:
    """The HTML stays below 90 KB."""
    assert len(part(name, "html").encode()) <= 90_000


@pytest.mark.parametrize("name", CASES)
def test_a_mail_weighs_no_more_than_the_sum_of_its_parts(name: str) -> None:
    """What is said to fit without being made does fit."""
    template, _, case = name.partition("-")
    digest, reader = mails.composed(template, mails.cases()[case])
    scales = mails.renderer()
    rough = Budget(scales=scales)._at_most(digest, reader.profile)  # noqa: SLF001 the bound itself
    found = scales.weigh(digest, reader)
    assert (True, True) == (found.html <= rough.html, found.mail <= rough.mail)


@pytest.mark.parametrize("name", CASES)
def test_text_says_what_the_html_links_to(name: str) -> None:
    """Each link of the HTML stands in the text, whose lines have at most 78 characters."""
    text = part(name, "plain")
    links = {str(link) for link in markup.fromstring(part(name, "html")).xpath("//@href")}
    long = [
        line for line in text.splitlines() if len(line) > 78 and not line.strip().startswith("http")
    ]
    assert (set(), []) == ({link for link in links if link not in text}, long)


@pytest.mark.parametrize("name", CASES)
def test_headings(name: str) -> None:
    """One first heading, and below it those of the second level."""
    found = [str(one.tag) for one in markup.fromstring(part(name, "html")).xpath("//h1|//h2|//h3")]
    assert ("h1", {"h2"}) == (found[0], set(found[1:]))


@pytest.mark.parametrize("name", CASES)
def test_headers(name: str) -> None:
    """No header is added, none is doubled, and the subject has at most sixty characters."""
    expected = (
        "From To Reply-To Subject Date Message-ID List-Id List-Unsubscribe List-Unsubscribe-Post "
        "Auto-Submitted MIME-Version Content-Type"
    ).split()
    assert (sorted(expected), True) == (sorted(made(name).keys()), len(made(name)["Subject"]) <= 60)


@pytest.mark.parametrize("template", mails.TEMPLATES)
def test_nothing_of_a_hostile_feed_is_left(template: str) -> None:
    """No template marker, override, tag or double escape of a hostile feed reaches the reader."""
    said = part(f"{template}-hostile", "plain")
    assert [] == re.findall(r"\{\{|\{%|[\u202a-\u202e]|<script|&amp;|javascript:", said)


def heaviest(entry: Entry) -> Thumbnail:
    """Make a picture of as many bytes as one may have."""
    name = f"{mails.hash_of(entry.id):032x}"
    return Thumbnail(name=name, jpeg=bytes(JPEG_MOST), width=280, height=151)


@pytest.mark.parametrize("case", ["15", "60", "8-interests", "language-ar", "bare"])
@pytest.mark.parametrize("template", mails.TEMPLATES)
def test_a_mail_with_pictures_has_its_size(template: str, case: str) -> None:
    """With its pictures a mail stays below its size, and asks nobody for anything."""
    content = mails.made(template, mails.cases()[case], mails.renderer(), heaviest)
    mail = message_from_bytes(content, policy=policy.default)
    html = next(part for part in mail.walk() if part.get_content_type() == "text/html")
    shown = [str(at) for at in markup.fromstring(html.get_content()).xpath("//@src")]
    carried = [part["Content-ID"].strip("<>") for part in mail.walk() if part["Content-ID"]]
    assert (True, [f"cid:{name}" for name in carried]) == (len(content) <= MAIL_MOST, shown)
