"""digest.render: templates filled, inlined and joined to mails."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from builders import Pages, entry, interest, match

from digest import sample
from digest.errors import TemplateError
from digest.language import CODES
from digest.model import Digest, Entry, Evidence, Section, Subscriber, Thumbnail
from digest.pieces import Form
from digest.postage import Postage
from digest.render import Renderer
from digest.render.templates import LETTERS
from digest.returnpath import ReturnPaths
from digest.tokens import Tokens
from digest.view import Card, Group, Letter, Links, Look, Picture, View

ROOT = Path(__file__).parents[2]
LOOK = Look(title="Daily digest", sender="Digest <digest@example.org>")
MACROS = "".join(
    f"{{% macro {name}(it) %}}<p>{{{{ it.title }}}}</p>{{% endmacro %}}"
    for name in ("section", "card", "more")
)
MARCH = datetime(2026, 3, 2, tzinfo=UTC)
TEMPLATES = ("compact", "digest", "trending")
ENTRIES = [
    entry(f"Paper {n}", url=f"https://e.org/{n}", authors=["Ada"], summary=f"Text {n}. " * 30)
    for n in range(20)
]


def renderer(
    *folders: Path, links: Links | None = None, postage: Postage | None = None
) -> Renderer:
    """Make a renderer with our templates, and those of ``folders`` before them."""
    return Renderer(LOOK, [*folders, ROOT / "templates"], links, postage)


def digest_of(*entries: Entry, reason: str = "in cs.LG") -> Digest:
    """Make a digest of one section."""
    evidence = (Evidence(matcher="categories", reason=reason, score=0.5),) if reason else ()
    matches = tuple(match(one, interest())._replace(evidence=evidence) for one in entries)
    return replace(sample.digest(), sections=(Section(title="Topic", matches=matches),))


def reader(template: str = "digest", language: str = "en") -> Subscriber:
    """Make a reader."""
    found = sample.reader(template)
    return replace(found, profile=replace(found.profile, language=language))


def parsed(content: bytes) -> EmailMessage:
    """Read a mail's bytes."""
    return message_from_bytes(content, policy=policy.default)


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("code", CODES)
def test_a_mail_does_not_depend_on_what_was_kept(template: str, code: str) -> None:
    """A renderer that has made other mails before makes the same bytes as a fresh one."""
    used = renderer(links=Pages())
    for digest in (digest_of(*ENTRIES[5:]), digest_of(ENTRIES[0], reason=""), sample.digest()):
        used.render(replace(digest, omitted={}), replace(reader(template, code), name=""))
    wanted = digest_of(*reversed(ENTRIES[:9]))
    fresh = renderer(links=Pages()).render(wanted, reader(template, code))
    assert fresh.content == used.render(wanted, reader(template, code)).content


@pytest.mark.parametrize("template", TEMPLATES)
def test_both_parts_say_the_same(template: str) -> None:
    """Each title and each link of the HTML stands in the text."""
    mail = renderer(links=Pages()).render(digest_of(*ENTRIES), reader(template))
    links = {link.removeprefix("mailto:") for link in re.findall(r'href="([^"]+)"', mail.html)}
    titles = {one.title for one in ENTRIES}
    assert set() == {said for said in titles | links if said not in mail.text}


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("code", CODES)
def test_mails_are_sound(template: str, code: str) -> None:
    """A mail has no defects, lines of at most 76 but for addresses, and none begins with a dot."""
    odd = entry(".\u202eTitle = é", url="https://e.org/" + "x" * 200, summary=". " * 90)
    mail = renderer(links=Pages()).render(digest_of(odd, *ENTRIES), reader(template, code))
    lines = mail.content.split(b"\r\n")
    wrong = [row for row in lines if row.startswith(b".") or b"\n" in row or b"\r" in row]
    wrong += [row for row in lines if len(row) > 76 and not row.startswith((b"List-", b" <"))]
    defects = [part.defects for part in parsed(mail.content).walk() if part.defects]
    assert ([], [], True) == (wrong, defects, mail.plain)


