"""The engine put together: MiniStack, what is mended of it, our own services in their places, our layers."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from localcloud.clock import CLOCK, read_ahead
from localcloud.engine import (
    deliveries,
    events,
    gateway_v2,
    hooks,
    mends,
    quick,
    speed,
    states,
    streams,
    traces,
    watchtower,
)
from localcloud.engine.asgi import Application
from localcloud.engine.commits import Commits
from localcloud.engine.feed import Feed
from localcloud.engine.formation.additions import add_types
from localcloud.engine.formation.stand_ins import stand_ins_of
from localcloud.engine.gate import EngineGate, gated
from localcloud.engine.iam import AuthorizationLayer
from localcloud.engine.layers import own_routes, stack
from localcloud.engine.measures import measure_events
from localcloud.engine.ministack.app import app as ministack_app
from localcloud.engine.ministack.facade import Facade, assign_patches
from localcloud.engine.pages import Pages
from localcloud.engine.quotas import Quotas
from localcloud.engine.settings import Settings
from localcloud.engine.streaming import streamed_invocations
from localcloud.engine.time_machine import ClockPage
from localcloud.engine.unserved import answered, take_every_name_for_a_service, unserved_services

if TYPE_CHECKING:
    from localcloud.engine.durable import Durable, Keeper
    from localcloud.engine.iam.guard import Guard


class Attached(Protocol):
    """A part that works on the event loop."""

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin, on that loop."""


class Sender(Protocol):
    """A part that sends by itself, until it is stopped."""

    def stop(self) -> None:
        """Begin nothing new."""


@dataclass(frozen=True)
class Assembled:
    """An engine that is ready to be served."""

    application: Application
    feed: Feed
    gate: EngineGate
    durable: Durable | None
    attached: tuple[Attached, ...]
    senders: tuple[Sender, ...]


def assemble(settings: Settings) -> Assembled:
    """Return the engine for these settings. It changes MiniStack's modules: once in a process.

    Raises
    ------
    localcloud.engine.mends.MendError
        This MiniStack is not the one that the mends are written for.
    localcloud.journal.JournalError
        The data folder cannot be used.
    """
    feed = Feed()
    # MiniStack reads its environment while it is imported, so it must be complete by now.
    os.environ.update(settings.ministack_environment())
    if settings.data is not None:
        # Before MiniStack writes its first key: users and keys are private.
        os.umask(0o077)
    speed.leave_http2_out()
    gate = EngineGate(quotas=Quotas(settings.quotas))
    gate.faults.set(settings.faults)
    # Some of what the meter looks at, mends keep a reference to.
    commits = Commits()
    hooks.look_in(gate, commits)
    mends.apply(mends.Context(settings=settings, feed=feed))
    if settings.short_ways:
        quick.take_short_cuts(gate.meter)

    app = ministack_app.app
    _iam(gate, settings, feed)
    watch = watchtower.install(app, gate, settings)
    workflows = states.install(app, gate, settings)
    sns = deliveries.install(app, gate, settings)
    kinesis = streams.install(gate, feed)
    analytics = streams.Analytics.install(app, gate, settings, kinesis)
    xray = f"http://{settings.xray}" if settings.xray else ""
    traces.form(xray)
    gateway_v2.install(feed, settings.region)
    add_types(feed)
    rules = events.install(app, gate, settings)
    measure_events(gate.meter.metrics, rules.journal)
    keepers = (workflows, sns, rules, kinesis, analytics.firehose, analytics.athena)
    speed.copy_items_quickly()
    speed.know_protocols_cheaply()
    take_every_name_for_a_service()
    # What a journal patches, too, is complete once it has given the services their state back.
    assign_patches(without="" if settings.data is None else "durable.")
    durable = None if settings.data is None else _restored(settings.data, keepers)
    assign_patches()
    Facade.settle()
    pages = Pages(
        *(gate, commits, settings.lambda_url, watch, None if durable is None else durable.resume),
        flush=analytics.firehose.flush,
        destination=rules.call_destination,
        clock=ClockPage(settings.lambda_url, settings.data, workflows.service.moved),
        iam=gate.iam,
    )
    layers = [
        own_routes(feed, pages, sns.keys.file),
        gated(gate),
        traces.xray_requests(xray),
        traces.traced_requests,
        streamed_invocations(settings.lambda_url),
        unserved_services(stand_ins_of, answered),
    ]
    return Assembled(
        stack(app, layers),
        feed,
        gate,
        durable,
        (feed, sns, watch, rules, analytics.firehose),
        (sns, rules, analytics, kinesis),
    )


def _iam(gate: EngineGate, settings: Settings, feed: Feed) -> None:
    """Put IAM into the gate, where it is on."""
    mode = settings.iam
    if mode == "off":
        return
    # What is lacking is said, however little else is.
    logging.getLogger("localcloud.engine.iam").setLevel(logging.INFO)

    def guard() -> Guard:
        from localcloud.engine.iam.guard import Guard  # noqa: PLC0415 - with the first call of a role

        return Guard(mode, settings.account, settings.secret)

    gate.iam = AuthorizationLayer(guard, settings.account, lambda: feed.publish({"kind": "iam"}))


def _restored(data: Path, keepers: Sequence[Keeper]) -> Durable:
    """Return the journal of a data folder, with everything in its place that it holds."""
    # Nothing of this is imported where nothing is kept.
    from localcloud.engine.durable import Durable  # noqa: PLC0415

    # Timers of an earlier run are set by the clock that it had.
    CLOCK.begin(read_ahead(data))
    durable = Durable.open(data, keepers)
    durable.restore()
    return durable
