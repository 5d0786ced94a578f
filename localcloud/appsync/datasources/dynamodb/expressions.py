"""Expressions of a request document, merged into the one set of names and values that DynamoDB takes."""

from __future__ import annotations

from dataclasses import dataclass, field

from localcloud.appsync.datasources import documents, elements
from localcloud.appsync.datasources.documents import Document
from localcloud.appsync.datasources.dynamodb.values import typed
from localcloud.appsync.datasources.failures import RequestInvalid
from localcloud.appsync.definition import JSON


@dataclass
class Expressions:
    """Names and values of all of one request's expressions.

    DynamoDB has one ``ExpressionAttributeNames`` a request where AppSync has one per expression: two that
    use a placeholder for different things cannot be sent, and AppSync refuses them too.
    """

    names: dict[str, JSON] = field(default_factory=dict)
    values: dict[str, JSON] = field(default_factory=dict)

    def take(self, request: Document, part: str, path: str = "") -> str | None:
        """Return the expression under ``part`` (None when it is not given) and keep its placeholders."""
        if request.get(part) is None:
            return None
        expression = documents.mapping(request, part, path)
        inner = f"{path}{part}."
        for placeholder, name in documents.optional_mapping(expression, "expressionNames", inner).items():
            self._keep(self.names, placeholder, name, inner)
        for placeholder, value in documents.optional_mapping(expression, "expressionValues", inner).items():
            self._keep(self.values, placeholder, typed(value), inner)
        return documents.text(expression, "expression", inner)

    @staticmethod
    def _keep(placeholders: dict[str, JSON], placeholder: str, value: JSON, path: str) -> None:
        if placeholders.setdefault(placeholder, value) != value:
            where = elements.place(path)
            msg = f"'{where}': the placeholder {placeholder} is used for something else in the same request."
            raise RequestInvalid(msg)

    def put(self, target: Document) -> Document:
        """Add names and values to an API request; DynamoDB refuses empty ones."""
        if self.names:
            target["ExpressionAttributeNames"] = self.names
        if self.values:
            target["ExpressionAttributeValues"] = self.values
        return target
