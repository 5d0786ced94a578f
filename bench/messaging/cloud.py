"""The stack of this comparison on a local cloud: its clients, its outputs and its ledger of attempts."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import boto3

from bench.messaging.records import Attempt, parse_attempt
from bench.model import NotMeasured
from clients import reading

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kinesis import KinesisClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.literals import QueueAttributeFilterType

LOOK_SECONDS = 0.25


class Stack:
    """Clients of the stack's resources.

    Parameters
    ----------
    ready_file
        The local cloud's.
    """

    def __init__(self, ready_file: Path) -> None:
        document = reading.mapping(json.loads(ready_file.read_text(encoding="utf-8")), "ready file")
        key = reading.mapping(document.get("credentials"), "credentials")
        outputs = reading.mapping(document.get("outputs"), "outputs")
        self.outputs = {name: reading.text(value, name) for name, value in outputs.items()}
        session = boto3.session.Session(
            aws_access_key_id=reading.text(key.get("access_key_id"), "credentials.access_key_id"),
            aws_secret_access_key=reading.text(key.get("secret_access_key"), "credentials.secret_access_key"),
            region_name=reading.text(document.get("region"), "region"),
        )
        engine = reading.text(document.get("engine"), "engine")
        self.sqs: SQSClient = session.client("sqs", endpoint_url=engine)
        self.kinesis: KinesisClient = session.client("kinesis", endpoint_url=engine)
        self.functions: LambdaClient = session.client("lambda", endpoint_url=engine)
        self._tables: DynamoDBClient = session.client("dynamodb", endpoint_url=engine)

    def attempts(self, run: str) -> list[Attempt]:
        """Return all attempts of a run."""
        pages = self._tables.get_paginator("query").paginate(
            TableName=self.outputs["AttemptsTable"],
            KeyConditionExpression="#run = :run AND begins_with(id, :attempt)",
            ExpressionAttributeNames={"#run": "run"},
            ExpressionAttributeValues={":run": {"S": run}, ":attempt": {"S": "attempt:"}},
            ConsistentRead=True,
        )
        return [parse_attempt(item) for page in pages for item in page["Items"]]

    def wait(self, run: str, enough: Callable[[list[Attempt]], bool], seconds: float) -> list[Attempt]:
        """Return a run's attempts once there are enough of them.

        Raises
        ------
        bench.model.NotMeasured
            There are not within ``seconds``.
        """
        deadline = time.monotonic() + seconds
        while not enough(attempts := self.attempts(run)):
            if time.monotonic() > deadline:
                raise NotMeasured(f"{run}: {len(attempts)} attempts after {seconds:g} s are not all")
            time.sleep(LOOK_SECONDS)
        return attempts

    def depth(self, queue: str) -> int:
        """Return about how many messages a queue holds, in flight ones too."""
        names: tuple[QueueAttributeFilterType, ...] = (
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
        )
        attributes = self.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
        return sum(int(count) for count in attributes.values())

    def wait_for_depth(self, queue: str, depth: int, seconds: float) -> float:
        """Return after how many seconds a queue holds ``depth`` messages. Raises ``NotMeasured``."""
        start = time.monotonic()
        while self.depth(queue) < depth:
            if time.monotonic() - start > seconds:
                raise NotMeasured(f"the queue of failures holds {self.depth(queue)} after {seconds:g} s")
            time.sleep(LOOK_SECONDS)
        return time.monotonic() - start
