"""Integrations that map: what is called, how the request is built, and what becomes of the answer.

Source: the resources ``Integration`` and ``IntegrationResponse`` in API Gateway's API reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Passthrough: TypeAlias = Literal["WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER"]
Conversion: TypeAlias = Literal["CONVERT_TO_TEXT", "CONVERT_TO_BINARY"]


@dataclass(frozen=True)
class IntegrationResponse:
    """What becomes of an answer that matches ``pattern`` (None: of every other one).

    Attributes
    ----------
    status
        That the client gets.
    pattern
        A regular expression for the whole of the backend's status, or of a function's error message.
    headers
        Where each header's value comes from: ``'text'``, ``integration.response.header.X`` and the like.
    templates
        By the type of the content that they make.
    """

    status: int
    pattern: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)
    templates: Mapping[str, str] = field(default_factory=dict, hash=False)
    conversion: Conversion | None = None


@dataclass(frozen=True)
class ServiceBackend:
    """A service of AWS.

    Attributes
    ----------
    service
        As a signature names it: ``sqs``, ``dynamodb``, ``states`` …
    path, action
        The request's path, or the action that it names; one of both.
    subdomain
        What precedes the service in its host: an API's id, or a bucket.
    role
        The ARN of the role that calls it; empty: the account.
    """

    service: str
    path: str | None = None
    action: str | None = None
    subdomain: str = ""
    role: str = ""


@dataclass(frozen=True)
class FunctionBackend:
    """A function that gets what the template makes, and whose result is the answer's body."""

    arn: str


@dataclass(frozen=True)
class HttpBackend:
    """A web address, with ``{names}`` of path parameters in it."""

    url: str


@dataclass(frozen=True)
class MockBackend:
    """Nothing: the request template chooses the status."""


Backend: TypeAlias = ServiceBackend | FunctionBackend | HttpBackend | MockBackend


@dataclass(frozen=True)
class MappedIntegration:
    """The integrations ``AWS``, ``HTTP`` and ``MOCK``: request and answer pass mapping templates.

    Attributes
    ----------
    method
        Of the request to the backend; ``ANY`` is the client's own.
    parameters
        Where the request's headers, its query and the path's ``{names}`` come from, by
        ``integration.request.header.X`` and the like.
    templates
        By the type of the content that they take.
    passthrough
        What becomes of a body that no template takes.
    """

    backend: Backend
    method: str = "POST"
    parameters: Mapping[str, str] = field(default_factory=dict, hash=False)
    templates: Mapping[str, str] = field(default_factory=dict, hash=False)
    passthrough: Passthrough = "WHEN_NO_MATCH"
    conversion: Conversion | None = None
    responses: tuple[IntegrationResponse, ...] = ()
    timeout_seconds: float = 29.0


@dataclass(frozen=True)
class HttpProxy:
    """The integration ``HTTP_PROXY``: the request goes on to a web address as it is, and its answer back."""

    url: str
    method: str = "ANY"
    parameters: Mapping[str, str] = field(default_factory=dict, hash=False)
    timeout_seconds: float = 29.0
