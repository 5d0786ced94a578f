"""The engine's page of HTTP and WebSocket APIs, and how its documents are read."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, TypeAlias

from localcloud.gateway.requests import JSON

Document: TypeAlias = Mapping[str, JSON]
PAGE: Final = "/_localcloud/http-apis"
_SECONDS: Final = 30.0


def read_page(endpoint: str) -> Sequence[Document]:
    """Return every API with all of its parts. This blocks.

    Raises
    ------
    OSError, ValueError
        The engine did not answer.
    """
    with urllib.request.urlopen(f"{endpoint}{PAGE}", timeout=_SECONDS) as answer:  # noqa: S310 - http, by us
        return listed(json.load(answer), "apis")


def created_of(document: Document) -> datetime:
    """Return when an API was created."""
    return datetime.fromisoformat(text(document, "createdDate").replace("Z", "+00:00")).astimezone(UTC)


def stages_of(document: Document) -> dict[str, dict[str, str]]:
    """Return each stage's variables."""
    return {
        text(stage, "stageName"): strings(stage.get("stageVariables")) for stage in listed(document, "stages")
    }


def text(document: Document, name: str) -> str:
    """Return a member that is text; empty when it is none."""
    value = document.get(name)
    return value if isinstance(value, str) else ""


def strings(value: JSON) -> dict[str, str]:
    """Return an object's members as text."""
    return {name: str(item) for name, item in value.items()} if isinstance(value, Mapping) else {}


def listed(document: Document, name: str) -> Sequence[Document]:
    """Return the objects of a list."""
    value = document.get(name)
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def texts(value: JSON) -> tuple[str, ...]:
    """Return a list's items as text."""
    return tuple(str(item) for item in value) if isinstance(value, list) else ()
