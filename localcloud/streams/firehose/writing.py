"""Objects in S3: their names, and the attempts until they are there."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

from localcloud.streams.firehose.buffers import Clock
from localcloud.streams.firehose.compression import EXTENSIONS, compress
from localcloud.streams.firehose.destination import ObjectPlace
from localcloud.streams.firehose.interfaces import CallFailed, StreamServices
from localcloud.streams.firehose.prefixes import Moment
from localcloud.streams.firehose.records import Record

logger = logging.getLogger("localcloud.firehose")
# "Amazon Data Firehose keeps retrying for up to 24 hours until the delivery succeeds."
RETRY_SECONDS: Final = 24 * 3600.0
MOST_PAUSE: Final = 60.0
# Compressing more than this would hold up whatever else this process does.
LARGE: Final = 1 << 20


class Lost(Exception):
    """S3 has refused an object for as long as Firehose keeps one."""


class Writing:
    """Writes a stream's objects.

    Parameters
    ----------
    name, version
        The stream's: they are part of each object's name.
    log
        Takes the code and the message of a first refusal.
    """

    def __init__(
        self,
        name: str,
        version: int,
        services: StreamServices,
        clock: Clock,
        log: Callable[[str, str], Awaitable[None]],
    ) -> None:
        self._name, self._version, self._log = name, version, log
        self._services, self._clock = services, clock

    async def write(
        self,
        place: ObjectPlace,
        body: bytes,
        records: Sequence[Record],
        *,
        error: str = "",
        keys: tuple[Mapping[str, str], Mapping[str, str]] = ({}, {}),
    ) -> int:
        """Write an object, and return how many attempts it took.

        Parameters
        ----------
        error
            The kind of error, for an object under ``ErrorOutputPrefix``.
        keys
            Partition keys from a query, and from a function.

        Raises
        ------
        Lost
        """
        oldest = min((record.arrived for record in records), default=self._clock.now())
        prefix = (place.error if error else place.prefix).write(Moment(oldest, *keys, error=error))
        key = prefix + self._suffix(place, oldest, error)
        data = await self._compressed(place.compression, body, key)
        attempts, pause, started = 0, 1.0, self._clock.now()
        while True:
            attempts += 1
            try:
                await self._services.put_object(place.bucket, key, data)
            except CallFailed as refusal:
                if attempts == 1:
                    logger.warning(
                        "Firehose: %s cannot write to s3://%s (%s: %s): it tries again",
                        *(self._name, place.bucket, refusal.code, refusal.message),
                    )
                    await self._log(refusal.code, refusal.message)
                if self._clock.now() - started >= RETRY_SECONDS:
                    raise Lost(f"s3://{place.bucket}/{key}: {refusal.code}: {refusal.message}") from refusal
                await self._clock.sleep(pause)
                pause = min(pause * 2, MOST_PAUSE)
            else:
                return attempts

    def _suffix(self, place: ObjectPlace, oldest: float, error: str) -> str:
        """Return ``<stream>-<version>-<time>-<uuid><extension>``."""
        at = datetime.fromtimestamp(oldest, place.zone)
        extension = EXTENSIONS[place.compression] if error else place.extension
        return f"{self._name}-{self._version}-{at:%Y-%m-%d-%H-%M-%S}-{uuid.uuid4()}{extension}"

    async def _compressed(self, name: str, body: bytes, key: str) -> bytes:
        member = key.rpartition("/")[2]
        if name == "UNCOMPRESSED" or len(body) < LARGE:
            return compress(name, body, member)
        return await asyncio.to_thread(compress, name, body, member)
