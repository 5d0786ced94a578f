"""What the engine reads and patches of MiniStack's `services.scheduler`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from localcloud.engine.ministack.facade import Facade, Name, Patch
from localcloud.engine.ministack.types import Record, Response, Store


class Scheduler(Facade, module="ministack.services.scheduler"):
    """MiniStack's `services.scheduler`."""

    create_schedule: Patch[Callable[[str, Record], Response]] = Patch("_create_schedule", "scheduler.adapter")
    tick_schedules: Patch[Callable[[], float]] = Patch("_tick_schedules", "scheduler.adapter")
    ticker_loop: Patch[Callable[[], None]] = Patch("_ticker_loop", "scheduler.adapter")
    update_schedule: Patch[Callable[[str, Record], Response]] = Patch("_update_schedule", "scheduler.adapter")

    delete_schedule: Name[Callable[[str, Mapping[str, str]], Response]] = Name("_delete_schedule")
    error: Name[Callable[[int, str, str], Response]] = Name("_error")
    schedules: Name[Store] = Name("_schedules")
    time_module: Name[Any] = Name("time")


scheduler = Scheduler()
