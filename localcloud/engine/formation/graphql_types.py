"""``AWS::AppSync::Type``: one type that is added to the schema of an API."""

from __future__ import annotations

import json
from typing import Any, Final

from localcloud.engine.feed import Feed
from localcloud.engine.ministack.appsync import appsync
from localcloud.engine.ministack.appsync_graphql import appsync_graphql
from localcloud.engine.ministack.provisioners import provisioners
from localcloud.engine.patching import Function, Record, wrap_handler

KIND: Final = "AWS::AppSync::Type"
SCHEMA: Final = "AWS::AppSync::GraphQLSchema"
_MARK: Final = "cloudformation"
Created = tuple[str, dict[str, str]]


class GraphqlTypes:
    """Creates types, and keeps a schema that is stored again from losing them."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._create_type = appsync.create_type
        self._types, self._schemas = appsync.types, appsync.schemas
        self._handlers = provisioners.resource_handlers

    def install(self) -> None:
        """Let CloudFormation know the type."""
        self._handlers[KIND] = {"create": self.create, "update": self.update, "delete": self.delete}
        # MiniStack updates a schema by creating it again.
        wrap_handler(SCHEMA, "create")(self._keeping)

    def create(self, _logical_id: str, props: Record, _stack: str) -> Created:
        """Add a type.

        Raises
        ------
        ValueError
            The definition is not SDL, or there is no such API.
        """
        api = str(props.get("ApiId", ""))
        if props.get("Format", "SDL") != "SDL":
            raise ValueError(
                "AWS::AppSync::Type: the local cloud reads definitions in SDL alone (Format: SDL)"
            )
        status, _headers, body = self._create_type(api, {"definition": props.get("Definition", "")})
        document: Record = json.loads(body)
        if status >= 300:
            raise ValueError(f"{document.get('message')} (Service: AWSAppSync, Status Code: {status})")
        record = document["type"]
        self._types[api][record["name"]][_MARK] = True
        self._add(api, record["definition"])
        self._changed(api)
        return record["arn"], {"Arn": record["arn"], "Name": record["name"]}

    def update(self, physical_id: str, old: Record, new: Record, stack: str) -> Created:
        """Put another definition in the place of the one before."""
        self.delete(physical_id, old)
        return self.create("", new, stack)

    def delete(self, physical_id: str, props: Record) -> None:
        """Take a type out again."""
        api, name = str(props.get("ApiId", "")), physical_id.rpartition("/")[2]
        record = self._types.get(api, {}).pop(name, None)
        schema = self._schemas.get(api)
        if record is not None and schema is not None:
            schema["definition"] = schema["definition"].replace(_block(record["definition"]), "")
        self._changed(api)

    def _keeping(self, before: Function) -> Function:
        def store(*args: Any, **keywords: Any) -> Any:
            result = before(*args, **keywords)
            api = str(result[0]).rpartition("/")[0]
            for record in list(self._types.get(api, {}).values()):
                if record.get(_MARK):
                    self._add(api, record["definition"])
            return result

        return store

    def _add(self, api: str, definition: str) -> None:
        empty = {"definition": "", "status": "SUCCESS", "details": "Schema creation successful."}
        schema = self._schemas.setdefault(api, empty)
        if _block(definition) not in schema["definition"]:
            schema["definition"] += _block(definition)
        appsync_graphql.forget_schema(api)

    def _changed(self, api: str) -> None:
        appsync_graphql.forget_schema(api)
        self._feed.publish({"kind": "appsync", "api": api})


def _block(definition: str) -> str:
    return f"\n\n{definition.strip()}\n"
