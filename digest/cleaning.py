"""Brings what a listing or a profile says to what a mail may show. Pure.

The store keeps plain text; here LaTeX becomes Unicode, and what a reader, a client or a filter
would take for markup is defused, for it can only be a mistake or an attempt.
"""

from __future__ import annotations

import html
import re
from functools import lru_cache
from urllib.parse import quote, urlsplit

from digest.address import ascii_domain
from digest.latex import to_unicode
from digest.text import plain, shorten, squash

_AT_ONCE = 20_000  # characters of one field that are looked at
_LINK_MOST = 2000
_WORST = 20  # characters of LaTeX that one may take to write
_WORD_MOST = 68
_ENTITY = re.compile(r"&(?:[A-Za-z]{2,31}|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});")
# A tag, and no comparison: "a<i and i>b".
_ATTRIBUTE = r"""\s+[\w:-]+(?:=(?:"[^"<>]*"|'[^'<>]*'|[^\s<>"']+))"""
_TAG = re.compile(rf"<(/?[A-Za-z][\w:-]*(?:{_ATTRIBUTE})*\s*/?|!--[^<>]*)>|<(?=!--)")
# What marks words does so from here to there; alone it is a word itself: the token <s>.
_LONE = re.compile(r"<(s|b|i|u|em|strong|code|sub|sup|small|span|q)>", re.IGNORECASE)
_TEMPLATE = re.compile(r"\{(?=[{%#])|(?<=[}%#])\}")
_RULE = re.compile(r"\{([^{}]*:[^{}]*;[^{}]*)\}")
# Words that nothing below would change.
_SOUND = re.compile(r"[\w,.;:!?'()/+-]+(?: [\w,.;:!?'()/+-]+)*", re.ASCII)
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|[\w.-]+\.[a-z]{2,6}(?:/\S*)?", re.IGNORECASE)
_HOST = re.compile(r"(?=.*[A-Za-z])[^\s.:]+(?:\.[^\s.:]+)+\.?")


@lru_cache(maxsize=16_384)
def shown(value: str, most: int) -> str:
    """Give one field as a mail shows it, on one line and of at most ``most`` characters."""
    return shorten(whole(value), most)


@lru_cache(maxsize=4096)
def whole(value: str) -> str:
    """Give one field as a mail shows it, in its full length up to 20,000 characters."""
    if len(value) <= _AT_ONCE and _SOUND.fullmatch(value):
        return value
    text = squash(to_unicode(plain(_LONE.sub(_named, value[:_AT_ONCE]))))
    for _ in range(3):  # a feed that escapes twice, or a reader of it that did
        if not _ENTITY.search(text):
            break
        text = squash(html.unescape(text))
    text = _TAG.sub(lambda tag: f"‹{tag[1]}›" if tag[1] is not None else "‹", text)  # noqa: RUF001 looks alike on purpose
    text = _TEMPLATE.sub(lambda brace: f"{brace[0]} " if brace[0] == "{" else f" {brace[0]}", text)
    text = _RULE.sub(r"(\1)", text)
    return text.replace("@media", "@ media")


def _named(tag: re.Match[str]) -> str:
    """Leave a tag that is closed somewhere, and show the name of one that is not."""
    return tag[0] if f"</{tag[1]}>".lower() in tag.string.lower() else f"‹{tag[1]}›"  # noqa: RUF001 as below


def titled(value: str, most: int) -> str:
    """Give a title; one that is an address is quoted, so that no link shows another's."""
    title = shorten(" ".join(map(_parted, whole(value[: most * _WORST]).split())), most)
    return f"“{title}”" if _ADDRESS.fullmatch(title) or "://" in title[:8] else title


def _parted(word: str) -> str:
    """Part a word that no line of a mail holds: after its last mark, or where it must be."""
    parts: list[str] = []
    while len(word) > _WORD_MOST:
        start = word[:_WORD_MOST]
        marks = [at for at, char in enumerate(start, 1) if not char.isalnum()]
        at = marks[-1] if marks and marks[-1] > _WORD_MOST // 2 else _WORD_MOST
        parts.append(word[:at])
        word = word[at:]
    return " ".join([*parts, word])


def sound_url(value: str) -> str:
    """Give an address that a mail may link to, or "": http(s), to a host that has a name.

    A bare number or a host without a dot is what filters and readers know from phishing.
    """
    if len(value) > _LINK_MOST or not value.isprintable():
        return ""
    try:
        parts = urlsplit(value)
        host = parts.hostname or ""
        user = parts.username
    except ValueError:
        return ""
    if parts.scheme.lower() not in {"http", "https"} or user or not _HOST.fullmatch(host):
        return ""
    if not host.isascii():
        value = value.replace(parts.netloc, parts.netloc.replace(host, ascii_domain(host)), 1)
    return quote(value, safe="/?#[]@!$&'()*+,;=:%~", encoding="utf-8")
