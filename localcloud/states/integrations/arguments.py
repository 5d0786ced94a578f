"""Which arguments an integration takes; creation refuses others."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from localcloud.states.integrations import models, naming
from localcloud.states.integrations.optimized import ACTIONS
from localcloud.states.integrations.table import Integration
from localcloud.states.language.scope import Json

# Either names the connection that http:invoke cannot be without.
_CONNECTIONS: Final = {"authentication", "invocationconfig"}


@lru_cache(maxsize=1024)
def _names(entry: Integration) -> tuple[frozenset[str], tuple[str, ...]] | None:
    """Return which arguments there are and which there must be; None where all are taken."""
    if entry.kind != "service" or not entry.served:
        return None
    if entry.optimized:
        action = ACTIONS[f"{entry.resource_type}:{entry.resource_name.partition('.')[0]}"]
        return frozenset((*action.required, *action.optional)), action.required
    shape = models.input_shape(entry.service, entry.operation)
    if shape is None:
        return frozenset(), ()
    tokens = shape.tokens
    required = tuple(naming.member(name) for name in shape.required_members if name not in tokens)
    return frozenset(fold(naming.member(name)) for name in shape.members), required


def fold(name: str) -> str:
    """Return what names of one member have in common.

    Examples
    --------
    >>> fold("SSEKMSKeyId") == fold("SsekmsKeyId")
    True
    """
    return name.lower()


def _arguments_of(arguments: Json) -> list[str] | None:
    if not isinstance(arguments, dict):
        return None  # an expression gives them when the state runs
    return [name.removesuffix(".$") for name in arguments]


def unknown_arguments(entry: Integration, arguments: Json) -> list[str]:
    """Return the names of arguments that the integration does not take.

    Parameters
    ----------
    arguments
        A state's Parameters or Arguments, as the definition has them.

    Examples
    --------
    >>> from localcloud.states.integrations.table import integration
    >>> publish = integration("arn:aws:states:::sns:publish")
    >>> unknown_arguments(publish, {"TopicArn.$": "$.topic", "Message": "hi", "Topic": "x"})
    ['Topic']
    """
    names, present = _names(entry), _arguments_of(arguments)
    if names is None or present is None:
        return []
    if entry.optimized:
        return [name for name in present if name not in names[0]]
    # "executionArn" is refused: Step Functions wants a capital, whatever the API has.
    return [name for name in present if not name[:1].isupper() or fold(name) not in names[0]]


def missing_arguments(entry: Integration, arguments: Json) -> list[str]:
    """Return the names of arguments that the integration needs and does not get.

    Examples
    --------
    >>> from localcloud.states.integrations.table import integration
    >>> missing_arguments(integration("arn:aws:states:::lambda:invoke"), {"Payload": {}})
    ['FunctionName']
    """
    names, present = _names(entry), _arguments_of(arguments)
    if names is None or present is None:
        return []
    folded = {fold(name) for name in present}
    missing = [name for name in names[1] if fold(name) not in folded]
    if entry.service == "http" and entry.optimized and not _CONNECTIONS & folded:
        missing.append("InvocationConfig")
    return missing


def misfits(entry: Integration, arguments: dict[str, Json]) -> list[str]:
    """Return why an optimized integration cannot take evaluated arguments, in AWS's words.

    Creation cannot know those that an expression gives.

    Examples
    --------
    >>> from localcloud.states.integrations.table import integration
    >>> misfits(integration("arn:aws:states:::lambda:invoke"), {})
    ["The field 'FunctionName' is required but was missing"]
    """
    names = _names(entry)
    if names is None or (arguments.keys() <= names[0] and all(name in arguments for name in names[1])):
        return []
    unknown = [
        f'The field "{name}" is not supported by Step Functions' for name in arguments if name not in names[0]
    ]
    return unknown + [
        f"The field '{name}' is required but was missing" for name in names[1] if name not in arguments
    ]
