"""The operator's page: how everything stands, for who sits at this machine or bears the token."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from digest.app import App
from digest.cleaning import shown
from digest.overview import DAYS, OUTBOX_DAYS, Overview, overview
from digest.web import plots
from digest.web.guarded import Guarded
from digest.web.limits import Limiter, Rate, client
from digest.web.pages import Pages

OPERATOR = "operator"
_RATE = Rate(burst=30, per_second=0.5)
_SAID_MOST = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Answers for the one page."""

    pages: Pages
    app: App
    guarded: Guarded
    clients: Limiter = field(default_factory=lambda: Limiter(_RATE))

    def routes(self, prefix: str) -> list[Route]:
        """Give the page's routes, with a token and without."""
        return self.guarded.routes(f"{prefix}/{OPERATOR}", self.board, OPERATOR)

    async def board(self, request: Request) -> Response:
        """Show the page."""
        self.clients.check(client(request))
        return await run_in_threadpool(self._made)

    def _made(self) -> Response:
        with self.app.store(create=False) as store:
            found = overview(store, self.app.config.sources, self.app.now())
        return self.pages.page(
            "operator",
            "How it runs",
            found=found,
            sources=[(line, plots.bars(line)) for line in found.sources],
            runs=[_run(row) for row in found.runs],
            growth=plots.line(found.growth, DAYS),
            days=DAYS,
            outbox_days=OUTBOX_DAYS,
            troubled=_troubled(found),
            height=plots.HEIGHT,
            wide=True,
            when=_when,
        )


def _when(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "never"


def _run(row: Mapping[str, Any]) -> dict[str, object]:
    """Give a run as it is listed."""
    report = row["report"]
    started, ended = (datetime.fromisoformat(row[name]) for name in ("started", "ended"))
    return {
        "started": started,
        "seconds": (ended - started).total_seconds(),
        "command": row["command"],
        "editions": report.get("editions", 0),
        "status": report.get("status", {}),
        "trouble": shown(report.get("trouble", ""), _SAID_MOST),
        "failed": [one["name"] for one in report.get("sources", ()) if one.get("failed")],
    }


def _troubled(found: Overview) -> list[dict[str, object]]:
    """Give the deliveries that an operator has to see to, with the server's words."""
    return [
        {
            "email": one.email,
            "date": one.edition.date,
            "status": one.status,
            "attempts": one.attempts,
            "next": one.next_attempt,
            "response": shown(one.response, _SAID_MOST),
        }
        for one in found.troubled
    ]