@pytest.mark.parametrize("email", ["ada@example.org", "ada@bücher.example", "zoë@example.org"])
def test_a_mail_says_whether_it_is_ascii(email: str) -> None:
    """Whatever is said in a mail, its bytes are plain but for an address that is not."""
    who = replace(reader(), email=email, name="Zoë „x“")
    mail = renderer().render(replace(digest_of(entry("Ü 注")), subject="é"), who)
    assert (mail.content.isascii(), email[:3].isascii()) == (mail.plain, mail.plain)


def test_no_marker_is_left() -> None:
    """All that is personal has been filled in."""
    mail = renderer(links=Pages()).render(sample.digest(), reader())
    assert [] == re.findall(r"digest[0-9a-f]{24}", mail.html + mail.text)


def test_what_is_personal_is_escaped() -> None:
    """A name or an interest that looks like markup is text."""
    found = replace(digest_of(ENTRIES[0], reason="in <i>a</i> & b"), subject='"><b>x')
    html = renderer().render(found, replace(reader(), name='"&<u>')).html
    assert [] == re.findall(r"<(?:i|u)>", html)
    assert "&amp;" in html


def test_with_pages_the_mail_can_be_left_with_one_click() -> None:
    """With web pages the headers are those of RFC 8058, and the body has the link."""
    mail = renderer(links=Pages()).render(sample.digest(), reader())
    found = parsed(mail.content)
    write = "<mailto:digest@example.org?subject=unsubscribe%20nobody%40example.org>"
    assert (f"<https://e.org/u/nobody>, {write}", "List-Unsubscribe=One-Click") == (
        found["List-Unsubscribe"],
        found["List-Unsubscribe-Post"],
    )
    assert 'href="https://e.org/u/nobody"' in mail.html


def test_without_pages_a_mail_stops_the_mail() -> None:
    """Without web pages there is the mailto alone, and no promise of one click."""
    found = parsed(renderer().render(sample.digest(), reader()).content)
    expected = "<mailto:digest@example.org?subject=unsubscribe%20nobody%40example.org>"
    assert (expected, None) == (found["List-Unsubscribe"], found["List-Unsubscribe-Post"])


@pytest.mark.parametrize("kind", LETTERS)
def test_letters(kind: str) -> None:
    """A letter has its link in both parts; only who is subscribed already can leave the list."""
    link = "https://e.org/c/token"
    mail = renderer(links=Pages()).letter(kind, reader(), link, MARCH)
    found = parsed(mail.content)
    assert (True, True, kind in {"welcome", "preferences"}) == (
        link in mail.html,
        link in mail.text,
        "List-Unsubscribe" in found,
    )


@pytest.mark.parametrize("kind", LETTERS)
def test_the_return_path_of_a_letter(kind: str) -> None:
    """It is a subscriber's only where the letter goes to them: an address that is asked is not."""
    paths = ReturnPaths("bounces@example.org", Tokens(["a secret"]))
    known = replace(reader(), id="0123456789abcdef")
    mail = renderer(postage=Postage(paths=paths)).letter(kind, known, "", MARCH)
    expected = "" if kind in {"confirm", "address"} else known.id
    assert expected == paths.read(mail.sender)


def test_a_logo_stands_above_the_title() -> None:
    """With a logo the title stays: a reader without images has it."""
    logo = Picture(url="https://e.org/l.png", alt="", width=160, height=40)
    found = Renderer(replace(LOOK, logo=logo), [ROOT / "templates"])
    html = found.render(sample.digest(), reader()).html
    assert 1 == len(re.findall(r'<img [^>]*alt="" width="160"[^>]*>\s*<h1[^>]*>Daily', html))


