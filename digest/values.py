"""Values of settings that need a check of their own: each is refused in words, with the cure."""

from __future__ import annotations

import re
from pathlib import Path

from digest.address import ascii_domain
from digest.returnpath import LOCAL_MOST
from digest.schema import check_address

_PULL_MOST = 7 * 1440  # minutes
_CRON_FIELD = re.compile(
    r"(?:\*|\d+(?:-\d+)?|[a-z]{3}(?:-[a-z]{3})?)(?:/\d+)?(?:,[\d/a-z-]+)*", re.IGNORECASE
)
_CRON_SPANS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))  # minute, hour, day, month, weekday
_PAGE = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9-]+(?:\.[a-z0-9-]+)*|\[[0-9a-f:]+\])(?::\d{1,5})?"
    r"(?:/[a-z0-9_~-][a-z0-9._~-]*)*",
    re.IGNORECASE,
)
_LOOPBACK = re.compile(r"localhost|127(?:\.\d{1,3}){3}|\[::1\]", re.IGNORECASE)
_PORT_MOST = 65535
_LABEL_MOST = 63  # RFC 1035 section 2.3.4
_NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9])?)*")


def colour(value: str) -> str:
    """Check a colour, and give it in lower case: #rrggbb."""
    digits = value.removeprefix("#")
    if not value.startswith("#") or len(digits) != 6 or not _is_hex(digits):  # noqa: PLR2004
        raise ValueError(f'"{value}" is not a colour; write six hexadecimal digits, as "#0b57d0"')
    return value.lower()


def image(value: str) -> str:
    """Check the address of an image that mail clients show."""
    if not re.fullmatch(r"https://[^\s/]+\.[^\s/]+/\S+\.(?:png|jpe?g|gif)", value, re.IGNORECASE):
        raise ValueError(f'"{value}" is not an image; write https://... ending in .png or .jpg')
    return value


def images(value: object) -> object:
    """Check whether mails show no images, the sources' own, or carry them."""
    if isinstance(value, bool) or value == "attached":
        return value
    raise ValueError(f'{value!r} is not one of the choices; write true, false or "attached"')


def _is_hex(digits: str) -> bool:
    return all(char in "0123456789abcdefABCDEF" for char in digits)


def pull(value: str) -> str:
    """Check when sources are pulled: every so many minutes, or a cron line."""
    parts = value.split()
    if len(parts) == 2 and parts[0] == "every" and 0 < _minutes(parts[1]) <= _PULL_MOST:  # noqa: PLR2004
        return value
    if len(parts) == len(_CRON_SPANS) and all(map(_is_cron_field, parts, _CRON_SPANS)):
        return value
    raise ValueError(
        f'"{value}" is not a schedule; write "every 30m", or a cron line "15 */2 * * *"'
    )


def loopback(value: str) -> str:
    """Check where to listen for this machine alone, as host:port; empty for nowhere."""
    host_, colon, port = value.rpartition(":")
    if not value:
        return value
    if not colon or not port.isdecimal() or not 0 < int(port) <= _PORT_MOST:
        raise ValueError(f'"{value}" is no host and port; write for instance "127.0.0.1:9464"')
    if not _LOOPBACK.fullmatch(host_):
        cure = "write 127.0.0.1, [::1] or localhost, and let a proxy of yours show it to others"
        raise ValueError(f'"{value}" can be reached from other machines; {cure}')
    return value


def _is_cron_field(field: str, span: tuple[int, int]) -> bool:
    """Whether a field of a cron line is well formed, its numbers within their span."""
    numbers = [int(number) for number in re.findall(r"(?<!/)\b\d+", field)]
    return bool(_CRON_FIELD.fullmatch(field)) and all(
        span[0] <= number <= span[1] for number in numbers
    )


def _minutes(span: str) -> int:
    """Read ``30m``, ``2h`` or ``1d`` as minutes; 0 for anything else."""
    unit = {"m": 1, "h": 60, "d": 1440}.get(span[-1:], 0)
    return int(span[:-1]) * unit if span[:-1].isdecimal() else 0


def address_or_none(value: str) -> str:
    """Check an address that may be left out."""
    if value and not value.rpartition("@")[0].isascii():
        raise ValueError("has letters before the @ that not every server takes; use ASCII")
    return check_address(value) if value else value


def ascii_only(value: str) -> str:
    """Check a text that goes into a header as it stands."""
    if not value.isascii():
        raise ValueError("goes into a header; write it in ASCII")
    return value


def host(value: str) -> str:
    """Check the name of a server."""
    labels = value.rstrip(".").split(".")
    if not all(0 < len(label) <= _LABEL_MOST for label in labels):
        raise ValueError(f'"{value}" is not a host; write for instance "mail.example.org"')
    return value


def proxy(value: str) -> str:
    """Check the address of a proxy."""
    if value and not re.match(r"https?://[^\s/]+", value):
        raise ValueError(
            f'"{value}" is not a proxy; write for instance "http://proxy.example.org:3128"'
        )
    return value


def base_url(value: str) -> str:
    """Check where the page stands in public; mails carry it, so it is https but on this machine."""
    address = value.rstrip("/")
    found = _PAGE.fullmatch(address)
    if value and not found:
        cure = 'write for instance "https://digest.example.org"'
        raise ValueError(f'"{value}" is not the address of a page; {cure}')
    if found and found["scheme"] == "http" and not _LOOPBACK.fullmatch(found["host"]):
        raise ValueError(f'"{value}" goes in the clear; write https:// (http:// on this machine)')
    return address


def path(value: Path) -> Path:
    """Check a path of the configuration, with ~ for a home."""
    if "\0" in str(value):
        raise ValueError("holds a null character; write a path")
    try:
        return value.expanduser()
    except RuntimeError as error:
        raise ValueError(f"{value} cannot be resolved ({error}); write the whole path") from None


def name_or_none(value: str) -> str:
    """Check a name of the DNS, which goes into a header, and give it in ASCII."""
    name = ascii_domain(value.lower())
    if value and not _NAME.fullmatch(name):
        raise ValueError(f'"{value}" is not a name; write for instance "example.org"')
    return name


def return_address(value: str) -> str:
    """Check the address that bounces go to, which gets a mark of its own."""
    local = address_or_none(value).rpartition("@")[0]
    if len(local) > LOCAL_MOST or "+" in local:
        most = f"at most {LOCAL_MOST} characters before the @, and no +"
        raise ValueError(f'"{value}" leaves no room for who it was; write {most}')
    return value


def sender(value: str) -> str:
    """Check ``Name <address>`` or an address alone."""
    from email.utils import parseaddr

    name, address = parseaddr(value)
    if not address or "@" not in address or "@" in name:
        raise ValueError(f'"{value}" is not a sender; write "Digest <digest@example.org>"')
    check_address(address)
    if not address.rpartition("@")[0].isascii():
        raise ValueError(
            f'"{address}" has letters before the @ that not every server takes; use ASCII'
        )
    return value
