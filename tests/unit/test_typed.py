"""digest.web.typed: what a form may hold is bounded, whoever wrote it."""

from __future__ import annotations

import json

from starlette.datastructures import FormData

from digest.web import typed


def test_a_form_holds_a_thousand_papers() -> None:
    """Of forged papers in the hidden fields of many interests no more than 1,000 are taken."""
    papers = json.dumps([[f"k{at}", f"Paper {at}", "", 2020] for at in range(400)])
    fields = [(f"interest-{at}-library", papers) for at in range(4)]
    form = typed.read(FormData([("interests", "4"), *fields]))
    assert [400, 400, 200, 0] == [len(block.library) for block in form.blocks]
