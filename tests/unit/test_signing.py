"""digest.signing: what is signed is verified by dkimpy, and only as long as nothing changes."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from dkim.canonicalization import Relaxed
from hypothesis import given
from hypothesis import strategies as st

from digest.signing import Signer, _relaxed

AT = datetime(2026, 3, 2, tzinfo=UTC)
MAIL = (
    b"From: Digest <digest@example.org>\r\nTo: ada@example.org\r\nSubject: Papers\r\n"
    b"Date: Mon, 02 Mar 2026 07:30:00 +0000\r\nMessage-ID: <1@example.org>\r\n"
    b"List-Unsubscribe: <https://d.example/u/1>,\r\n <mailto:digest@example.org>\r\n"
    b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: text/plain\r\n\r\nA  digest \t of papers.  \r\n.\r\n\r\n"
)
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ED = ed25519.Ed25519PrivateKey.generate()
PKCS1, PKCS8 = PrivateFormat.TraditionalOpenSSL, PrivateFormat.PKCS8
KEYS = {
    "RSA, PKCS #1": RSA.private_bytes(Encoding.PEM, PKCS1, NoEncryption()).decode(),
    "RSA, PKCS #8": RSA.private_bytes(Encoding.PEM, PKCS8, NoEncryption()).decode(),
    "Ed25519, PKCS #8": ED.private_bytes(Encoding.PEM, PKCS8, NoEncryption()).decode(),
    "Ed25519, bare": base64.b64encode(ED.private_bytes_raw()).decode(),
}


def signer(key: str = KEYS["Ed25519, bare"]) -> Signer:
    """Make a signer for example.org."""
    return Signer(domain="example.org", selector="digest", key=key)


def verified(mail: bytes, by: Signer) -> bool:
    """Ask dkimpy, with the record that the signer would publish."""
    asked: list[bytes] = []

    def record(name: bytes, timeout: int = 5) -> bytes:
        del timeout
        asked.append(name)
        return by.record.encode()

    good: bool = dkim.verify(mail, dnsfunc=record)
    assert [b"digest._domainkey.example.org."] == asked
    return good


@pytest.mark.parametrize("name", KEYS)
def test_a_signed_mail_is_verified(name: str) -> None:
    """With each kind of key the signature holds against the record that publishes it."""
    by = signer(KEYS[name])
    assert verified(by.sign(MAIL, AT), by)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"papers", b"papyri"),
        (b"Subject: Papers", b"Subject: Payers"),
        (b"<https://d.example/u/1>", b"<https://d.example/u/2>"),
        (b"One-Click", b"Two-Click"),
        (b"MIME-Version: 1.0", b"MIME-Version: 1.1"),
        (b"From: Digest", b"Subject: Another\r\nFrom: Digest"),
        (b"From: Digest", b"From: mallory@example.com\r\nFrom: Digest"),
    ],
)
def test_a_changed_mail_is_not_verified(before: bytes, after: bytes) -> None:
    """What is signed cannot be changed, nor given a second time."""
    by = signer()
    assert not verified(by.sign(MAIL, AT).replace(before, after, 1), by)


def test_white_space_may_change() -> None:
    """A server that folds a header or strips a line's end breaks nothing (relaxed/relaxed)."""
    by = signer()
    changed = by.sign(MAIL, AT).replace(b"A  digest \t of", b"A digest of")
    changed = changed.replace(b"Subject: Papers", b"Subject:\r\n  Papers")
    assert verified(changed, by)


@pytest.mark.parametrize("name", KEYS)
def test_a_signature_hangs_on_no_clock(name: str) -> None:
    """The same mail, key and moment give the same bytes, with that moment in t=."""
    one, other = (signer(KEYS[name]).sign(MAIL, AT) for _ in range(2))
    assert (one, [b"1772409600"]) == (other, re.findall(rb"\bt=(\d+);", one))


def test_the_headers_of_one_click_are_signed() -> None:
    """Both headers of RFC 8058 are in h=, with those that name the mail."""
    head = signer().sign(MAIL, AT).partition(b"bh=")[0]
    names = {name.strip() for name in head.partition(b"h=")[2].rstrip(b"; \r\n").split(b":")}
    wanted = b"from to subject date message-id list-unsubscribe list-unsubscribe-post"
    assert set() == {*wanted.split(), b"mime-version", b"content-type"} - names


def _pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, password: bytes = b"") -> str:
    lock = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, PKCS8, lock).decode()


@pytest.mark.parametrize(
    ("key", "fault"),
    [
        ("", "holds no private key that can be read"),
        ("c2hvcnQ=", "holds no private key that can be read"),
        ("-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----", "holds no private key"),
        (_pem(RSA, b"pw"), "is locked with a password"),
        (_pem(ec.generate_private_key(ec.SECP256R1())), "holds a key that mail servers do not"),
    ],
    ids=["empty", "too short", "garbage", "locked", "elliptic"],
)
def test_a_wrong_key_is_refused(key: str, fault: str) -> None:
    """What cannot sign is refused in one line, with the command that makes a key."""
    with pytest.raises(ValueError, match=f"^{fault}.*; make one: .*openssl genrsa[^\n]*$"):
        signer(key)


lines = st.lists(st.sampled_from([b" ", b"\t", b"\r\n", b"a", b"=20"]), max_size=12)


@given(lines.map(b"".join))
def test_the_quick_canonical_form_is_dkimpys(body: bytes) -> None:
    """Bodies that end with their line come out as dkimpy's own rules have them."""
    assert Relaxed.canonicalize_body(body + b"\r\n") == _relaxed(body + b"\r\n")
