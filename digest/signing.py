"""Signs mails with DKIM (RFC 6376, RFC 8463): the one use of dkimpy and of cryptography.

The same mail, key and moment give the same bytes. dkimpy selects, folds and hashes the headers; the
key's part is done by OpenSSL and the body's in a few passes, or signing would cost more than all
else that is done for a mail.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

RSA_LEAST, RSA_WANTED = 1024, 2048  # RFC 8301 section 3.2
# Those that are there are signed, as RFC 6376 section 5.4.1 advises, both of RFC 8058 section 4
# among them; those of ``_ONCE`` once more than they are there, so that no second can be added
# (RFC 6376 section 8.15).
_SIGNED = (
    "from to reply-to subject date message-id list-id list-unsubscribe list-unsubscribe-post "
    "auto-submitted mime-version content-type content-transfer-encoding"
).split()
_ONCE = ["from", "to", "subject", "date"]
_NAME = b"DKIM-Signature"


class Signer:
    """Signs for a domain, with the key that its selector publishes."""

    def __init__(self, *, domain: str, selector: str, key: str) -> None:
        """Read the private key: PEM (RSA or Ed25519), or an Ed25519 seed in base64.

        Raises:
            ValueError: it is none, or too weak.
        """
        self.domain = domain
        self.selector = selector
        self._key = _Key(_private_key(key))

    @property
    def weak(self) -> bool:
        """Whether the key is shorter than what is advised."""
        key = self._key.private
        return isinstance(key, rsa.RSAPrivateKey) and key.key_size < RSA_WANTED

    @property
    def name(self) -> str:
        """Give the name under which the key is published (RFC 6376 section 3.6.2.1)."""
        return f"{self.selector}._domainkey.{self.domain}"

    @cached_property
    def record(self) -> str:
        """Give the TXT record that publishes the key (RFC 6376 section 3.6.1)."""
        public = self._key.private.public_key()
        if isinstance(public, rsa.RSAPublicKey):
            raw = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            return f"v=DKIM1; k=rsa; p={base64.b64encode(raw).decode()}"
        raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        return f"v=DKIM1; k=ed25519; p={base64.b64encode(raw).decode()}"

    def sign(self, content: bytes, at: datetime) -> bytes:
        """Give the mail with its DKIM-Signature on top, as made at the moment ``at``."""
        # Imported here: dkimpy loads a DNS library, and most commands sign nothing.
        import dkim
        from dkim.canonicalization import CanonicalizationPolicy

        head, _, body = content.partition(b"\r\n\r\n")
        signature: Any = dkim.DKIM(head + b"\r\n\r\n")
        present = {name.decode("ascii", "replace").lower() for name, _ in signature.headers}
        names = [name.encode() for name in [n for n in _SIGNED if n in present] + _ONCE]
        fields = [
            (b"v", b"1"),
            (b"a", self._key.algorithm),
            (b"c", b"relaxed/relaxed"),
            (b"d", self.domain.encode()),
            (b"s", self.selector.encode()),
            (b"t", str(int(at.timestamp())).encode()),
            (b"h", b" : ".join(names)),
            (b"bh", base64.b64encode(hashlib.sha256(_relaxed(body)).digest())),
            (b"b", b"0" * 60),  # dkimpy folds before this, then puts the signature in its place
        ]
        signature.hasher = hashlib.sha256
        # With this name dkimpy lets the key itself sign the digest (RFC 8463 section 3).
        signature.signature_algorithm = b"ed25519-sha256"
        policy = CanonicalizationPolicy.from_c_value(b"relaxed/relaxed")
        value: bytes = signature.gen_header(fields, names, policy, _NAME, self._key)
        return _NAME + b": " + value + content


@dataclass(frozen=True, slots=True)
class _Signed:
    signature: bytes


@dataclass(frozen=True, slots=True)
class _Key:
    """A private key in the shape that dkimpy asks to sign a digest."""

    private: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey

    @property
    def algorithm(self) -> bytes:
        return b"rsa-sha256" if isinstance(self.private, rsa.RSAPrivateKey) else b"ed25519-sha256"

    def sign(self, digest: bytes) -> _Signed:
        if isinstance(self.private, rsa.RSAPrivateKey):
            hashed = utils.Prehashed(hashes.SHA256())
            return _Signed(self.private.sign(digest, padding.PKCS1v15(), hashed))
        return _Signed(self.private.sign(digest))


def _private_key(text: str) -> rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey:
    if "-----BEGIN" not in text:
        return _seed(text)
    try:
        key = load_pem_private_key(text.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        locked = isinstance(error, TypeError)
        fault = "is locked with a password" if locked else "holds no private key that can be read"
        raise ValueError(f"{fault}; {_MAKE_ONE}") from None
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= RSA_LEAST:
        return key
    bits = f"an RSA key of {key.key_size} bits" if isinstance(key, rsa.RSAPrivateKey) else "a key"
    raise ValueError(f"holds {bits} that mail servers do not accept; {_MAKE_ONE}")


_MAKE_ONE = "make one: (umask 077; openssl genrsa -out dkim.pem 2048)"


def _seed(text: str) -> ed25519.Ed25519PrivateKey:
    """Read a bare Ed25519 key, as dkimpy's dknewkey writes it."""
    try:
        seed = base64.b64decode(text.strip(), validate=True)
        return ed25519.Ed25519PrivateKey.from_private_bytes(seed)
    except (binascii.Error, ValueError):
        raise ValueError(f"holds no private key that can be read; {_MAKE_ONE}") from None


def _relaxed(body: bytes) -> bytes:
    """Bring a body with CRLF line ends to its relaxed form (RFC 6376 section 3.4.4).

    As dkimpy does, but without a regular expression that stops at every space.
    """
    body = body.replace(b"\t", b" ")
    while b"  " in body:
        body = body.replace(b"  ", b" ")
    body = body.replace(b" \r\n", b"\r\n").removesuffix(b" ")
    while body.endswith(b"\r\n"):
        body = body[:-2]
    return body + b"\r\n" if body else b""
