"""PublishBatch: up to ten messages in one request."""

from __future__ import annotations

from typing import Final

from localcloud.deliveries.facade import SnsError
from localcloud.engine.deliveries.attributes import maximum_size
from localcloud.engine.deliveries.forms import Form, element
from localcloud.engine.deliveries.publishing import Publishing
from localcloud.engine.patching import Record

MOST_ENTRIES: Final = 10


class BatchRefused(SnsError):
    """A batch that is refused as a whole."""

    status = 400

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def check_batch(topic: Record, entries: list[Form]) -> None:
    """Refuse a batch that SNS refuses as a whole.

    Raises
    ------
    BatchRefused
    """
    if not entries:
        raise BatchRefused("EmptyBatchRequest", "The batch request doesn't contain any entries.")
    if len(entries) > MOST_ENTRIES:
        raise BatchRefused(
            "TooManyEntriesInBatchRequest", "The batch request contains more entries than permissible."
        )
    if len({entry.text("Id") for entry in entries}) < len(entries):
        raise BatchRefused(
            "BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id."
        )
    if sum(entry.publication().size for entry in entries) > maximum_size(topic):
        raise BatchRefused(
            "BatchRequestTooLong", "The length of all the messages put together is more than the limit."
        )


def publish_entries(topic: Record, form: Form, publishing: Publishing) -> str:
    """Publish the entries of a request, and return the inside of its result.

    Raises
    ------
    BatchRefused
    """
    entries = list(form.members("PublishBatchRequestEntries.member", "Id"))
    check_batch(topic, entries)
    successful, failed = "", ""
    for entry in entries:
        identity = element("Id", entry.text("Id"))
        try:
            receipt = publishing.publish(topic, entry.publication())
        except SnsError as error:
            reason = element("Code", error.code) + element("Message", error.message)
            failed += f"<member>{identity}{reason}<SenderFault>true</SenderFault></member>"
            continue
        sequence = element("SequenceNumber", receipt.sequence) if receipt.sequence else ""
        successful += f"<member>{identity}{element('MessageId', receipt.message)}{sequence}</member>"
    return f"<Successful>{successful}</Successful><Failed>{failed}</Failed>"
