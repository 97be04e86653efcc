"""digest.printable and digest.pieces: texts encoded one by one make a mail when they are joined."""

from __future__ import annotations

from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from digest.emphasis import Line, Row, as_html, bare, joined, plainly, strongly
from digest.pieces import Form, Hole, Piece
from digest.printable import decoded, printable, stripped

HEAD = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n"
# What a mail is made of, and what is hard about it, more often than by chance.
LETTERS = st.characters(exclude_categories=["Cs"])
HARD = st.sampled_from(["\n", " ", "\t", ".", "--", "From ", "=", "é", "注", "\u202e", "a" * 76])
TEXTS = st.lists(st.one_of(HARD, LETTERS), max_size=120).map("".join)
PIECES = st.lists(st.one_of(TEXTS, st.builds(Hole, name=st.just("x"))), max_size=8).map(tuple)


def lines(encoded: bytes) -> list[bytes]:
    """Give the lines without their ends, of which each is one that RFC 5322 knows."""
    assert b"" == encoded.replace(b"\r\n", b"").translate(None, bytes(set(range(256)) - {10, 13}))
    return encoded.split(b"\r\n")


@given(PIECES, TEXTS)
def test_joined_pieces_are_the_text(piece: Piece, value: str) -> None:
    """What is decoded of pieces in a row is the plain texts in a row."""
    found = Form(piece, bare).filled({"x": plainly(value)})
    expected = "".join(value if isinstance(part, Hole) else str(part) for part in piece)
    assert expected == decoded(found).decode().replace("\r\n", "\n")


@given(PIECES, TEXTS)
def test_lines_are_sound(piece: Piece, value: str) -> None:
    """No line is over 76, ends in a space, or begins as a dot, a boundary or a mailbox's From."""
    found = lines(Form(piece, bare).filled({"x": plainly(value)}))
    wrong = [
        line
        for line in found
        if len(line) > 76
        or line.endswith((b" ", b"\t"))
        or line.startswith((b".", b"--", b"From "))
        or not line.isascii()
    ]
    assert [] == wrong


@given(TEXTS)
def test_a_mail_reader_reads_it(text: str) -> None:
    """A mail with such a body has no defects, and its text is the one that was written."""
    mail: EmailMessage = message_from_bytes(
        HEAD + b"\r\n" + printable(text + "\n"), policy=policy.default
    )
    assert ([], text + "\n") == (mail.defects, mail.get_content().replace("\r\n", "\n"))


@given(st.lists(TEXTS | st.just("\n"), max_size=4), TEXTS)
def test_stripped(before: list[str], after: str) -> None:
    """Line ends around are taken away; what follows then joins on to the last line."""
    texts = ["\n", *(f"{text}\n" for text in before), "\n"]
    found = [*stripped([printable(text) for text in texts]), printable(after)]
    expected = "".join(texts).strip("\n") + after
    assert expected == decoded(b"".join(found)).decode().replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", b"a=\r\n"),
        ("", b""),
        (".\n", b"=2E\r\n"),
        ("a = é \n", b"a =3D =C3=A9=20\r\n"),
        ("a" * 80, b"a" * 75 + b"=\r\n" + b"a" * 5 + b"=\r\n"),
        ("a" * 74 + "é\n", b"a" * 74 + b"=\r\n=C3=A9\r\n"),
        ("é.\n.\r \r\n", b"=C3=A9.\r\n=2E=0D =0D\r\n"),
        ("é =2E \n\t", b"=C3=A9 =3D2E=20\r\n\t=\r\n"),
        ("é ", b"=C3=A9 =\r\n"),
        ("a" * 75 + ".b", b"a" * 75 + b"=\r\n=2Eb=\r\n"),
        ("a" * 75 + "From é", b"a" * 75 + b"=\r\n=46rom =C3=A9=\r\n"),
        ("é" * 12 + "aaa \nb", b"=C3=A9" * 12 + b"aaa=\r\n=20\r\nb=\r\n"),
        ("é\n.b\n", b"=C3=A9\r\n=2Eb\r\n"),
        ("é\n--b\n", b"=C3=A9\r\n=2D-b\r\n"),
        ("é\nFrom c\n", b"=C3=A9\r\n=46rom c\r\n"),
        ("é" + "a" * 68 + "\t\nb", b"=C3=A9" + b"a" * 68 + b"=\r\n=09\r\nb=\r\n"),
        ("é\nb\r\nc", b"=C3=A9\r\nb=0D\r\nc=\r\n"),
        ("\n\r\n", b"\r\n=0D\r\n"),
        ("é" * 12 + "aaa", b"=C3=A9" * 12 + b"aaa=\r\n"),
        ("é" * 12 + "aaab", b"=C3=A9" * 12 + b"aaa=\r\nb=\r\n"),
    ],
)
def test_printable(text: str, expected: bytes) -> None:
    """The lines are those of RFC 2045 section 6.7, and end at the left margin."""
    assert expected == printable(text)


def test_a_value_is_escaped_before_it_is_encoded() -> None:
    """In HTML a value stands as text, what is marked in bold."""
    found = Form((Hole(name="x"),), as_html).filled({"x": plainly("<b> & é")})
    assert "&lt;b&gt; &amp; é" == decoded(found).decode()
    marked = Form((Hole(name="x"),), as_html).filled({"x": strongly("ab")})
    assert b"<b>ab</b>=\r\n" == marked


@pytest.mark.parametrize("write", [bare, as_html])
@given(st.lists(TEXTS))
def test_a_row_is_encoded_text_by_text(write: Callable[[Line], str], texts: list[str]) -> None:
    """What is encoded of texts in a row is each by itself, and says what all say together."""
    row = Row(map(strongly, texts))
    found = Form((Hole(name="x"),), write).filled({"x": row})
    alone = [Form((Hole(name="x"),), write).filled({"x": one}) for one in row]
    expected = b"".join(alone), write(row)
    assert expected == (found, decoded(found).decode().replace("\r\n", "\n"))


@given(st.lists(st.tuples(st.text("ab&<>\"'é", max_size=9), st.booleans())))
def test_a_line_is_escaped_run_by_run(runs: list[tuple[str, bool]]) -> None:
    """Each part of a line stands in HTML as it would alone, strong ones in bold, empty ones not."""
    found = joined([(strongly if strong else plainly)(said) for said, strong in runs], " & ")
    parts = [(str(escape(said)), strong) for said, strong in runs if said]
    html = " &amp; ".join(f"<b>{said}</b>" if strong else said for said, strong in parts)
    expected = " & ".join(said for said, _ in runs if said), html
    assert expected == (bare(found), as_html(found))
