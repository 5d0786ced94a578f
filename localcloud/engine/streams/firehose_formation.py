"""CloudFormation's delivery streams, by the API's own operations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from localcloud.engine.ministack.provisioners import provisioners
from localcloud.engine.patching import Record

if TYPE_CHECKING:
    from localcloud.engine.streams.firehose import FirehoseAdapter
    from localcloud.streams.firehose.facade import FirehoseService

KIND: Final = "AWS::KinesisFirehose::DeliveryStream"
_REPLACED: Final = ("DeliveryStreamName", "DeliveryStreamType", "KinesisStreamSourceConfiguration")
_DESTINATIONS: Final = ("ExtendedS3DestinationConfiguration", "S3DestinationConfiguration")

Created = tuple[str, dict[str, Any]]


def form(adapter: FirehoseAdapter) -> None:
    """Let CloudFormation create, update and delete delivery streams."""
    formation = FirehoseFormation(adapter, provisioners.physical_name)
    provisioners.resource_handlers[KIND] = {
        "create": formation.create,
        "update": formation.update,
        "delete": formation.delete,
    }


class FirehoseFormation:
    """Carries out what CloudFormation asks for."""

    def __init__(self, adapter: FirehoseAdapter, name: Any) -> None:
        self._adapter, self._name = adapter, name

    def create(self, logical_id: str, props: Record, stack: str) -> Created:
        """Create a stream; its name is generated where the template gives none."""
        name = str(props.get("DeliveryStreamName") or self._name(stack, logical_id, max_len=64))
        answer = self._call("CreateDeliveryStream", {**props, "DeliveryStreamName": name})
        return name, {"Arn": answer["DeliveryStreamARN"]}

    def update(
        self, physical_id: str, old: Record, new: Record, stack: str, logical_id: str | None = None
    ) -> Created:
        """Update destination, tags and encryption in place; any other change replaces the stream."""
        renamed = any(old.get(name) != new.get(name) for name in _REPLACED)
        if renamed or _partitioned(old) != _partitioned(new):
            created = self.create(logical_id or physical_id, new, stack)
            if created[0] != physical_id:
                self.delete(physical_id, old)
            return created
        self._update_destination(physical_id, old, new)
        before, after = ({tag["Key"] for tag in props.get("Tags") or ()} for props in (old, new))
        if before - after:
            self._call(
                "UntagDeliveryStream",
                {"DeliveryStreamName": physical_id, "TagKeys": sorted(before - after)},
            )
        if new.get("Tags"):
            self._call("TagDeliveryStream", {"DeliveryStreamName": physical_id, "Tags": new["Tags"]})
        encryption = "DeliveryStreamEncryptionConfigurationInput"
        if old.get(encryption) != new.get(encryption):
            operation = (
                "StartDeliveryStreamEncryption" if new.get(encryption) else "StopDeliveryStreamEncryption"
            )
            request = {"DeliveryStreamName": physical_id}
            self._call(operation, request | ({encryption: new[encryption]} if new.get(encryption) else {}))
        stream = self._describe(physical_id)
        return physical_id, {"Arn": stream["DeliveryStreamARN"]}

    def delete(self, physical_id: str, _props: Record) -> None:
        """Delete a stream; one that has gone already is no error."""
        try:
            self._call("DeleteDeliveryStream", {"DeliveryStreamName": physical_id})
        except ValueError as error:
            if "ResourceNotFoundException" not in str(error):
                raise

    def _update_destination(self, name: str, old: Record, new: Record) -> None:
        kind = next((kind for kind in _DESTINATIONS if new.get(kind)), None)
        if kind is None or old.get(kind) == new[kind]:
            return
        destination = _typed(new[kind], kind)

        def replaced(service: FirehoseService) -> None:
            service.replace(service.streams[name], destination)

        self._carried_out(lambda: self._adapter.on_loop(replaced))

    def _describe(self, name: str) -> Record:
        answer = self._call("DescribeDeliveryStream", {"DeliveryStreamName": name})
        return dict(answer["DeliveryStreamDescription"])

    def _call(self, operation: str, request: Record) -> Record:
        typed = _typed(request, operation)
        answer: Record = self._carried_out(
            lambda: self._adapter.on_loop(lambda service: service.answer(operation, typed))
        )
        return answer

    def _carried_out(self, call: Any) -> Any:
        from localcloud.streams.firehose.facade import FirehoseError  # noqa: PLC0415

        try:
            return call()
        except FirehoseError as error:
            code = f"Status Code: {error.status}, Error Code: {error.code}"
            raise ValueError(f"{error.message} (Service: Firehose, {code})") from error


def _typed(document: Record, name: str) -> Record:
    from localcloud.streams.firehose.facade import typed  # noqa: PLC0415

    return typed(name, document)


def _partitioned(props: Record) -> bool:
    destination = props.get("ExtendedS3DestinationConfiguration") or {}
    enabled = (destination.get("DynamicPartitioningConfiguration") or {}).get("Enabled")
    return str(enabled).lower() == "true"
