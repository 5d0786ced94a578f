"""Kinesis, Firehose and SQL in the engine's process: our services in the place of MiniStack's.

What other services of MiniStack ask of Kinesis (CloudFormation, tables with a streaming destination, log
groups with a subscription filter) reaches the same service. Nothing of it is loaded before the first stream.
"""

from localcloud.engine.streams.adapter import KinesisAdapter
from localcloud.engine.streams.analytics import Analytics
from localcloud.engine.streams.installing import install

__all__ = ["Analytics", "KinesisAdapter", "install"]
