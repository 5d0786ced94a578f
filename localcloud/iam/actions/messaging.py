"""SQS, SNS, EventBridge, Kinesis and Firehose."""

from __future__ import annotations

from typing import Final

from localcloud.iam.actions.call import ApiCall, Lookups, Need
from localcloud.iam.conditions import Context
from localcloud.iam.evaluation import ANY

# A batch needs what each of its entries needs.
_SINGLE: Final = {
    "SendMessageBatch": "SendMessage",
    "DeleteMessageBatch": "DeleteMessage",
    "ChangeMessageVisibilityBatch": "ChangeMessageVisibility",
    "PublishBatch": "Publish",
}
_MOVING: Final = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")


def sqs(call: ApiCall, _lookups: Lookups) -> tuple[Need, ...]:
    """Return what a call of SQS needs; its errors name actions in lower case."""
    operation = _SINGLE.get(call.operation, call.operation)
    if operation == "ListQueues":
        return (Need("sqs:ListQueues", call.arn("*")),)
    source = call.text("SourceArn")
    if operation == "StartMessageMoveTask" and source:
        moving = tuple(Need(f"sqs:{name}", source) for name in _MOVING)
        target = call.text("DestinationArn")
        sending = (Need("sqs:SendMessage", target),) if target else ()
        return (Need("sqs:StartMessageMoveTask", source), *moving, *sending)
    return (Need(f"sqs:{operation}", source or _queue(call)),)


def _queue(call: ApiCall) -> str:
    url = call.text("QueueUrl") or call.form.get("QueueUrl", "")
    if not url and call.path.count("/") == 2:
        url = call.path
    parts = url.rstrip("/").split("/")
    if url and parts[-1]:
        account = parts[-2] if len(parts) > 1 and parts[-2].isdigit() else call.account
        return f"arn:aws:sqs:{call.region}:{account}:{parts[-1]}"
    name = call.text("QueueName") or call.form.get("QueueName", "")
    return call.arn(name) if name else "*"


def sns(call: ApiCall, lookups: Lookups) -> tuple[Need, ...]:
    """Return what a call of SNS needs."""
    form = call.form
    operation = _SINGLE.get(call.operation, call.operation)
    topic = form.get("TopicArn") or form.get("TargetArn") or form.get("ResourceArn", "")
    subscription = form.get("SubscriptionArn", "")
    if not topic and subscription:
        topic = lookups.subscription_topic(subscription) or subscription.rpartition(":")[0]
    if not topic and operation == "CreateTopic":
        topic = call.arn(form.get("Name", ""))

    def context() -> Context:
        conditions = {"sns:protocol": form.get("Protocol"), "sns:endpoint": form.get("Endpoint")}
        return {key: value for key, value in conditions.items() if value}

    return (Need(f"sns:{operation}", topic or "*", context),)


def events(call: ApiCall, _lookups: Lookups) -> tuple[Need, ...]:
    """Return what a call of EventBridge needs: PutEvents for each entry's bus."""
    if call.operation == "PutEvents":
        entries = []
        for entry in call.records("Entries"):
            source, kind = str(entry.get("Source") or ""), str(entry.get("DetailType") or "")

            def context(source: str = source, kind: str = kind) -> Context:
                return {"events:source": source, "events:detail-type": kind}

            entries.append(
                Need("events:PutEvents", _bus(call, str(entry.get("EventBusName") or "")), context)
            )
        return tuple(dict.fromkeys(entries)) if len(entries) > 1 and _alike(entries) else tuple(entries)
    arns = _event_arns(call)
    if arns:
        return tuple(Need(f"events:{call.operation}", arn) for arn in arns)
    rule = call.text("Rule") or (call.text("Name") if call.operation.endswith("Rule") else "")
    bus = call.text("EventBusName")
    if rule:
        within = "" if bus in {"", "default"} else f"{bus.rpartition('/')[2]}/"
        return (Need(f"events:{call.operation}", call.arn(f"rule/{within}{rule}")),)
    return (Need(f"events:{call.operation}", _bus(call, bus) if bus else "*"),)


def _event_arns(call: ApiCall) -> list[str]:
    """Return the archives, replays, connections and API destinations that a call names."""
    kinds = {"ArchiveName": "archive", "ReplayName": "replay"}
    name = call.text("Name")
    resources = [
        call.arn(f"{kind}/{call.text(member)}") for member, kind in kinds.items() if call.text(member)
    ]
    for ending, kind in (("Connection", "connection"), ("ApiDestination", "api-destination")):
        if name and call.operation.endswith(ending):
            # AWS adds an id behind the name, which a request does not hold.
            resources.append(call.arn(f"{kind}/{name}"))
    source = call.text("EventSourceArn") if call.operation == "StartReplay" else ""
    return [source, *resources] if source else resources


def _alike(needs: list[Need]) -> bool:
    first = needs[0].context()
    return all(need.context() == first for need in needs)


def _bus(call: ApiCall, name: str) -> str:
    return name if name.startswith("arn:") else call.arn(f"event-bus/{name or 'default'}")


def kinesis(call: ApiCall, _lookups: Lookups) -> tuple[Need, ...]:
    """Return what a call of Kinesis needs."""
    if call.operation == "GetRecords" and not call.text("StreamARN"):
        return (Need("kinesis:GetRecords", ANY),)
    name = call.text("StreamName")
    resource = call.text("StreamARN", "ResourceARN", "ConsumerARN") or (
        call.arn(f"stream/{name}") if name else "*"
    )
    return (Need(f"kinesis:{call.operation}", resource),)


def firehose(call: ApiCall, _lookups: Lookups) -> tuple[Need, ...]:
    """Return what a call of Firehose needs."""
    name = call.text("DeliveryStreamName")
    return (Need(f"firehose:{call.operation}", call.arn(f"deliverystream/{name}") if name else "*"),)
