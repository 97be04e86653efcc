"""digest.watching: a stamp changes with the files, and with nothing else."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

from digest.watching import stamp


def test_a_stamp_changes_with_the_files(tmp_path: Path) -> None:
    """New content, another file in its place, one that comes to a folder, and one that goes."""
    file, folder = tmp_path / "file", tmp_path / "folder"
    folder.mkdir()
    stamps = [stamp([file, folder])]
    for change in (
        lambda: file.write_text("one", encoding="utf-8"),
        lambda: file.write_text("longer", encoding="utf-8"),
        lambda: os.utime(file, ns=(5, 5)),
        lambda: (tmp_path / "new").write_text("longer", encoding="utf-8"),
        lambda: os.utime(tmp_path / "new", ns=(5, 5)),
        lambda: (tmp_path / "new").replace(file),
        lambda: (folder / "inner").write_text("", encoding="utf-8"),
        (folder / "inner").unlink,
    ):
        change()
        stamps.append(stamp([file, folder]))
    differ = [before != after for before, after in pairwise(stamps)]
    # What lies beside the files changes nothing.
    assert [True, True, True, False, False, True, True, True] == differ


def test_an_order_is_no_change(tmp_path: Path) -> None:
    """The same files in another order have the same stamp."""
    files = [tmp_path / name for name in "ab"]
    for file in files:
        file.write_text(file.name, encoding="utf-8")
    assert stamp(files) == stamp(files[::-1])
