"""Targets of rules: what PutTargets, CloudFormation and EventBridge Scheduler say of them, checked.

Members and limits are those of "Target" in the EventBridge API reference.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from localcloud.deliveries.events.errors import InvalidRequest, unmet
from localcloud.deliveries.events.inputs import Input, parse_input
from localcloud.deliveries.events.retries import LEAST_AGE, MOST_AGE, MOST_RETRIES, RetryPolicy

Json = Mapping[str, Any]
MOST_TARGETS: Final = 5
_ID: Final = re.compile(r"[\.\-_A-Za-z0-9]{1,64}", re.ASCII)
_ARN: Final = re.compile(r"arn:[\w-]+:([\w-]+):([\w-]*):(\d{12}|aws|):(.+)", re.ASCII | re.DOTALL)
# What needs a role on AWS: EventBridge assumes it for the call.
_ROLES: Final = frozenset({"states", "kinesis", "firehose", "appsync", "api-destination"})


@dataclass(frozen=True)
class Arn:
    """The parts of a target's ARN."""

    text: str
    service: str
    region: str
    account: str
    resource: str

    @property
    def kind(self) -> str:
        """The kind of target: the service, and of EventBridge's own the kind of resource."""
        if self.service == "events":
            return self.resource.partition("/")[0]
        return self.service


@dataclass(frozen=True)
class EventTarget:
    """One target.

    Attributes
    ----------
    dead_letters
        The ARN of the queue for what is not delivered.
    parameters
        The members that belong to one kind of target, such as ``SqsParameters``.
    """

    id: str
    arn: Arn
    role: str | None = None
    input: Input = field(default_factory=Input)
    retries: RetryPolicy = field(default_factory=RetryPolicy)
    dead_letters: str | None = None
    parameters: Json = field(default_factory=dict)

    def parameter(self, group: str, name: str) -> str | None:
        """Return a text of one of the groups of parameters."""
        value = (self.parameters.get(group) or {}).get(name)
        return None if value is None else str(value)


_PARAMETERS: Final = (
    *("SqsParameters", "KinesisParameters", "AppSyncParameters", "HttpParameters"),
    # Known, so that their absence is not taken for them being unknown; nothing here is their target.
    *("EcsParameters", "BatchParameters", "RunCommandParameters", "RedshiftDataParameters"),
    "SageMakerPipelineParameters",
)


def parse_arn(text: str) -> Arn:
    """Return an ARN's parts.

    Raises
    ------
    InvalidRequest

    Examples
    --------
    >>> parse_arn("arn:aws:events:us-east-1:000000000000:api-destination/hook").kind
    'api-destination'
    """
    match = _ARN.fullmatch(text)
    if match is None:
        raise InvalidRequest(f"Parameter {text} is not valid. Reason: Provided Arn is not in correct format.")
    return Arn(text, match[1], match[2], match[3], match[4])


def parse_target(document: Json, place: str = "targets.1.member") -> EventTarget:
    """Return a target from the document that PutTargets takes.

    Parameters
    ----------
    place
        What errors call it.

    Raises
    ------
    InvalidRequest
        In AWS's words.

    Examples
    --------
    >>> queue = "arn:aws:sqs:us-east-1:000000000000:orders"
    >>> parse_target({"Id": "q", "Arn": queue, "RetryPolicy": {"MaximumRetryAttempts": 3}}).retries.retries
    3
    """
    name = str(document.get("Id") or "")
    if not _ID.fullmatch(name):
        if len(name) > 64:
            raise unmet(name, f"{place}.id", "Member must have length less than or equal to 64")
        raise unmet(name, f"{place}.id", r"Member must satisfy regular expression pattern: [\.\-_A-Za-z0-9]+")
    for member in ("InputTransformer", "RetryPolicy", "DeadLetterConfig", *_PARAMETERS):
        if document.get(member) and not isinstance(document[member], dict):
            raise unmet(
                document[member], f"{place}.{member[0].lower()}{member[1:]}", "Member must be a structure"
            )
    arn = parse_arn(str(document.get("Arn") or ""))
    _check_parameters(name, arn, document)
    return EventTarget(
        name,
        arn,
        str(document["RoleArn"]) if document.get("RoleArn") else None,
        parse_input(document, name),
        _retry_policy(document.get("RetryPolicy") or {}, f"{place}.retryPolicy"),
        _dead_letters(document.get("DeadLetterConfig") or {}),
        {group: document[group] for group in _PARAMETERS if document.get(group)},
    )


def _check_parameters(name: str, arn: Arn, document: Json) -> None:
    group = (document.get("SqsParameters") or {}).get("MessageGroupId")
    if arn.kind == "sqs" and arn.resource.endswith(".fifo") and not group:
        raise InvalidRequest(f"Parameter(s) SqsParameters must be specified for target: {name}.")
    operation = (document.get("AppSyncParameters") or {}).get("GraphQLOperation")
    if arn.kind == "appsync" and not operation:
        raise InvalidRequest(f"Parameter(s) GraphQLOperation must be specified for target: {name}.")
    if arn.kind in _ROLES and not document.get("RoleArn"):
        raise InvalidRequest(f"RoleArn is required for target {arn.text}.")


def _retry_policy(document: Json, place: str) -> RetryPolicy:
    retries = _whole(document, "MaximumRetryAttempts", place, least=0, most=MOST_RETRIES)
    age = _whole(document, "MaximumEventAgeInSeconds", place, least=LEAST_AGE, most=MOST_AGE)
    return RetryPolicy(retries, age)


def _whole(document: Json, name: str, place: str, *, least: int, most: int) -> int:
    """Return a number in its bounds; the default of both limits is the most."""
    value = document.get(name)
    if value is None:
        return most
    member = f"{place}.{name[0].lower()}{name[1:]}"
    try:
        number = int(value)
    except (TypeError, ValueError):
        raise unmet(value, member, "Member must be a number") from None
    if number < least:
        raise unmet(number, member, f"Member must have value greater than or equal to {least}")
    if number > most:
        raise unmet(number, member, f"Member must have value less than or equal to {most}")
    return number


def _dead_letters(document: Json) -> str | None:
    text = document.get("Arn")
    if not text:
        return None
    arn = parse_arn(str(text))
    if arn.service != "sqs":
        raise InvalidRequest(f"Parameter {text} is not valid. Reason: the dead-letter queue must be a queue.")
    if arn.resource.endswith(".fifo"):
        raise InvalidRequest(
            f"Parameter {text} is not valid. Reason: the dead-letter queue must be a standard queue."
        )
    return arn.text
