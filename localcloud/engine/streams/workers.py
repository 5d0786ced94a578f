"""The worker of SQL that Firehose and Athena share; not made before the first of them needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localcloud.engine.settings import Settings

if TYPE_CHECKING:
    from localcloud.streams.sql.facade import Worker


class Workers:
    """Has the worker."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._worker: Worker | None = None

    @property
    def worker(self) -> Worker:
        """The worker; its process comes with the first request."""
        if self._worker is None:
            from localcloud.engine.streams.around import worker_of  # noqa: PLC0415

            self._worker = worker_of(self._settings)
        return self._worker

    def stop(self) -> None:
        """End the process, if there is one."""
        if self._worker is not None:
            self._worker.stop()
