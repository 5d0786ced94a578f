"""Puts our Kinesis and our Firehose in the place of MiniStack's."""

from __future__ import annotations

import logging

from localcloud.engine.asgi import Application
from localcloud.engine.feed import Feed
from localcloud.engine.gate import EngineGate
from localcloud.engine.ministack.cloudwatch_logs import cloudwatch_logs
from localcloud.engine.ministack.dynamodb import dynamodb
from localcloud.engine.ministack.firehose import Firehose
from localcloud.engine.ministack.kinesis import Kinesis, kinesis
from localcloud.engine.settings import Settings
from localcloud.engine.streams import firehose as delivery
from localcloud.engine.streams import firehose_formation, formation
from localcloud.engine.streams.adapter import KinesisAdapter
from localcloud.engine.streams.neighbours import Neighbours
from localcloud.engine.streams.subscribed import ToKinesis
from localcloud.engine.streams.subscriptions import LogSubscriptions
from localcloud.engine.streams.tables import TableDestinations
from localcloud.engine.streams.workers import Workers


def install(gate: EngineGate, feed: Feed) -> KinesisAdapter:
    """Put our Kinesis in the place of MiniStack's; to be called after the mends.

    Raises
    ------
    localcloud.engine.patching.MendError
        MiniStack asks for Kinesis in another way than it did.
    """
    adapter = KinesisAdapter(gate, feed)
    Kinesis.handle_request.replace(adapter.handle_request)
    Neighbours(kinesis, adapter).install()
    TableDestinations(dynamodb, adapter).install()
    adapter.log_subscriptions = LogSubscriptions(cloudwatch_logs)
    adapter.log_subscriptions.destinations["kinesis"] = ToKinesis(adapter)
    adapter.log_subscriptions.install()
    formation.form(adapter)
    return adapter


def install_firehose(
    application: Application, gate: EngineGate, settings: Settings, workers: Workers
) -> delivery.FirehoseAdapter:
    """Put our Firehose in the place of MiniStack's; to be called after the mends.

    Raises
    ------
    localcloud.engine.patching.MendError
        MiniStack asks for Firehose in another way than it did.
    """
    # MiniStack lets errors alone through; records that go elsewhere are worth a line.
    logging.getLogger("localcloud.firehose").setLevel(logging.INFO)
    adapter = delivery.FirehoseAdapter(application, gate, settings, workers)
    Firehose.handle_request.replace(adapter.handle_request)
    # Our Firehose reads its streams itself.
    Firehose.ingest_from_kinesis_source.replace(lambda *_arguments: None)
    firehose_formation.form(adapter)
    return adapter
