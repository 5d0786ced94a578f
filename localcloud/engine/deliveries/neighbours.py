"""What MiniStack's other services publish: rules, alarms, S3's events, destinations."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from localcloud.deliveries.facade import Attribute, SnsError
from localcloud.engine.deliveries.publishing import Publication, Publishing, PublishReceipt
from localcloud.engine.deliveries.records import Records
from localcloud.engine.ministack.sns import SNS
from localcloud.engine.patching import Record


class Neighbours:
    """Publishes for them, by the names that MiniStack knows.

    Parameters
    ----------
    sns
        MiniStack's module.
    """

    def __init__(self, sns: SNS, records: Records, publishing: Publishing) -> None:
        self._sns, self._records, self._publishing = sns, records, publishing
        self._refusal = sns.SnsPublishError

    def install(self) -> None:
        """Put both functions in their place."""
        SNS.fanout.replace(self.fan_out)
        SNS.publish_internal.replace(self.publish)

    def publish(
        self,
        topic_arn: str,
        message: Any,
        subject: str = "",
        *,
        message_structure: str = "",
        message_attributes: Mapping[str, Record] | None = None,
        message_group_id: str = "",
        message_deduplication_id: str = "",
    ) -> Record | None:
        """Publish; None where there is no such topic. The Publish operation comes this way, too."""
        try:
            topic = self._records.topic(topic_arn)
        except SnsError:
            return None
        publication = Publication(
            message if isinstance(message, str) else json.dumps(message),
            subject or None,
            message_structure or None,
            attributes_of(message_attributes or {}),
            message_group_id or None,
            message_deduplication_id or None,
        )
        try:
            receipt = self._publishing.publish(topic, publication)
        except SnsError as error:
            raise self._refusal(error.code, error.message) from error
        return {
            "message_id": receipt.message,
            "sequence_number": receipt.sequence,
            "duplicate": receipt.duplicate,
        }

    def fan_out(  # noqa: PLR0917 - MiniStack calls it so
        self,
        topic_arn: str,
        message_id: str,
        message: str,
        subject: str,
        message_structure: str = "",
        message_attributes: Mapping[str, Record] | None = None,
        message_group_id: str = "",
        message_dedup_id: str = "",
    ) -> None:
        """Send a message that has an id already."""
        try:
            topic = self._records.topic(topic_arn)
        except SnsError:
            return
        publication = Publication(
            message,
            subject or None,
            message_structure or None,
            attributes_of(message_attributes or {}),
            message_group_id or None,
            message_dedup_id or None,
        )
        self._publishing.send(topic, publication, PublishReceipt(message_id))


def attributes_of(attributes: Mapping[str, Record]) -> dict[str, Attribute]:
    """Return message attributes from MiniStack's form of them.

    Examples
    --------
    >>> attributes_of({"a": {"DataType": "Number", "StringValue": "1"}})
    {'a': Attribute(data_type='Number', value='1')}
    """
    return {
        name: Attribute(
            str(item.get("DataType") or "String"),
            str(item.get("StringValue") or item.get("BinaryValue") or ""),
        )
        for name, item in attributes.items()
    }
