"""The whole answer matrix: stages times answers, out of an outbox on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from integration.conftest import Certificate
from integration.matrix import ANSWERS, STAGES, WAYS, outcome

ENDS = ["sent", *["run ends, then sent"] * 6]
LATER = ["sent", "deferred, then sent", "failed", *["deferred, then sent"] * 4]
CONTENT = ["sent", "deferred, then sent", "failed", *["uncertain, then sent"] * 4]
MATRIX = {
    "connect": ENDS,
    "EHLO": ["sent", "sent", "sent", *["run ends, then sent"] * 4],  # HELO is said instead
    "STARTTLS": ENDS,
    "AUTH": ENDS,
    "MAIL": LATER,
    "RCPT": LATER,
    "DATA": LATER,
    "final dot": CONTENT,
    "RSET": ["sent"] * 7,  # over another connection
    "QUIT": ["sent"] * 7,
}


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_is_answered(
    tmp_path: Path, certificate: Certificate, stage: str, answer: str
) -> None:
    """The mail comes to what the matrix says; nothing is lost, and only the uncertain comes twice.

    A pass that ends early says why in one line.
    """
    found = outcome(tmp_path, WAYS["pipelined"], stage, ANSWERS[answer], certificate)
    assert MATRIX[stage][list(ANSWERS).index(answer)] == found.cell(stage)
    sent = found.later.count("sent")
    assert (0, 2) == (found.said.count("\n"), sent + found.later.count("failed"))
    assert sent <= found.arrived
    if answer not in {"4xx", "5xx"}:  # with these the content may have come, and been refused
        assert found.arrived <= sent + found.once.count("uncertain")
