"""Which integrations exist: what the Resource of a Task state may name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from localcloud.contracts.absent_services import BY_NAME
from localcloud.states.integrations import models, naming
from localcloud.states.integrations.optimized import (
    ACTIONS,
    CALLBACK,
    SERVICES,
    SUFFIXES,
    UNSERVED,
    Pattern,
)
from localcloud.states.language.errors import DefinitionError

_INTEGRATION = re.compile(r"arn:aws[a-z-]*:states:::([a-z0-9-]+):(?:([a-z0-9]+):)?(\w+)(?:\.([\w:]+))?")
# Models, images and media at AWS: what has a name in the SDK and nothing here that answers.
_ABSENT: Final = frozenset(
    [
        *BY_NAME,
        *("comprehend", "comprehendmedical", "textract", "rekognition", "polly", "personalize", "forecast"),
        *("frauddetector", "lexv2-models", "lexv2-runtime", "mediaconvert", "medialive", "pinpoint"),
        *("elastictranscoder", "ce", "connect", "quicksight", "guardduty", "securityhub"),
    ]
)
_FUNCTION = re.compile(r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[\w-]+(?::[\w$-]+)?")
_ACTIVITY = re.compile(r"arn:aws[a-z-]*:states:[a-z0-9-]+:\d{12}:activity:.+")


@dataclass(frozen=True, eq=False)
class Integration:
    """How a Task state reaches what does its work; there is one for each resource.

    Attributes
    ----------
    resource
        The ARN as the definition has it.
    service
        botocore's name of the service; ``http`` and ``apigateway`` are calls of any address.
    operation
        botocore's name of the operation, such as ``UpdateItem``.
    prefix
        What the names of the service's errors begin with.
    pattern
        What the state waits for.
    optimized
        Whether Step Functions calls the service in a way of its own.
    resource_type
        The history's ``resourceType``, such as ``aws-sdk:sfn``.
    resource_name
        The history's ``resource``, such as ``invoke.waitForTaskToken``.
    kind
        Functions and activities that a resource names by their own ARNs are the interpreter's.
    served
        Whether something here carries it out; of the others each task fails.
    """

    resource: str
    service: str
    operation: str
    prefix: str
    pattern: Pattern
    optimized: bool
    resource_type: str
    resource_name: str
    kind: Literal["service", "lambda function", "activity"] = "service"
    served: bool = True

    @property
    def has_service(self) -> bool:
        """Whether something here answers its calls; of a service that is absent each call fails."""
        return self.service not in _ABSENT

    @property
    def absence(self) -> str | None:
        """The sentence that each of its tasks fails with; None where something carries them out."""
        if self.served and self.has_service:
            return None
        absent = BY_NAME.get(self.service)
        why = f": {absent.reason}" if absent is not None else ""
        return f"The local cloud does not serve the integration {self.resource}{why}"


def _unserved() -> dict[str, tuple[Pattern, ...]]:
    return {
        f"{service}:{action}": patterns
        for patterns, services in UNSERVED.items()
        for service, actions in services.items()
        for action in actions.split()
    }


_UNSERVED: Final = _unserved()


@lru_cache(maxsize=4096)
def integration(resource: str) -> Integration:
    """Return the integration that a resource names.

    Raises
    ------
    DefinitionError
        There is none, in AWS's words.

    Examples
    --------
    >>> entry = integration("arn:aws:states:::aws-sdk:sfn:startExecution")
    >>> entry.service, entry.operation, entry.prefix, entry.resource_type, entry.resource_name
    ('stepfunctions', 'StartExecution', 'Sfn', 'aws-sdk:sfn', 'startExecution')
    """
    parts = _INTEGRATION.fullmatch(resource)
    if parts is not None:
        family, sdk, action, suffix = parts.groups()
        pattern = SUFFIXES.get(suffix or "")
        if pattern is not None and sdk is None:
            entry = _optimized(resource, family, action, pattern, suffix)
        elif pattern is not None and family == "aws-sdk":
            entry = _sdk(resource, sdk, action, pattern, suffix)
        else:
            entry = None
        if entry is not None:
            return entry
    elif _FUNCTION.fullmatch(resource):
        return Integration(
            resource,
            "lambda",
            "Invoke",
            "Lambda",
            "REQUEST_RESPONSE",
            True,
            "lambda",
            "invoke",
            "lambda function",
        )
    elif _ACTIVITY.fullmatch(resource):
        return Integration(
            resource,
            "stepfunctions",
            "",
            "States",
            "REQUEST_RESPONSE",
            True,
            "activity",
            resource,
            "activity",
        )
    raise DefinitionError(
        f"The resource provided {resource} is not recognized. The value is not a valid resource ARN, "
        "or the resource is not available in this region."
    )


def _optimized(
    resource: str, family: str, action: str, pattern: Pattern, suffix: str | None
) -> Integration | None:
    name = f"{action}.{suffix}" if suffix else action
    entry = ACTIONS.get(f"{family}:{action}")
    if entry is not None:
        if pattern not in entry.patterns:
            return None
        service = SERVICES[family]
        return Integration(
            resource, service.model, entry.operation, service.prefix, pattern, True, family, name
        )
    if pattern not in _UNSERVED.get(f"{family}:{action}", ()):
        return None
    operation = action[:1].upper() + action[1:]
    return Integration(
        resource, family, operation, naming.pascal(family), pattern, True, family, name, served=False
    )


def _sdk(resource: str, sdk: str, action: str, pattern: Pattern, suffix: str | None) -> Integration | None:
    service = models.service_of(sdk)
    if service is None or pattern not in CALLBACK:
        return None
    operation = models.actions(service).get(action)
    if operation is None:
        return None
    name = f"{action}.{suffix}" if suffix else action
    prefix = naming.prefix(models.service_id(service))
    return Integration(resource, service, operation, prefix, pattern, False, f"aws-sdk:{sdk}", name)