def test_a_rule_parts_sections() -> None:
    """Above each section but the first there is a line."""
    (topic,) = digest_of(ENTRIES[0]).sections
    other = Section(title="Other", matches=(match(ENTRIES[1]),))
    found = replace(sample.digest(), sections=(topic, other, other))
    rows = re.findall(r'<td class="section( rule)?"', renderer().render(found, reader()).html)
    assert ["", " rule", " rule"] == rows


def test_a_text_in_another_script_is_sent_whole() -> None:
    """Chinese and Arabic come out of the mail's bytes as they went in."""
    titles = ["注意力机制", "الانتباه"]
    mail = renderer().render(digest_of(*(entry(title) for title in titles)), reader())
    body = parsed(mail.content).get_body(("html",))
    assert body is not None
    assert [True, True] == [title in body.get_content() for title in titles]


@pytest.mark.parametrize("name", ["digest.html", "digest.txt", "confirm.html"])
def test_an_own_template_wins(name: str, tmp_path: Path) -> None:
    """A file of the operator's with a bundled name is the one that is checked and used."""
    (tmp_path / name).write_text("{{ view.nothing }}", encoding="utf-8")
    with pytest.raises(TemplateError, match=rf"{name}:1: .*nothing"):
        renderer(tmp_path).check()


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("a\n{% if %}", r"mine.html:2: "),
        (
            f"{MACROS}<p>{{{{ view.entries }}}}{{{{ view.summary | upper }}}}</p>",
            r"mine.html: .*be shown",
        ),
        (f"{MACROS}<p>no entries</p>", r"mine.html: shows view.entries not once"),
        (
            MACROS.replace("{{ it.title }}", "\n{{ it.nonsense }}") + "<p>{{ view.entries }}</p>",
            r"mine.html:3: .*nonsense",
        ),
        ("<p>{{ view.entries }}</p>", r'mine.html: has no macro "card"'),
    ],
)
def test_a_wrong_template_is_named(source: str, fault: str, tmp_path: Path) -> None:
    """The error names the file and, where there is one, the line."""
    (tmp_path / "mine.html").write_text(source, encoding="utf-8")
    (tmp_path / "mine.txt").write_text("", encoding="utf-8")
    with pytest.raises(TemplateError, match=fault):
        renderer(tmp_path).check()


def test_a_small_template_is_enough(tmp_path: Path) -> None:
    """A template of one's own needs three macros and a place for the entries."""
    (tmp_path / "mine.html").write_text(f"{MACROS}<p>{{{{ view.entries }}}}</p>", encoding="utf-8")
    (tmp_path / "mine.txt").write_text(f"{MACROS}{{{{ view.entries }}}}", encoding="utf-8")
    text = renderer(tmp_path).render(digest_of(ENTRIES[0]), reader("mine")).text
    assert "<p>Topic</p>\n\n<p>Paper 0</p>\n" == text


@pytest.mark.parametrize("times", [0, 2])
def test_a_text_may_show_the_entries_as_often_as_it_likes(tmp_path: Path, times: int) -> None:
    """Twice they stand there twice; not at all is the template's affair."""
    (tmp_path / "mine.html").write_text(f"{MACROS}<p>{{{{ view.entries }}}}</p>", encoding="utf-8")
    shown = "{{ view.entries }}\n" * times
    (tmp_path / "mine.txt").write_text(f"{MACROS}Hello.\n{shown}", encoding="utf-8")
    text = renderer(tmp_path).render(digest_of(ENTRIES[0]), reader("mine")).text
    assert "Hello.\n" + "<p>Topic</p>\n\n<p>Paper 0</p>\n" * times == text


