"""Says in a few words what some bytes are, for a listing that is not one."""

from __future__ import annotations

import json
import re

from digest.text import plain, shorten

_MAGIC = {
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"%PDF": "a PDF file",
    b"PK\x03\x04": "a ZIP archive (or an Office file)",
    b"\x1f\x8b": "gzip-compressed bytes",
    b"\x28\xb5\x2f\xfd": "zstd-compressed bytes",
    b"BZh": "bzip2-compressed bytes",
    b"\x7fELF": "a program",
    b"SQLite format 3": "an SQLite database",
}
_ROOT = re.compile(rb"<(?:[\w-]+:)?([A-Za-z][\w.-]*)")
_TITLE = re.compile(rb"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_LOOKED_AT = 4096


def describe(body: bytes) -> str:
    """Name the format of ``body`` and what stands out in it."""
    head = body[:_LOOKED_AT].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not head:
        return "an empty file"
    for magic, name in _MAGIC.items():
        if head.startswith(magic):
            return name
    if re.match(rb"(?i)<!doctype html|<html|<head|<body", head):
        title = _TITLE.search(body[: _LOOKED_AT * 8])
        named = f' titled "{_words(title.group(1))}"' if title and title.group(1).strip() else ""
        return f"an HTML page{named}"
    if head[:1] == b"<":
        root = _ROOT.search(re.sub(rb"(?s)<!--.*?-->|<\?.*?\?>|<![^>]*>", b"", head))
        return f"XML whose root is <{root.group(1).decode('ascii')}>" if root else "broken XML"
    if re.match(rb"\{\s*[\"}]|\[\s*[\[\]{\"\d-]", head):
        return _describe_json(body)
    if b"\x00" in head:
        return "binary data"
    return f'text that begins "{_words(head)}"'


def _describe_json(body: bytes) -> str:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        return f"broken JSON ({error})" if isinstance(error, ValueError) else "JSON nested too deep"
    if isinstance(content, dict):
        said = content.get("error") or content.get("message")
        if isinstance(said, str):
            return f'a JSON object that says "{shorten(plain(said), 80)}"'
        names = shorten(plain(", ".join(map(str, list(content)[:5]))), 80) or "nothing"
        return f"a JSON object holding {names}"
    if isinstance(content, list):
        kind = type(content[0]).__name__ if content else "nothing"
        return f"a JSON list of {kind}"
    return f"the JSON value {shorten(plain(json.dumps(content)), 40)}"


def _words(raw: bytes) -> str:
    return shorten(plain(raw.decode("utf-8", "replace")), 60)
