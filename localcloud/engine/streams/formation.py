"""CloudFormation's resources of Kinesis: streams, consumers and resource policies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from localcloud.engine.mends.patching import Record, original

if TYPE_CHECKING:
    from localcloud.engine.streams.front import Front

STREAM = "AWS::Kinesis::Stream"
CONSUMER = "AWS::Kinesis::StreamConsumer"
POLICY = "AWS::Kinesis::ResourcePolicy"

Created = tuple[str, dict[str, Any]]


def form(front: Front) -> None:
    """Let CloudFormation create, update and delete resources of Kinesis."""
    from ministack.services.cloudformation import provisioners  # noqa: PLC0415

    handlers = original(provisioners, "_RESOURCE_HANDLERS")
    formation = Formation(front, provisioners)
    for kind in (STREAM, CONSUMER, POLICY):
        name = kind.rpartition("::")[2]
        verbs = {verb: getattr(formation, f"{verb}_{name}") for verb in ("create", "update", "delete")}
        handlers[kind] = {**handlers.get(kind, {}), **verbs}


class Formation:
    """Carries out what CloudFormation asks for, by the API's own operations."""

    def __init__(self, front: Front, provisioners: Any) -> None:
        self._front = front
        self._name = original(provisioners, "_physical_name")

    def _call(self, operation: str, request: Record) -> Record:
        from localcloud.streams.kinesis.front import KinesisError  # noqa: PLC0415

        try:
            return self._front.call(operation, request)
        except KinesisError as error:
            code = f"Status Code: {error.status}, Error Code: {error.code}"
            raise ValueError(f"{error.message} (Service: Kinesis, {code})") from error

    def _delete(self, operation: str, request: Record) -> None:
        """Delete what may be gone already."""
        try:
            self._call(operation, request)
        except ValueError as error:
            if "ResourceNotFoundException" not in str(error):
                raise

    # Streams.

    def create_Stream(self, logical_id: str, props: Record, stack: str) -> Created:  # noqa: N802
        """Create a stream; its name is made up where the template has none."""
        name = props.get("Name") or self._name(stack, logical_id, max_len=128)
        mode = _mode(props)
        request: Record = {"StreamName": name, "StreamModeDetails": {"StreamMode": mode}}
        if mode == "PROVISIONED" or props.get("ShardCount") is not None:
            request["ShardCount"] = int(props.get("ShardCount") or 1)
        for size in ("MaxRecordSizeInKiB", "WarmThroughputMiBps"):
            if props.get(size) is not None:
                request[size] = int(props[size])
        if _tags(props):
            request["Tags"] = _tags(props)
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
        arn = self._attributes(physical_id)["Arn"]
        if _mode(new) != _mode(old):
            mode = {"StreamMode": _mode(new)}
            self._call("UpdateStreamMode", {"StreamARN": arn, "StreamModeDetails": mode})
        count, before = new.get("ShardCount"), old.get("ShardCount")
        if count is not None and str(count) != str(before) and _mode(new) == "PROVISIONED":
            scaling = {"TargetShardCount": int(count), "ScalingType": "UNIFORM_SCALING"}
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
        stream = {"StreamName": name}
        hours, before = int(new.get("RetentionPeriodHours") or 24), int(old.get("RetentionPeriodHours") or 24)
        if hours != before:
            verb = "Increase" if hours > before else "Decrease"
            self._call(f"{verb}StreamRetentionPeriod", {**stream, "RetentionPeriodHours": hours})
        encryption, encrypted = new.get("StreamEncryption"), old.get("StreamEncryption")
        if encryption != encrypted:
            verb = "Start" if encryption else "Stop"
            self._call(f"{verb}StreamEncryption", {**stream, **(encryption or encrypted or {})})
        metrics, measured = (
            new.get("DesiredShardLevelMetrics") or [],
            old.get("DesiredShardLevelMetrics") or [],
        )
        if set(metrics) != set(measured):
            if measured:
                self._call("DisableEnhancedMonitoring", {**stream, "ShardLevelMetrics": measured})
            if metrics:
                self._call("EnableEnhancedMonitoring", {**stream, "ShardLevelMetrics": metrics})

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
        request: Record = {"StreamARN": props["StreamARN"], "ConsumerName": props["ConsumerName"]}
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


def _mode(props: Record) -> str:
    return str((props.get("StreamModeDetails") or {}).get("StreamMode") or "PROVISIONED")


def _tags(props: Record) -> dict[str, str]:
    return {str(tag["Key"]): str(tag["Value"]) for tag in props.get("Tags") or ()}
