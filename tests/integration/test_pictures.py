"""Mails that carry their pictures: gathered within limits, kept, and the same whenever made."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from digest.fetch import Fetcher
from digest.model import Entry, Thumbnail
from digest.pictures import Gatherer, name_of
from digest.store import Store, open_store
from integration.conftest import NOON, Cli, Project, feed_of, item
from integration.servers import LOOPBACK, Mailbox, Page, Web

ADA = "ada@example.org"


def drawn(kind: str, size: tuple[int, int] = (1200, 648)) -> bytes:
    """Draw a picture with something to see in it."""
    written = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(written, kind)
    return written.getvalue()


def bomb() -> bytes:
    """Make a PNG of 30,000 pixels squared out of few bytes."""
    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(1_000_000))
    parts = ((b"IHDR", head), (b"IDAT", rows), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in parts
    )


def entry(url: str, upvotes: int = 0) -> Entry:
    """Make an entry with a picture."""
    return Entry(id=url, title=url, thumbnail=url, upvotes=upvotes)


Gather = Callable[..., int]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Have an empty database."""
    with open_store(tmp_path / "digest.db") as opened:
        yield opened


@pytest.fixture
def gather(store: Store, hasty: Fetcher) -> Gather:
    """Gather the pictures of entries."""

    def gathering(*urls: str, days: int = 0, **limits: Any) -> int:  # noqa: ANN401 fields
        gatherer = Gatherer(store=store, fetcher=hasty, now=NOON + timedelta(days=days), **limits)
        return gatherer.gather([entry(url, upvotes=-n) for n, url in enumerate(urls)])

    return gathering


def refused(store: Store) -> dict[str, str]:
    """Give why there is no picture, by name."""
    rows = store._db.query("SELECT name, refused FROM pictures")  # noqa: SLF001
    return {row["name"]: row["refused"] for row in rows}


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_picture_is_made_small(web: Web, store: Store, gather: Gather, kind: str) -> None:
    """Of every usual kind comes a JPEG of twice the size it is shown in, below eight thousand."""
    web.pages["/a"] = Page(body=drawn(kind))
    name = name_of(web.url("/a"))
    assert 1 == gather(web.url("/a"))
    kept = store.pictures.named([name])[name]
    made = Image.open(io.BytesIO(kept.jpeg))
    found = (made.format, made.size, kept.width, kept.height, len(kept.jpeg) <= 8000)
    assert ("JPEG", (560, 302), 280, 151, True) == found


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (Page(body=b"<html>no</html>"), "is no PNG, JPEG, GIF or WebP picture"),
        (Page(body=bomb()), "has more than 16,000,000 pixels"),
        (Page(body=drawn("PNG")[:500]), "cannot be read (OSError)"),
        (Page(body=drawn("TIFF", (40, 40))), "is no PNG, JPEG, GIF or WebP picture"),
        (Page(body=drawn("PNG", (1, 1))), "is smaller than 32 pixels"),
        (Page(body=bytes(200_000)), "is larger than 100,000 bytes"),
        (Page(status=404), "answered 404 Not Found"),
        (Page(hangs=True), "no answer within 1 s"),
    ],
)
def test_what_is_no_picture(
    web: Web, store: Store, gather: Gather, page: Page, expected: str
) -> None:
    """What cannot be shown costs its picture alone, and the reason is kept."""
    web.pages |= {"/bad": page, "/good": Page(body=drawn("PNG"))}
    assert 1 == gather(web.url("/bad"), web.url("/good"))
    assert expected == refused(store)[name_of(web.url("/bad"))]


def test_nothing_of_the_file_goes_on_but_its_look(web: Web, store: Store, gather: Gather) -> None:
    """Metadata and what stands behind the picture are dropped."""
    picture, written = Image.new("RGB", (600, 300), "teal"), io.BytesIO()
    described = Image.Exif()
    described[0x010E] = "a secret"
    picture.save(written, "JPEG", exif=described, comment=b"a secret")
    web.pages["/a"] = Page(body=written.getvalue() + b"a secret")
    gather(web.url("/a"))
    (kept,) = store.pictures.named([name_of(web.url("/a"))]).values()
    assert (3, 0) == (written.getvalue().count(b"a secret") + 1, kept.jpeg.count(b"a secret"))


def test_a_picture_is_asked_for_once(web: Web, gather: Gather) -> None:
    """What is kept is not asked for again, and what was refused not for a day."""
    web.pages["/good"] = Page(body=drawn("PNG"))
    for days in (0, 0, 2):
        gather(web.url("/good"), web.url("/bad"), days=days)
    assert ["/bad", "/bad", "/good"] == sorted(seen.path for seen in web.seen)


def test_so_many_pictures_a_day(web: Web, gather: Gather) -> None:
    """A day's bound holds over all its passes, the most upvoted first."""
    urls = [web.url(f"/{n}") for n in range(5)]
    for _ in range(2):
        gather(*urls, a_day=3)
    assert ["/0", "/1", "/2"] == sorted(seen.path for seen in web.seen)


def test_a_pass_ends_in_time(web: Web, store: Store, gather: Gather) -> None:
    """When the time of a pass is over nothing is begun, and what was not begun stays open."""
    found = gather(web.url("/0"), seconds=-1)
    assert (0, [], {}) == (found, web.seen, refused(store))


def test_a_host_that_hangs_is_left_alone(web: Web, gather: Gather) -> None:
    """After three failures of a host its other pictures wait for the next pass."""
    web.pages |= {f"/{n}": Page(hangs=True) for n in range(12)}
    gather(*(web.url(f"/{n}") for n in range(12)))
    assert len(web.seen) <= 8


