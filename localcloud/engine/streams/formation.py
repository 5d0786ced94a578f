"""CloudFormation's resources of Kinesis: streams, consumers and resource policies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from localcloud.engine.ministack.provisioners import Provisioners, provisioners
from localcloud.engine.patching import Record

if TYPE_CHECKING:
    from localcloud.engine.streams.adapter import KinesisAdapter

STREAM = "AWS::Kinesis::Stream"
CONSUMER = "AWS::Kinesis::StreamConsumer"
POLICY = "AWS::Kinesis::ResourcePolicy"

Created = tuple[str, dict[str, Any]]


def form(adapter: KinesisAdapter) -> None:
    """Let CloudFormation create, update and delete resources of Kinesis."""
    handlers = provisioners.resource_handlers
    formation = KinesisFormation(adapter, provisioners)
    for kind in (STREAM, CONSUMER, POLICY):
        name = kind.rpartition("::")[2]
        verbs = {verb: getattr(formation, f"{verb}_{name}") for verb in ("create", "update", "delete")}
        handlers[kind] = {**handlers.get(kind, {}), **verbs}


class KinesisFormation:
    """Carries out what CloudFormation asks for, by the API's own operations."""

    def __init__(self, adapter: KinesisAdapter, provisioners: Provisioners) -> None:
        self._adapter = adapter
        self._name = provisioners.physical_name

    def _call(self, operation: str, request: Record) -> Record:
        with _refused():
            return self._adapter.call(operation, request)

    def _delete(self, operation: str, request: Record) -> None:
        """Delete what may be gone already."""
        try:
            self._call(operation, request)
        except ValueError as error:
            if "ResourceNotFoundException" not in str(error):
                raise

    # Streams.

    def create_Stream(self, logical_id: str, props: Record, stack: str) -> Created:  # noqa: N802
        """Create a stream; its name is generated where the template has none."""
        name = props.get("Name") or self._name(stack, logical_id, max_len=128)
        from localcloud.streams.kinesis.facade import creation  # noqa: PLC0415

        with _refused():
            request = creation(name, props)
        self._call("CreateStream", request)
        try:
            self._settle(name, {}, props)
        except ValueError:
            self._delete("DeleteStream", {"StreamName": name})
            raise
        return name, self._attributes(name)

    def update_Stream(  # noqa: N802
        self, physical_id: str, old: Record, new: Record, stack: str, logical_id: str | None = None
    ) -> Created:
        """Update a stream in place; another name replaces it."""
        if new.get("Name") and new["Name"] != physical_id:
            return self.create_Stream(logical_id or physical_id, new, stack)
        from localcloud.streams.kinesis.facade import mode_of, whole  # noqa: PLC0415

        arn = self._attributes(physical_id)["Arn"]
        if mode_of(new) != mode_of(old):
            mode = {"StreamMode": mode_of(new)}
            self._call("UpdateStreamMode", {"StreamARN": arn, "StreamModeDetails": mode})
        count, before = new.get("ShardCount"), old.get("ShardCount")
        if count is not None and str(count) != str(before) and mode_of(new) == "PROVISIONED":
            with _refused():
                target = whole(new, "ShardCount")
            scaling = {"TargetShardCount": target, "ScalingType": "UNIFORM_SCALING"}
            self._call("UpdateShardCount", {"StreamName": physical_id, **scaling})
        size = new.get("MaxRecordSizeInKiB")
        if size != old.get("MaxRecordSizeInKiB"):
            self._call("UpdateMaxRecordSize", {"StreamARN": arn, "MaxRecordSizeInKiB": int(size or 1024)})
        warm = new.get("WarmThroughputMiBps")
        if warm is not None and str(warm) != str(old.get("WarmThroughputMiBps")):
            self._call("UpdateStreamWarmThroughput", {"StreamARN": arn, "WarmThroughputMiBps": int(warm)})
        self._settle(physical_id, old, new)
        self._retag({"ResourceARN": arn}, old, new)
        return physical_id, self._attributes(physical_id)

    def delete_Stream(self, physical_id: str, _props: Record) -> None:  # noqa: N802
        """Delete a stream."""
        self._delete("DeleteStream", {"StreamName": physical_id})

    def _settle(self, name: str, old: Record, new: Record) -> None:
        """Bring retention, encryption and monitoring to what the template says."""
        from localcloud.streams.kinesis.facade import settling  # noqa: PLC0415

        with _refused():
            calls = list(settling(name, old, new))
        for operation, request in calls:
            self._call(operation, request)

    def _attributes(self, name: str) -> dict[str, Any]:
        summary = self._call("DescribeStreamSummary", {"StreamName": name})["StreamDescriptionSummary"]
        return {"Arn": summary["StreamARN"]}

    def _retag(self, resource: Record, old: Record, new: Record) -> None:
        before, after = _tags(old), _tags(new)
        dropped = sorted(before.keys() - after.keys())
        if dropped:
            self._call("UntagResource", {**resource, "TagKeys": dropped})
        if after and after != before:
            self._call("TagResource", {**resource, "Tags": after})

    # Consumers.

    def create_StreamConsumer(self, _logical_id: str, props: Record, _stack: str) -> Created:  # noqa: N802
        """Register a consumer."""
        request: Record = {"StreamARN": props.get("StreamARN"), "ConsumerName": props.get("ConsumerName")}
        if _tags(props):
            request["Tags"] = _tags(props)
        arn = str(self._call("RegisterStreamConsumer", request)["Consumer"]["ConsumerARN"])
        return arn, self._consumer(arn)

    def update_StreamConsumer(  # noqa: N802
        self, physical_id: str, old: Record, new: Record, stack: str, logical_id: str | None = None
    ) -> Created:
        """Change a consumer's tags; another name or stream replaces it."""
        if any(old.get(name) != new.get(name) for name in ("ConsumerName", "StreamARN")):
            return self.create_StreamConsumer(logical_id or physical_id, new, stack)
        self._retag({"ResourceARN": physical_id}, old, new)
        return physical_id, self._consumer(physical_id)

    def delete_StreamConsumer(self, physical_id: str, _props: Record) -> None:  # noqa: N802
        """Deregister a consumer."""
        self._delete("DeregisterStreamConsumer", {"ConsumerARN": physical_id})

    def _consumer(self, arn: str) -> dict[str, Any]:
        described = self._call("DescribeStreamConsumer", {"ConsumerARN": arn})["ConsumerDescription"]
        return {name: str(value) for name, value in described.items()}

    # Resource policies.

    def create_ResourcePolicy(self, _logical_id: str, props: Record, _stack: str) -> Created:  # noqa: N802
        """Set a policy."""
        policy = props["ResourcePolicy"]
        text = policy if isinstance(policy, str) else json.dumps(policy)
        arn = str(props["ResourceArn"])
        self._call("PutResourcePolicy", {"ResourceARN": arn, "Policy": text})
        return arn, {}

    def update_ResourcePolicy(  # noqa: N802
        self, physical_id: str, _old: Record, new: Record, stack: str, logical_id: str | None = None
    ) -> Created:
        """Set another policy, or that of another resource."""
        return self.create_ResourcePolicy(logical_id or physical_id, new, stack)

    def delete_ResourcePolicy(self, physical_id: str, _props: Record) -> None:  # noqa: N802
        """Forget a policy."""
        self._delete("DeleteResourcePolicy", {"ResourceARN": physical_id})


@contextmanager
def _refused() -> Iterator[None]:
    """Say in CloudFormation's form what Kinesis refuses."""
    from localcloud.streams.kinesis.facade import KinesisError  # noqa: PLC0415

    try:
        yield
    except KinesisError as error:
        code = f"Status Code: {error.status}, Error Code: {error.code}"
        raise ValueError(f"{error.message} (Service: Kinesis, {code})") from error


def _tags(props: Record) -> dict[str, str]:
    return {str(tag["Key"]): str(tag["Value"]) for tag in props.get("Tags") or ()}
