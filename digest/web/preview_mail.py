"""Shows a mail as clients do that want it light, or dark, whatever the browser wants. Pure."""

from __future__ import annotations

import re

_FEATURE = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(dark|light)\s*\)", re.IGNORECASE)
_META = re.compile(
    r'(<meta\s+name="(?:supported-)?color-schemes?"\s+content=")[^"]*', re.IGNORECASE
)
_ALWAYS, _NEVER = "(min-width: 0)", "(max-width: 0)"


def in_scheme(html: str, scheme: str) -> str:
    """Give a mail with its media queries answered, and the canvas in the ``scheme``."""
    answered = _FEATURE.sub(lambda m: _ALWAYS if m[1].lower() == scheme else _NEVER, html)
    named = _META.sub(rf"\g<1>{scheme}", answered)
    canvas = f"<style>:root {{ color-scheme: {scheme} !important; }}</style>"
    return named.replace("</head>", f"{canvas}</head>", 1)
