"""botocore's models of services as they lie in its files: what they say, without botocore.

Importing botocore's own reader takes as long as checking a hundred resources.
"""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Mapping
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

_FILES: Final = ("service-2.json.gz", "service-2.json")


@cache
def _folder() -> str:
    botocore = find_spec("botocore")
    locations = (botocore and botocore.submodule_search_locations) or ()
    return next((f"{location}/data" for location in locations), "")


@cache
def services() -> frozenset[str]:
    """Return botocore's names of the services that it has a model of.

    Examples
    --------
    >>> {"dynamodb", "stepfunctions"} <= services()
    True
    """
    with os.scandir(_folder()) as entries:
        return frozenset(entry.name for entry in entries if entry.is_dir())


def read_model(service: str) -> dict[str, Any]:
    """Return a service's newest model: ``metadata``, ``operations``, ``shapes``.

    Raises
    ------
    KeyError
        botocore has none.
    """
    if service not in services():
        raise KeyError(service)
    versions = sorted(Path(_folder(), service).iterdir(), reverse=True)
    file = next(path for version in versions for name in _FILES if (path := version / name).is_file())
    content = file.read_bytes()
    document: dict[str, Any] = json.loads(gzip.decompress(content) if file.suffix == ".gz" else content)
    return document


class ModelShape:
    """A shape of a model, with botocore's names for what it has.

    Examples
    --------
    >>> shape = ModelShape.of_input(read_model("sqs"), "SendMessage")
    >>> shape.type_name, shape.required_members, shape.members["DelaySeconds"].type_name
    ('structure', ['QueueUrl', 'MessageBody'], 'integer')
    """

    def __init__(self, shapes: Mapping[str, dict[str, Any]], name: str) -> None:
        self._shapes = shapes
        self.name = name
        self.metadata = shapes[name]
        self.type_name: str = self.metadata["type"]

    @classmethod
    def of_input(cls, model: Mapping[str, Any], operation: str) -> ModelShape:
        """Return the shape of an operation's request."""
        return cls(model["shapes"], model["operations"][operation]["input"]["shape"])

    @property
    def required_members(self) -> list[str]:
        """The members that a structure must have."""
        return list(self.metadata.get("required", ()))

    @cached_property
    def members(self) -> dict[str, ModelShape]:
        """The members of a structure."""
        return {name: self._other(member) for name, member in self.metadata.get("members", {}).items()}

    @property
    def tokens(self) -> set[str]:
        """The members of a structure that an SDK fills in, so that a request is carried out once."""
        members = self.metadata.get("members", {})
        shapes = self._shapes
        return {
            name
            for name, member in members.items()
            if member.get("idempotencyToken") or shapes[member["shape"]].get("idempotencyToken")
        }

    @cached_property
    def member(self) -> ModelShape:
        """What a list holds."""
        return self._other(self.metadata["member"])

    @cached_property
    def value(self) -> ModelShape:
        """What a map holds."""
        return self._other(self.metadata["value"])

    def _other(self, reference: Mapping[str, Any]) -> ModelShape:
        return ModelShape(self._shapes, reference["shape"])