def test_a_template_may_write_a_value_in_several_ways(tmp_path: Path) -> None:
    """Each card has its own number wherever it stands, by itself or within a line."""
    twice = "{{ it.number }}. {{ ('No. ' ~ it.number ~ ': ' ~ it.title) | wrap }}"
    macros = MACROS.replace("card(it) %}<p>{{ it.title }}", f"card(it) %}}<p>{twice}")
    (tmp_path / "mine.html").write_text(f"{MACROS}<p>{{{{ view.entries }}}}</p>")
    (tmp_path / "mine.txt").write_text(f"{macros}{{{{ view.entries }}}}")
    text = renderer(tmp_path).render(digest_of(*ENTRIES[:4]), reader("mine")).text
    found = [line for line in text.splitlines() if "No." in line]
    assert [f"<p> {n}. No. {n}: Paper {n - 1}</p>" for n in range(1, 5)] == found


def test_mails_of_many_dates_are_made_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """After sixty dates a reader's mail is still filled in as those of the first were."""
    made, found = renderer(), []
    for day in range(60):
        edition = digest_of(ENTRIES[0]).edition._replace(date=date(2026, 3, 1) + timedelta(day))
        found.append(replace(digest_of(ENTRIES[0]), edition=edition))
        made.render(found[-1], reader())
    monkeypatch.delattr(Form, "filled")  # which fills in what is not made out
    assert "Paper 0" in made.render(found[-1], reader()).text


@pytest.mark.parametrize("at_once", [1, 2, 3])
def test_cards_may_be_inlined_in_parts(monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    """A mail is the same whichever of its cards were inlined together."""
    digest, who = digest_of(*ENTRIES[:7]), reader("digest")
    expected = renderer().render(digest, who).content
    monkeypatch.setattr("digest.render.sheet._AT_ONCE", at_once)
    assert expected == renderer().render(digest, who).content


def test_letters_and_frames_are_no_templates_of_profiles() -> None:
    """A profile can choose what digests are rendered in, and nothing else."""
    assert TEMPLATES == renderer().names()


def test_the_page_on_templates_names_every_variable() -> None:
    """docs/templates.md lists just the fields there are."""
    text = (ROOT / "docs" / "templates.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:view|section|card|letter|picture)\.\w+)`", text))
    kinds = {"view": View, "section": Group, "card": Card, "letter": Letter, "picture": Picture}
    expected = {f"{name}.{one.name}" for name, kind in kinds.items() for one in fields(kind)}
    assert expected == named


@pytest.mark.parametrize(("template", "expected"), [("digest", 2), ("trending", 2), ("compact", 0)])
def test_only_pictures_that_are_shown_are_carried(template: str, expected: int) -> None:
    """A mail carries each picture that its template shows, once, and no other."""
    shared = Thumbnail(name="a" * 32, jpeg=b"a", width=280, height=151)
    other = replace(shared, name="b" * 32)
    pictures = {ENTRIES[0].id: shared, ENTRIES[1].id: shared, ENTRIES[2].id: other, "no": shared}
    found = replace(digest_of(*ENTRIES[:4]), pictures=pictures)
    mail = parsed(renderer().render(found, reader(template)).content)
    assert expected == [part.get_content_type() for part in mail.walk()].count("image/jpeg")


def test_a_template_of_ones_own_shows_what_is_carried(tmp_path: Path) -> None:
    """`card.picture` is a picture like any other: address, size and words in its place."""
    image = "{{ card.picture.url }} {{ card.picture.width }} {{ card.picture.alt }}"
    macros = MACROS.replace("card(it) %}<p>{{ it.title }}", f"card(card) %}}<p>{image}")
    (tmp_path / "mine.html").write_text(f"<body>{macros}{{{{ view.entries }}}}</body>")
    (tmp_path / "mine.txt").write_text(MACROS + "{{ view.entries }}")
    picture = Thumbnail(name="a" * 32, jpeg=b"a", width=280, height=151)
    found = replace(digest_of(ENTRIES[0]), pictures={ENTRIES[0].id: picture})
    html = renderer(tmp_path).render(found, reader("mine")).html
    assert 1 == html.count(f"<p>cid:{'a' * 32}@example.org 280 Paper 0</p>")
