"""Writes how the daemon stands in the text format of Prometheus; the one use of its client.

No value names a subscriber: a metric is of a source, a job or a status.
"""

from __future__ import annotations

import platform
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from digest import __version__
from digest.errors import DigestError

if TYPE_CHECKING:
    from prometheus_client import Metric

    from digest.app import App
    from digest.daemon.pulse import Pulse
    from digest.store import Store

_DAY = timedelta(days=1)
_WAITING = ("planned", "submitting", "deferred", "uncertain")


def written(app: App, pulse: Pulse) -> tuple[bytes, str]:
    """Give all metrics as they are now, and their content type."""
    # Imported here: only a daemon that is watched needs it.
    from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
    from prometheus_client.registry import Collector

    class Ours(Collector):
        def collect(self) -> Iterator[Metric]:
            yield from _process(pulse)
            yield from _stored(app)

    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(Ours())
    return generate_latest(registry), "text/plain; version=0.0.4; charset=utf-8"


def _process(pulse: Pulse) -> Iterator[Metric]:
    """Tell what the process knows of itself: its version, jobs and outcomes."""
    from prometheus_client.core import (
        CounterMetricFamily,
        GaugeMetricFamily,
        SummaryMetricFamily,
    )

    build = GaugeMetricFamily(
        "digest_build_info", "Version of the program and of Python.", labels=["version", "python"]
    )
    build.add_metric([__version__, platform.python_version()], 1)
    yield build
    outcomes = CounterMetricFamily(
        "digest_outcomes", "Outcomes of deliveries since the start, by status.", labels=["status"]
    )
    for status, count in sorted(pulse.outcomes.copy().items()):
        outcomes.add_metric([status], count)
    yield outcomes
    spans = SummaryMetricFamily(
        "digest_job_seconds", "Runs of each job, and how long they took.", labels=["job"]
    )
    failures = CounterMetricFamily("digest_job_failures", "Runs that failed.", labels=["job"])
    ended = GaugeMetricFamily(
        "digest_job_ended_timestamp_seconds", "When a job last ended.", labels=["job"]
    )
    well = GaugeMetricFamily(
        "digest_job_success", "Whether a job's last run went well.", labels=["job"]
    )
    for name, job in sorted(pulse.jobs.copy().items()):
        if job.ended is not None:
            spans.add_metric([name], count_value=job.runs, sum_value=job.seconds)
            failures.add_metric([name], job.failures)
            ended.add_metric([name], job.ended.timestamp())
            well.add_metric([name], not job.trouble)
    yield from (spans, failures, ended, well)
    yield GaugeMetricFamily(
        "digest_healthy", "Whether /healthz says 200.", value=not pulse.faults()
    )


def _stored(app: App) -> Iterator[Metric]:
    """Tell what the database knows; whether it can be read is a metric too."""
    from prometheus_client.core import GaugeMetricFamily

    found: list[Metric] = []
    try:
        with app.store(create=False) as store:
            found = [*_outbox(app, store), *_sources(app, store)]
    except DigestError:
        found = []
    yield GaugeMetricFamily("digest_store_up", "Whether the database was read.", value=bool(found))
    yield from found


def _outbox(app: App, store: Store) -> Iterator[Metric]:
    from prometheus_client.core import GaugeMetricFamily

    counts = store.outbox.counts(changed_since=app.now() - _DAY)
    editions = GaugeMetricFamily(
        "digest_editions",
        "Editions by the status of their delivery: tried within a day, or planned.",
        labels=["status"],
    )
    for status, count in counts.items():
        editions.add_metric([status], count)
    yield editions
    depth = GaugeMetricFamily(
        "digest_outbox_depth", "Deliveries that wait for an answer.", labels=["status"]
    )
    waiting = store.outbox.waiting()
    for status in _WAITING:
        depth.add_metric([status], waiting.get(status, 0))
    yield depth
    upcoming = store.waiting.next()
    if upcoming is not None:
        yield GaugeMetricFamily(
            "digest_next_edition_timestamp_seconds",
            "When the next edition may be due.",
            value=upcoming.timestamp(),
        )


def _sources(app: App, store: Store) -> Iterator[Metric]:
    from prometheus_client.core import GaugeMetricFamily

    states = store.sources.all()
    state = GaugeMetricFamily(
        "digest_source_state", "1 for the state that a source is in.", labels=["source", "state"]
    )
    success = GaugeMetricFamily(
        "digest_source_success_timestamp_seconds", "When a source was last read.", labels=["source"]
    )
    failures = GaugeMetricFamily(
        "digest_source_failures", "Failures of a source in a row.", labels=["source"]
    )
    for source in app.config.sources:
        known = states.get(source.name)
        state.add_metric([source.name, known.state if known else "never fetched"], 1)
        failures.add_metric([source.name], known.failures if known else 0)
        if known and known.last_success:
            success.add_metric([source.name], known.last_success.timestamp())
    yield from (state, success, failures)
