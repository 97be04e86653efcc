"""digest.meaning and digest.store.vectors: each text is embedded once, and kept on disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from builders import Toy, entry, interest

from digest import lexicon
from digest.errors import ModelError
from digest.match import Floats, rank
from digest.meaning import AT_ONCE, Meaning
from digest.model import Entry, Example, Interest, Profile
from digest.pool import Pool
from digest.space import STATIC, TRANSFORMER
from digest.store.vectors import open_vectors

TEXTS = ["graph networks", "boiling pasta", "graph networks"]
POOL = Pool([entry("Graphs", summary="Of networks."), entry("Pasta")])
WANTED = interest(text="graph networks", examples=(Example(title="Loom"),))


def break_header(folder: Path) -> None:
    """Put something else in the place of the database."""
    (folder / "vectors.db").write_bytes(b"not a database" * 99)


def break_table(folder: Path) -> None:
    """Have a table with other columns."""
    with sqlite3.connect(folder / "vectors.db") as db:
        db.execute("CREATE TABLE vectors (other TEXT)")
    db.close()


def break_writing(folder: Path) -> None:
    """Have a table that refuses what is put into it."""
    with open_vectors(folder), sqlite3.connect(folder / "vectors.db") as db:
        db.execute(
            "CREATE TRIGGER no BEFORE INSERT ON vectors BEGIN SELECT raise(ABORT, 'full'); END"
        )
    db.close()


def break_folder(folder: Path) -> None:
    """Have a file where the folder should be."""
    folder.rmdir()
    folder.write_text("a file", encoding="utf-8")


def test_each_text_is_embedded_once(tmp_path: Path) -> None:
    """Texts that come twice, on one day or the next, are embedded the first time only."""
    model = Toy()
    for _ in range(2):
        Meaning(embedder=model, folder=tmp_path).vectors(model, TEXTS)
    assert TEXTS[:2] == model.asked


def test_what_strangers_type_is_not_kept(tmp_path: Path) -> None:
    """Without `keeps` neither vectors nor bags of new texts reach the folder."""
    model = Toy()
    for _ in range(2):
        Meaning(embedder=model, folder=tmp_path, keeps=False).furnished(POOL, [WANTED])
    asked = [text for text in model.asked if text == "graph networks"]
    with sqlite3.connect(tmp_path / "vectors.db") as db:
        kept = db.execute("SELECT count(*) FROM vectors").fetchone()
    db.close()
    assert (2, (0,)) == (len(asked), kept)


def test_only_what_is_new_is_embedded(tmp_path: Path) -> None:
    """On the next day the entries of that day are embedded, and no others."""
    model = Toy()
    meaning = Meaning(embedder=model, folder=tmp_path)
    meaning.furnished(POOL, [WANTED])
    model.asked.clear()
    meaning.furnished(Pool([*POOL.entries, entry("A whale")]), [WANTED])
    assert ["A whale"] == model.asked


def test_the_second_day_ranks_as_the_first(tmp_path: Path) -> None:
    """Vectors embedded now are the very ones that the cache gives later."""
    meaning = Meaning(embedder=Toy(), folder=tmp_path)
    first, second = (meaning.furnished(POOL, [WANTED]).space for _ in range(2))
    assert first is not None
    assert second is not None
    np.testing.assert_array_equal(first.entries, second.entries)


def test_vectors_of_another_model_are_not_mixed(tmp_path: Path) -> None:
    """A model gets its own vectors back, though another has embedded the same texts."""
    one, other = Toy("one"), Toy("other", width=8)
    found = [Meaning(embedder=m, folder=tmp_path).vectors(m, TEXTS) for m in (one, other, one)]
    assert [16, 8, 16] == [len(vectors["boiling pasta"]) for vectors in found]
    np.testing.assert_array_equal(found[0]["boiling pasta"], found[2]["boiling pasta"])


@pytest.mark.parametrize("ruin", [break_header, break_table, break_writing, break_folder])
def test_a_broken_cache_costs_only_time(tmp_path: Path, ruin: Callable[[Path], None]) -> None:
    """Whatever is wrong with the cache, every text has its vector, embedded again each time."""
    folder = tmp_path / "cache"
    folder.mkdir()
    ruin(folder)
    model = Toy()
    for _ in range(2):
        found = Meaning(embedder=model, folder=folder).vectors(model, TEXTS)
    assert (set(TEXTS), TEXTS[:2] * 2) == (set(found), model.asked)


def test_the_cache_may_be_deleted(tmp_path: Path) -> None:
    """A cache that is gone is made again."""
    model = Toy()
    meaning = Meaning(embedder=model, folder=tmp_path / "made" / "here")
    meaning.vectors(model, TEXTS)
    for file in (tmp_path / "made" / "here").iterdir():
        file.unlink()
    assert set(TEXTS) == set(meaning.vectors(model, TEXTS))


def test_odd_texts_are_kept(tmp_path: Path) -> None:
    """A text of nothing, of any script, or with half of a pair has a place in the cache."""
    texts = ["", "グラフ", "a \ud800 b", "x" * 100_000]
    with open_vectors(tmp_path) as cache:
        cache.put("toy", {text: np.full(4, n, np.float32) for n, text in enumerate(texts)})
        assert {text: float(n) for n, text in enumerate(texts)} == {
            text: float(vector[0]) for text, vector in cache.get("toy", texts).items()
        }


def test_many_vectors_at_once(tmp_path: Path) -> None:
    """More texts than a statement has parameters are looked up together."""
    texts = [str(number) for number in range(40_000)]
    with open_vectors(tmp_path) as cache:
        cache.put("toy", dict.fromkeys(texts, np.ones(2, np.float32)))
        assert len(texts) == len(cache.get("toy", [*texts, "unknown"]))


@pytest.mark.parametrize(
    ("entries", "wanted"),
    [(POOL.entries, interest(keywords=("graph",))), ((), WANTED)],
    ids=["nothing to compare with", "nothing to compare"],
)
def test_nothing_is_embedded_in_vain(
    tmp_path: Path, entries: tuple[Entry, ...], wanted: Interest
) -> None:
    """Without texts of interests, or without entries, the model is left alone."""
    model = Toy()
    found = Meaning(embedder=model, folder=tmp_path).furnished(Pool(entries), [wanted])
    assert (None, []) == (found.space, model.asked)


def test_without_a_model_there_is_no_space(tmp_path: Path) -> None:
    """Without a model nothing is embedded; who asks for no texts needs no cache either."""
    meaning = Meaning(embedder=None, folder=tmp_path / "cache")
    assert (POOL, False) == (meaning.furnished(POOL, [interest()]), meaning.folder.exists())
    assert None is meaning.furnished(POOL, [WANTED]).space


def test_bags_are_kept(tmp_path: Path) -> None:
    """What texts were taken apart to comes back from the disk as it was, title and all."""
    texts = [("Graphs", "Of networks."), ("Graphs. Of networks.", "")]
    made = Meaning(embedder=None, folder=tmp_path).bags(texts)
    with open_vectors(tmp_path) as cache:
        kept = cache.bags(made)
    for key, text in zip(made, texts, strict=True):
        expected = lexicon.bag(*text)
        assert expected.ids.tolist() == kept[key].ids.tolist()
        assert expected.weights.tolist() == kept[key].weights.tolist()


def test_kept_bags_rank_the_same(tmp_path: Path) -> None:
    """The second day, when bags come from the disk, ranks as the first."""
    meaning = Meaning(embedder=Toy(), folder=tmp_path)
    first, second = (meaning.furnished(POOL, [WANTED]) for _ in range(2))
    profile = Profile(interests=(WANTED,))
    expected = rank([profile], first)[0].scores.tolist()
    assert expected == rank([profile], second)[0].scores.tolist()


def test_long_work_is_told_and_kept_as_it_goes(tmp_path: Path) -> None:
    """More texts than fit one step are announced; those of the steps done survive a failure."""
    heard: list[str] = []

    class Failing(Toy):
        def embed(self, texts: Sequence[str]) -> Floats:
            if self.asked:
                raise ModelError("out of breath")
            return super().embed(texts)

    texts = [f"text {n}" for n in range(AT_ONCE + 1)]
    meaning = Meaning(embedder=Toy(), folder=tmp_path, told=heard.append)
    with pytest.raises(ModelError):
        meaning.vectors(Failing(), texts)
    assert [f"reading {AT_ONCE + 1} texts for the first time; it takes a while, once"] == heard
    with open_vectors(tmp_path) as cache:
        assert AT_ONCE == len(cache.get("toy", texts))


def test_word_vectors_are_tuned_apart(tmp_path: Path) -> None:
    """Static word vectors have a curve of their own."""
    transformer, static = Toy(), Toy("static")
    static.static = True
    found = [
        Meaning(embedder=model, folder=tmp_path).furnished(POOL, [WANTED]).space
        for model in (transformer, static)
    ]
    assert [TRANSFORMER, STATIC] == [space and space.tuning for space in found]
