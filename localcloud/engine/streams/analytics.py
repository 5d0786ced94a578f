"""What reads streams and what they wrote: Firehose, Athena, and the worker that both share."""

from __future__ import annotations

from dataclasses import dataclass

from localcloud.engine.asgi import Application
from localcloud.engine.gate import EngineGate
from localcloud.engine.settings import Settings
from localcloud.engine.streams import athena, firehose
from localcloud.engine.streams.adapter import KinesisAdapter
from localcloud.engine.streams.installing import install_firehose
from localcloud.engine.streams.subscribed import ToFirehose
from localcloud.engine.streams.workers import Workers


@dataclass(frozen=True)
class Analytics:
    """The adapters of Firehose and Athena."""

    firehose: firehose.FirehoseAdapter
    athena: athena.AthenaAdapter
    workers: Workers

    @classmethod
    def install(
        cls, application: Application, gate: EngineGate, settings: Settings, kinesis: KinesisAdapter
    ) -> Analytics:
        """Put ours in the place of MiniStack's; to be called after the mends.

        Parameters
        ----------
        kinesis
            Whose streams are sources.

        Raises
        ------
        localcloud.engine.patching.MendError
            MiniStack asks for them in another way than it did.
        """
        workers = Workers(settings)
        delivery = install_firehose(application, gate, settings, workers)
        kinesis.on_change.append(delivery.source_changed)
        kinesis.log_subscriptions.destinations["firehose"] = ToFirehose(delivery)
        return cls(delivery, athena.install(application, gate, settings, workers), workers)

    def stop(self) -> None:
        """End what runs, and say what is lost with this process."""
        self.firehose.stop()
        self.workers.stop()
