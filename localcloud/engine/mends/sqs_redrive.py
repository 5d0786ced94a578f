"""SQS: which queues may name another as their dead-letter queue (RedriveAllowPolicy).

Source: the queue attributes in CreateQueue of the SQS API reference. AWS does not publish its words for a
refusal of this kind: the code is AWS's, and the reason is ours.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from localcloud.engine.mends.sqs_actions import refuse_value
from localcloud.engine.ministack.sqs import SQS, sqs
from localcloud.engine.patching import Context, Function, Record, mend, wrap_handler

PERMISSIONS = frozenset({"allowAll", "denyAll", "byQueue"})
MOST_SOURCES = 10


def read_policy(text: str) -> Record:
    """Return a RedriveAllowPolicy.

    Raises
    ------
    ValueError
        It has not its form; the message says what is wrong.

    Examples
    --------
    >>> read_policy('{"redrivePermission": "denyAll"}')
    {'redrivePermission': 'denyAll'}
    """
    policy = json.loads(text)
    if not isinstance(policy, dict) or policy.get("redrivePermission") not in PERMISSIONS:
        raise ValueError("redrivePermission must be allowAll, denyAll or byQueue.")
    sources = policy.get("sourceQueueArns")
    if policy["redrivePermission"] != "byQueue":
        if sources is not None:
            raise ValueError("sourceQueueArns may be given with byQueue only.")
    elif not isinstance(sources, list) or not 1 <= len(sources) <= MOST_SOURCES:
        raise ValueError(f"byQueue takes 1 to {MOST_SOURCES} sourceQueueArns.")
    return policy


def allows(policy: Record, source: str) -> bool:
    """Return whether a queue may send its dead letters to the queue of this policy.

    Examples
    --------
    >>> allows({"redrivePermission": "byQueue", "sourceQueueArns": ["a"]}, "b")
    False
    """
    permission = policy.get("redrivePermission", "allowAll")
    return permission == "allowAll" or (permission == "byQueue" and source in policy["sourceQueueArns"])


def _check(attributes: Record, queue: str, by_arn: Function, *, fifo: bool) -> None:
    """Refuse a policy that has not its form, and a dead-letter queue that does not take this queue's."""
    text = attributes.get("RedriveAllowPolicy")
    if text:
        try:
            read_policy(_text(text))
        except ValueError as error:
            refuse_value("RedriveAllowPolicy", text, str(error))
    redrive = attributes.get("RedrivePolicy")
    if not redrive:
        return
    target: Record | None = None
    with suppress(ValueError, AttributeError):
        target = by_arn(json.loads(_text(redrive)).get("deadLetterTargetArn") or "")
    if target is None:
        return  # MiniStack says what is wrong with it
    if target["is_fifo"] != fifo:
        refuse_value("RedrivePolicy", redrive, "Dead letter target must be of the queue's own type.")
    policy = target["attributes"].get("RedriveAllowPolicy")
    if policy and not allows(json.loads(policy), queue):
        refuse_value("RedrivePolicy", redrive, "The dead letter target does not allow this source queue.")


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


@mend("sqs.redrive_allow")
def dead_letter_queues_choose_their_sources(context: Context) -> None:
    """Keep a RedriveAllowPolicy, by the API and in a template.

    MiniStack keeps the attribute and enforces nothing; it even accepts a standard queue behind a FIFO queue.
    """
    find, by_arn = sqs.get_queue, sqs.queue_by_arn

    def arn_of(name: str) -> str:
        return f"arn:aws:sqs:{sqs.get_region()}:{sqs.get_account_id()}:{name}"

    @SQS.create_queue.wrap
    def _(before: Function) -> Function:
        def create(data: Record, url: str) -> Record:
            name = str(data.get("QueueName") or "")
            _check(data.get("Attributes") or {}, arn_of(name), by_arn, fifo=name.endswith(".fifo"))
            answer: Record = before(data, url)
            return answer

        return create

    @SQS.set_queue_attributes.wrap
    def _(before: Function) -> Function:
        def change(data: Record, url: str) -> Record:
            queue = find(data.get("QueueUrl", url))
            attributes = data.get("Attributes") or {}
            _check(attributes, queue["attributes"]["QueueArn"], by_arn, fifo=queue["is_fifo"])
            answer: Record = before(data, url)
            return answer

        return change

    @wrap_handler("AWS::SQS::Queue", "create")
    def _(before: Function) -> Function:
        def create(logical_id: str, properties: Record, stack: str) -> Any:
            # A name that CloudFormation makes can be in no list.
            name = str(properties.get("QueueName") or "")
            fifo = str(properties.get("FifoQueue", "")).lower() == "true"
            _check(properties, arn_of(name), by_arn, fifo=fifo)
            return before(logical_id, properties, stack)

        return create

    @wrap_handler("AWS::SQS::Queue", "update")
    def _(before: Function) -> Function:
        def update(physical_id: str, old: Record, new: Record, *rest: Any, **keywords: Any) -> Any:
            queue: Record | None = sqs.queues.get(physical_id)
            if queue is not None:
                _check(new, queue["attributes"]["QueueArn"], by_arn, fifo=queue["is_fifo"])
            return before(physical_id, old, new, *rest, **keywords)

        return update
