"""JSON Schema draft 4 as API Gateway's request validators judge it, with the words of its errors.

Source: the IETF draft "JSON Schema: interactive and non interactive validation" (fge-00); the messages are
those of the Java library json-schema-validator, which ``$context.error.validationErrorString`` shows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Final

from localcloud.contracts.mapping_templates import JSON
from localcloud.gateway.rules.structures import STRUCTURES
from localcloud.gateway.rules.values import VALUES

_DEEPEST: Final = 64
_CHECKS: Final = {**VALUES, **STRUCTURES}


class Schemas:
    """Judges documents by the models of one API.

    Parameters
    ----------
    models
        The schemas' texts, by their models' names.

    Examples
    --------
    >>> schemas = Schemas({"Order": '{"type": "object", "required": ["id"]}'})
    >>> schemas.problems("Order", {})
    ['object has missing required properties (["id"])']
    """

    def __init__(self, models: Mapping[str, str]) -> None:
        self._texts = models
        self._read: dict[str, JSON] = {}
        self._depth = 0

    def problems(self, name: str, value: JSON) -> list[str]:
        """Return what is wrong with a document, by a model; an unknown model finds nothing wrong."""
        self._depth = 0
        return list(self.judge(self.model(name), value, self.model(name)))

    def model(self, name: str) -> JSON:
        """Return a model's schema; an empty one where it is none."""
        if name not in self._read:
            try:
                self._read[name] = json.loads(self._texts.get(name) or "{}")
            except (ValueError, RecursionError):
                self._read[name] = {}
        return self._read[name]

    def judge(self, schema: JSON, value: JSON, root: JSON) -> Iterator[str]:
        """Yield what is wrong with a value."""
        if not isinstance(schema, Mapping):
            return
        reference = schema.get("$ref")
        self._depth += 1
        try:
            if self._depth > _DEEPEST:
                return
            if isinstance(reference, str):
                yield from self.judge(*self._referred(reference, root, value))
                return
            for keyword, check in _CHECKS.items():
                if keyword in schema:
                    yield from check(self, schema[keyword], value, {**schema, "$root": root})
        finally:
            self._depth -= 1

    def holds(self, schema: JSON, value: JSON, root: JSON) -> bool:
        """Return whether nothing is wrong with a value."""
        return next(self.judge(schema, value, root), None) is None

    def _referred(self, reference: str, root: JSON, value: JSON) -> tuple[JSON, JSON, JSON]:
        """Return what a reference leads to: within its schema, or another model by its name."""
        address, _, pointer = reference.partition("#")
        name = (address or pointer).rpartition("/")[2]
        inner: JSON = root
        for part in filter(None, pointer.split("/")) if not address else ():
            inner = (
                inner.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(inner, Mapping) else None
            )
        if not address and inner is not None:
            return inner, value, root
        return self.model(name), value, self.model(name)
