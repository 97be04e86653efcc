"""Moves CSS into style attributes; the one place that uses premailer."""

from __future__ import annotations

import logging
import re
from typing import Any


def inline(html: str) -> str:
    """Move the CSS of plain ``<style>`` blocks into style attributes.

    A block marked ``data-premailer="ignore"`` (dark mode) stays as it is.
    """
    # Imported here: premailer costs 150 ms, and commands without mail need not pay it.
    from premailer import Premailer

    inlined: Any = Premailer(
        html,
        allow_network=False,
        strip_important=False,
        remove_classes=False,
        cssutils_logging_level=logging.CRITICAL,
        disable_validation=True,
        disable_leftover_css=True,
        # An image keeps the size that its attributes say; the CSS makes it fluid.
        disable_basic_attributes=["width", "height"],
    ).transform()
    return re.sub(r"\n\s*\n+", "\n", str(inlined))
