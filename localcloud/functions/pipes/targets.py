"""Where a pipe's events go: one call of a service for each, or one for the batch.

Source: "Amazon EventBridge Pipes targets". Functions and machines get a batch as a list.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from localcloud.aws import Credentials
from localcloud.calls import JsonApi, JsonDocument, JsonService, ServiceRefused
from localcloud.functions.credentials import RoleCredentials
from localcloud.functions.model import Invoke
from localcloud.functions.outcome_targets import SQS, Targets
from localcloud.functions.pipes.definition import Pipe, service_of
from localcloud.functions.pipes.inputs import parameter, read, text_of

EVENTS: Final = JsonService("events", "AWSEvents", "1.1")
STATES: Final = JsonService("states", "AWSStepFunctions")
KINESIS: Final = JsonService("kinesis", "Kinesis_20131202", "1.1")
FIREHOSE: Final = JsonService("firehose", "Firehose_20150804", "1.1")
LOGS: Final = JsonService("logs", "Logs_20140328", "1.1")
ONE_WAY: Final = "FIRE_AND_FORGET"


class TargetFailed(Exception):
    """The target did not take what it was sent."""


class PipeTargets:
    """Calls targets and enrichments, each in the session of the pipe's role.

    Parameters
    ----------
    invoke
        The Lambda service's.
    roles
        The sessions of roles.
    """

    def __init__(self, api: JsonApi, targets: Targets, invoke: Invoke, roles: RoleCredentials) -> None:
        self._api, self._targets, self._invoke, self._roles = api, targets, invoke, roles
        self._express: dict[str, bool] = {}

    async def enrich(self, pipe: Pipe, events: Sequence[Any]) -> list[Any]:
        """Return what the enrichment makes of a batch; nothing where it answers nothing.

        Raises
        ------
        TargetFailed, localcloud.calls.CallFailed, localcloud.functions.errors.FunctionsError
        """
        if service_of(pipe.enrichment) == "api-destination":
            # It is called for each event, and what it answers is the event from then on.
            answers = [
                await self._destination(pipe, pipe.enrichment, pipe.enrichment_parameters, event)
                for event in events
            ]
            return [read(each) for each in answers if each]
        if service_of(pipe.enrichment) == "lambda":
            answer = await self._function(pipe.enrichment, list(events))
        else:
            answer = await self._sync(pipe, pipe.enrichment, list(events))
        value = json.loads(answer or b"null")
        if value in (None, "", {}):
            return []
        return value if isinstance(value, list) else [value]

    async def batch(self, pipe: Pipe, events: Sequence[Any]) -> bytes:
        """Send a whole batch to a function or a machine; return what it answers.

        Raises
        ------
        TargetFailed, localcloud.calls.CallFailed, localcloud.functions.errors.FunctionsError
        """
        if pipe.target_service == "lambda":
            own = pipe.parameters.get("LambdaFunctionParameters") or {}
            return await self._function(pipe.target, list(events), own.get("InvocationType") == ONE_WAY)
        own = pipe.parameters.get("StepFunctionStateMachineParameters") or {}
        if own.get("InvocationType") != ONE_WAY and await self._is_express(pipe.target):
            return await self._sync(pipe, pipe.target, list(events))
        document: JsonDocument = {"stateMachineArn": pipe.target, "input": text_of(list(events))}
        await self._acting(pipe).call(STATES, "StartExecution", document)
        return b""

    async def send_event(self, pipe: Pipe, value: Any, event: Any) -> None:
        """Send one event to a target that takes no batches.

        Parameters
        ----------
        value
            What is sent.
        event
            What parameters that are paths lead into.

        Raises
        ------
        TargetFailed, localcloud.calls.CallFailed
        """
        senders: Mapping[str, Callable[[Pipe, str, Any], Awaitable[None]]] = {
            "sqs": self._to_queue,
            "sns": self._to_topic,
            "events": self._to_bus,
            "kinesis": self._to_stream,
            "firehose": self._to_delivery_stream,
            "logs": self._to_log_group,
            "api-destination": self._to_destination,
        }
        await senders[pipe.target_service](pipe, text_of(value), event)

    async def _function(self, arn: str, payload: Any, one_way: bool = False) -> bytes:
        result = await self._invoke(arn, text_of(payload).encode(), asynchronous=one_way)
        if result.function_error is not None:
            raise TargetFailed(f"{arn} failed: {result.payload.decode('utf-8', 'replace')[:300]}")
        return result.payload

    async def _sync(self, pipe: Pipe, arn: str, payload: Any) -> bytes:
        document: JsonDocument = {"stateMachineArn": arn, "input": text_of(payload)}
        answer = await self._acting(pipe).call(STATES, "StartSyncExecution", document)
        if answer.get("status") != "SUCCEEDED":
            raise TargetFailed(f"{arn} ended as {answer.get('status')}: {answer.get('error')}")
        return str(answer.get("output") or "").encode()

    async def _is_express(self, arn: str) -> bool:
        if arn not in self._express:
            described = await self._api.call(STATES, "DescribeStateMachine", {"stateMachineArn": arn})
            self._express[arn] = described.get("type") == "EXPRESS"
        return self._express[arn]

    async def _to_destination(self, pipe: Pipe, text: str, event: Any) -> None:
        own = pipe.parameters.get("HttpParameters") or {}
        await self._destination(pipe, pipe.target, own, event, text)

    async def _destination(
        self, pipe: Pipe, arn: str, parameters: Mapping[str, Any], event: Any, text: str = ""
    ) -> str:
        """Call an API destination in the engine, which has the secrets of its connection."""
        filled: dict[str, Any] = {
            group: {name: parameter(value, event) for name, value in (parameters.get(group) or {}).items()}
            for group in ("HeaderParameters", "QueryStringParameters")
        }
        paths = parameters.get("PathParameterValues") or ()
        filled["PathParameterValues"] = [parameter(each, event) for each in paths]
        target = {"Arn": arn, "RoleArn": pipe.role, "Input": text or text_of(event), "HttpParameters": filled}
        body = json.dumps({"Pipe": pipe.arn, "Target": target, "Event": {}}).encode()
        headers = {"Content-Type": "application/json"}
        answer = await self._api.connections.send("POST", "/_localcloud/pipes", headers, body)
        reply = json.loads(answer.body)
        if not 200 <= int(reply.get("status", 0)) < 300:
            raise TargetFailed(f"{arn}: {reply.get('reason') or reply.get('status')}")
        return str(reply["body"])

    def _acting(self, pipe: Pipe) -> JsonApi:
        session = self._roles.session(pipe.role, pipe.name)
        return self._api.acting(
            Credentials(session.access_key_id, session.secret_access_key, session.session_token)
        )

    async def _to_queue(self, pipe: Pipe, text: str, event: Any) -> None:
        own = pipe.parameters.get("SqsQueueParameters") or {}
        name = pipe.target.rpartition(":")[2]
        url = (await self._api.call(SQS, "GetQueueUrl", {"QueueName": name}))["QueueUrl"]
        message: JsonDocument = {"QueueUrl": url, "MessageBody": text}
        for key in ("MessageGroupId", "MessageDeduplicationId"):
            value = parameter(own.get(key), event)
            if value is not None:
                message[key] = value
        await self._acting(pipe).call(SQS, "SendMessage", message)

    async def _to_topic(self, pipe: Pipe, text: str, _event: Any) -> None:
        await self._targets.publish(pipe.target, text, {})

    async def _to_bus(self, pipe: Pipe, text: str, event: Any) -> None:
        own = pipe.parameters.get("EventBridgeEventBusParameters") or {}
        kind = event.get("eventSource", "unknown") if isinstance(event, dict) else "unknown"
        entry: JsonDocument = {
            "EventBusName": pipe.target,
            "Source": parameter(own.get("Source"), event) or f"Pipe {pipe.name}",
            "DetailType": parameter(own.get("DetailType"), event) or f"Event from {kind}",
            "Detail": text,
            "Resources": [parameter(each, event) for each in own.get("Resources") or ()],
        }
        answer = await self._acting(pipe).call(EVENTS, "PutEvents", {"Entries": [entry]})
        entries = answer.get("Entries")
        if answer.get("FailedEntryCount") and isinstance(entries, list) and isinstance(entries[0], dict):
            raise TargetFailed(f"{entries[0].get('ErrorCode')}: {entries[0].get('ErrorMessage')}")

    async def _to_stream(self, pipe: Pipe, text: str, event: Any) -> None:
        own = pipe.parameters.get("KinesisStreamParameters") or {}
        document: JsonDocument = {
            "StreamName": pipe.target.rpartition("/")[2],
            "Data": base64.b64encode(text.encode()).decode(),
            "PartitionKey": (parameter(own.get("PartitionKey"), event) or pipe.name)[:256],
        }
        await self._acting(pipe).call(KINESIS, "PutRecord", document)

    async def _to_delivery_stream(self, pipe: Pipe, text: str, _event: Any) -> None:
        record: JsonDocument = {"Data": base64.b64encode(text.encode()).decode()}
        name = pipe.target.rpartition("/")[2]
        await self._acting(pipe).call(FIREHOSE, "PutRecord", {"DeliveryStreamName": name, "Record": record})

    async def _to_log_group(self, pipe: Pipe, text: str, event: Any) -> None:
        own = pipe.parameters.get("CloudWatchLogsParameters") or {}
        group = pipe.target.split(":", 6)[6].removesuffix(":*")
        stream = parameter(own.get("LogStreamName"), event) or pipe.name
        at = parameter(own.get("Timestamp"), event)
        moment = int(at) if at is not None and at.isdecimal() else int(time.time() * 1000)
        place: JsonDocument = {"logGroupName": group, "logStreamName": stream}
        document: JsonDocument = {**place, "logEvents": [{"timestamp": moment, "message": text}]}
        try:
            await self._acting(pipe).call(LOGS, "PutLogEvents", document)
        except ServiceRefused as refused:
            if not refused.code.endswith("ResourceNotFoundException"):
                raise
            await self._acting(pipe).call(LOGS, "CreateLogStream", place)
            await self._acting(pipe).call(LOGS, "PutLogEvents", document)
