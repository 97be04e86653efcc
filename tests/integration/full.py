"""Plans and sends on a small disk that is full again and again, and prints what came of it.

    python tests/integration/full.py FOLDER [SEED]

tests/integration/test_power.py begins it in a folder that is a disk of its own. Each pass finds a
few kilobytes more than what was there, until one comes to its end; of each a line says what was
planned, sent and received by then, and what ended it. The last line says how many came twice.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from digest.errors import DigestError
from digest.store.reserve import SIZE
from integration.conftest import Clock, Project
from integration.servers import Mailbox, smtp

READERS = 150
STEP = 25_000  # bytes
LEAST = 55_000  # for the index beside the log and a few marks


def main(folder: Path, seed: int) -> None:
    """Fill the disk, run, make room, and run again."""
    box, chance = Mailbox(), Random(seed)
    with smtp(box) as port:
        project = Project(folder, Clock(datetime.now(UTC)), port)
        project.papers(*range(1, 9))
        project.subscribe(*(f"r{number}@example.org" for number in range(READERS)))
        project.app.pull()
        told, room = "", 0
        while told != "done":
            ballast = fill(folder, room)
            told = run(project)
            ballast.unlink()
            rows = project.outbox()
            sent = sum(row.status == "sent" for row in rows)
            print(len(rows), sent, len(set(box.recipients)), told, sep="|")  # noqa: T201 a program's output
            reserve = folder / "digest.db.reserve"
            kept = reserve.stat().st_size if reserve.exists() else 0
            # Planning gets more from pass to pass; to sending just enough is left to begin.
            room = SIZE - kept + LEAST + chance.randrange(STEP) if rows else room + STEP
        print(len(box.mails) - len(set(box.recipients)))  # noqa: T201


def fill(folder: Path, room: int) -> Path:
    """Leave so many bytes free."""
    left = os.statvfs(folder)
    ballast = folder / "ballast"
    ballast.write_bytes(bytes(max(left.f_bavail * left.f_frsize - room, 0)))
    return ballast


def run(project: Project) -> str:
    """Run; gives what ended it."""
    try:
        project.app.run(fetch=False)
    except DigestError as error:
        return str(error)
    return "done"


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)