def test_a_wish_to_be_left_alone_is_heard(web: Web, store: Store, gather: Gather) -> None:
    """Retry-After holds for the host's pictures, as it does for its listings."""
    web.pages["/0"] = Page(status=429, headers={"Retry-After": "3600"})
    gather(web.url("/0"))
    gather(web.url("/1"))
    assert ({LOOPBACK}, 1) == (set(store.sources.holds(NOON)), len(web.seen))


def test_private_addresses_are_refused(web: Web, store: Store, project: Project) -> None:
    """A picture's address is checked where it is dialled, like a listing's."""
    Gatherer(store=store, fetcher=project.app.fetcher(), now=NOON).gather([entry(web.url("/a"))])
    assert ([], True) == (web.seen, "private" in refused(store)[name_of(web.url("/a"))])


def test_what_is_kept_stays(store: Store) -> None:
    """A picture is never replaced by another, nor by a refusal; only a refusal is."""
    first = Thumbnail(name="a", jpeg=b"1", width=2, height=1)
    for one in ("no answer", first, replace(first, jpeg=b"2"), "gone"):
        store.pictures.keep({"a": one}, NOON)
    assert {"a": first} == store.pictures.named(["a"])


def test_old_pictures_are_let_go(web: Web, store: Store, gather: Gather) -> None:
    """After sixty days a picture is forgotten."""
    store.pictures.keep({"a": Thumbnail(name="a", jpeg=b"1", width=2, height=1)}, NOON)
    gather(web.url("/0"), days=61)
    assert {} == store.pictures.named(["a"])


@pytest.fixture
def pictured(project: Project, web: Web) -> Project:
    """Have three papers, two of them with a picture and one of these not to be had."""
    web.pages["/1"] = Page(body=drawn("PNG"))
    papers = [item(n, image=web.url(f"/{n}")) for n in (1, 2)]
    (project.folder / "papers.json").write_bytes(feed_of(*papers, item(3)))
    project.digest = 'images = "attached"\n'
    project.http += "\nallow_private_networks = true"
    project.subscribe(ADA)
    return project


def kinds(mail: EmailMessage) -> list[str]:
    """Name the parts of a mail, each with its disposition."""
    parts = [(part.get_content_type(), part.get_content_disposition()) for part in mail.walk()]
    return [f"{kind} {disposition or ''}".strip() for kind, disposition in parts]


def test_a_mail_carries_its_pictures(pictured: Project, box: Mailbox, web: Web) -> None:
    """The HTML and its pictures are one alternative; it points to a part, and to no server."""
    pictured.app.run()
    (mail,) = (one.parsed for one in box.mails)
    assert [
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/jpeg inline",
    ] == kinds(mail)
    html = str(list(mail.walk())[3].get_content())
    cid = f"{name_of(web.url('/1'))}@example.org"
    assert (1, 1, False) == (html.count("<img"), html.count(f'src="cid:{cid}"'), "/1" in html)


@pytest.mark.parametrize("after", [True, False])
def test_preview_writes_the_bytes_of_run(
    pictured: Project, cli: Cli, box: Mailbox, *, after: bool
) -> None:
    """The preview of an edition with pictures is what the server got or will get."""
    pictured.app.pull()
    for command in (("run",), ("preview", ADA))[:: 1 if after else -1]:
        assert 0 == cli(*command).exit_code
    assert b"image/jpeg" in box.mails[0].content
    assert Path("digest-preview/digest.eml").read_bytes() == box.mails[0].content


def test_readers_who_are_alike_share_a_digest_with_pictures(
    pictured: Project, box: Mailbox
) -> None:
    """What fits into anybody's mail, pictures and all, is composed and stored once."""
    pictured.subscribe("bob@example.org")
    pictured.app.run()
    assert (1, 2) == (len(pictured.rows("digests")), len(box.mails))


def test_a_retry_carries_what_was_planned(pictured: Project, box: Mailbox, web: Web) -> None:
    """A picture that came to be had after planning is not in a mail that is tried again."""
    pictured.smtp += "\ndeadline = 700"
    box.tell("DATA", ADA, "451 4.3.0 later")
    pictured.app.run()
    web.pages["/2"] = web.pages["/1"]
    pictured.tomorrow(2)
    pictured.app.run()
    kept = [row["name"] for row in pictured.rows("pictures") if not row["refused"]]
    (mail,) = (m.parsed for m in box.mails if "<20260302." in m.parsed["Message-ID"])
    assert (2, 1) == (len(kept), kinds(mail).count("image/jpeg inline"))


def test_without_attached_no_picture_is_asked_for(pictured: Project, web: Web) -> None:
    """Nothing is fetched for mails that carry nothing."""
    pictured.digest = "images = true\n"
    pictured.app.run()
    assert [] == web.seen


def test_a_preview_in_the_browser_shows_them(pictured: Project, cli: Cli) -> None:
    """digest.html stands alone: its pictures are in it."""
    pictured.app.pull()
    cli("preview", ADA)
    html = Path("digest-preview/digest.html").read_text(encoding="utf-8")
    assert (1, False) == (html.count('src="data:image/jpeg;base64,'), "cid:" in html)


def test_a_preview_of_a_listing_says_why_it_has_none(pictured: Project, cli: Cli) -> None:
    """For a listing that is given nothing is fetched, and the preview says so."""
    found = cli("preview", str(pictured.profile(ADA)), "--listing", "papers.json")
    html = Path("digest-preview/digest.html").read_text(encoding="utf-8")
    assert (0, True, 0) == (found.exit_code, "has no pictures" in found.stderr, html.count("<img"))
