"""A call of an API, and what it needs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol
from urllib.parse import parse_qs

from localcloud.iam.conditions import Context

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None


def _nothing() -> Context:
    return {}


@dataclass(frozen=True)
class Need:
    """An action on a resource.

    Attributes
    ----------
    context
        Makes the values of the service's own condition keys: it is called where a policy asks for one.
    """

    action: str
    resource: str
    context: Callable[[], Context] = field(default=_nothing, compare=False)


class Lookups(Protocol):
    """What only a service knows of its resources."""

    def partition_key(self, table: str) -> str | None:
        """Return the name of a table's partition key."""

    def secret_arn(self, name: str) -> str | None:
        """Return the ARN of a secret, with the six characters that Secrets Manager adds."""

    def key_arn(self, alias: str) -> str | None:
        """Return the ARN of the key that an alias stands for."""

    def task_machine(self, token: str) -> str | None:
        """Return the ARN of the state machine whose task a token is of."""

    def iterator_stream(self, iterator: str) -> str | None:
        """Return the ARN of the stream of a table that a shard iterator is of."""

    def subscription_topic(self, subscription: str) -> str | None:
        """Return the ARN of a subscription's topic."""


# Not frozen: its fields would be set by a call each, and every request has one.
@dataclass
class ApiCall:
    """A call as it came: which service (as signatures name it), which operation, and with what.

    Attributes
    ----------
    path, query
        Of REST services; as they were sent.
    headers
        Names in lower case.
    """

    service: str
    operation: str
    account: str
    region: str
    body: bytes = b""
    method: str = "POST"
    path: str = "/"
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def document(self) -> dict[str, Json]:
        """The body of a JSON call; empty where it is none."""
        try:
            document = json.loads(self.body or b"{}")
        except (ValueError, RecursionError):
            return {}
        return document if isinstance(document, dict) else {}

    @cached_property
    def form(self) -> dict[str, str]:
        """The parameters of a query call, each once."""
        text = "&".join(part for part in (self.query, self.body.decode("utf-8", "replace")) if part)
        return {name: values[0] for name, values in parse_qs(text, keep_blank_values=True).items()}

    @cached_property
    def parameters(self) -> dict[str, str]:
        """The query string of a REST call."""
        fields = parse_qs(self.query, keep_blank_values=True)
        return {name: values[0] for name, values in fields.items()}

    def text(self, *names: str) -> str:
        """Return the first member of the body that is a text and not empty; else an empty one."""
        for name in names:
            value = self.document.get(name)
            if isinstance(value, str) and value:
                return value
        return ""

    def records(self, name: str) -> list[dict[str, Json]]:
        """Return a member of the body that is a list of objects."""
        value = self.document.get(name)
        return [record for record in value if isinstance(record, dict)] if isinstance(value, list) else []

    def arn(self, resource: str, service: str = "") -> str:
        """Return the ARN of a resource in the account and region of the call."""
        return f"arn:aws:{service or self.service}:{self.region}:{self.account}:{resource}"
