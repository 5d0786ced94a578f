"""API Gateway's mapping templates, as who renders them and who needs them agree.

The gateway needs them, AppSync's data plane has Velocity: neither imports the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

JSON: TypeAlias = Mapping[str, "JSON"] | list["JSON"] | str | int | float | bool | None


class TemplateFailed(Exception):
    """A template that Velocity cannot read, or that fails as it is rendered; the message says where."""


class BodyUnreadable(TemplateFailed):
    """A template looks into the body, and that is no JSON."""


@dataclass(frozen=True)
class Variables:
    """What a template sees.

    Attributes
    ----------
    body
        ``$input.body``, as text.
    parameters
        ``$input.params()``: the request's, under ``path``, ``querystring`` and ``header``.
    context, stage_variables
        ``$context`` and ``$stageVariables``.
    """

    body: str
    parameters: Mapping[str, Mapping[str, str]]
    context: Mapping[str, JSON]
    stage_variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Rendered:
    """What came of a template.

    Attributes
    ----------
    request_override, response_override
        What it put in ``$context.requestOverride`` and ``$context.responseOverride``.
    """

    text: str
    request_override: Mapping[str, JSON] = field(default_factory=dict)
    response_override: Mapping[str, JSON] = field(default_factory=dict)


class Render(Protocol):
    """Renders mapping templates."""

    def __call__(self, template: str, variables: Variables) -> Rendered:
        """Return what comes of a template. Raises ``TemplateFailed``, or ``BodyUnreadable`` of those."""


def no_templates(template: str, variables: Variables) -> Rendered:
    """Render nothing: for a gateway without Velocity."""
    raise TemplateFailed("no mapping templates are rendered here")
