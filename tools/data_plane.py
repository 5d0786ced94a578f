"""Serve one AppSync API by the data plane alone: no engine, no control plane, no functions.

``python tools/data_plane.py describe TEMPLATE`` prints an API of a template as JSON; ``… serve FILE`` serves
such a description, prints its address, and ends with its standard input. The benchmarks use it to split the
data plane from what surrounds it. Only NONE data sources answer, and only API keys let callers in.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import http.client
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

if TYPE_CHECKING:
    from localcloud.appsync.definition import ApiDefinition

KEY = "da2-alone"
_KIND = "AWS::AppSync::"


def describe(path: Path) -> dict[str, Any]:
    """Return the API of the template, with the code of its files in it.

    What another resource gives stands there by its name: nothing here is ever asked for it.
    """
    from localcloud.stack.template import properties, read_template, resources  # noqa: PLC0415 - not to serve

    declared: dict[str, Any] = dict(resources(read_template(path)))
    values: dict[str, Any] = {name: properties(resource) for name, resource in declared.items()}

    def plain(value: Any) -> Any:
        match value:
            case {"Ref": text} | {"Fn::Sub": text}:
                return str(text)
            case {"Fn::GetAtt": [name, attribute]}:
                return values.get(name, {}).get(attribute, name)
            case {"Fn::If": [_, _, otherwise]}:
                return plain(otherwise)  # what is there in any case: the other may be a nested stack's
            case dict():
                return {name: plain(inner) for name, inner in value.items()}
            case list():
                return [plain(inner) for inner in value]
        return value

    def all_of(kind: str) -> list[tuple[str, Any]]:
        names = (name for name, resource in declared.items() if resource.get("Type") == _KIND + kind)
        return [(name, plain(values[name])) for name in names]

    def text(part: Any, name: str) -> str | None:
        if f"{name}S3Location" in part:
            file: Path = path.parent / part[f"{name}S3Location"]
            return file.read_text(encoding="utf-8")
        inline = part.get(name)
        return str(inline) if inline is not None else None

    ((_, api),) = all_of("GraphQLApi")
    ((_, schema),) = all_of("GraphQLSchema")
    return {
        "name": api["Name"],
        "schema": text(schema, "Definition"),
        "environment": api.get("EnvironmentVariables", {}),
        "sources": [[source["Name"], source["Type"]] for _, source in all_of("DataSource")],
        "functions": [
            {
                "id": name,
                "name": function["Name"],
                "data_source": function["DataSourceName"],
                "code": text(function, "Code"),
            }
            for name, function in all_of("FunctionConfiguration")
        ],
        "resolvers": [
            {
                "type_name": resolver["TypeName"],
                "field_name": resolver["FieldName"],
                "kind": resolver.get("Kind", "UNIT"),
                "data_source": resolver.get("DataSourceName"),
                "function_ids": resolver.get("PipelineConfig", {}).get("Functions", []),
                "code": text(resolver, "Code"),
            }
            for _, resolver in all_of("Resolver")
        ],
    }


def definition(document: dict[str, Any]) -> ApiDefinition:
    """Return what the data plane serves, of a description."""
    from localcloud.appsync.definition import (  # noqa: PLC0415
        ApiDefinition,
        ApiKey,
        AuthMode,
        DataSource,
        PipelineFunction,
        Resolver,
    )

    resolvers = [
        Resolver(**{**resolver, "function_ids": tuple(resolver["function_ids"])})
        for resolver in document["resolvers"]
    ]
    return ApiDefinition(
        "alone",
        document["name"],
        document["schema"],
        AuthMode("API_KEY"),
        additional_auth=(AuthMode("AWS_IAM"),),
        data_sources={name: DataSource(name, kind) for name, kind in document["sources"]},
        functions={function["id"]: PipelineFunction(**function) for function in document["functions"]},
        resolvers={(resolver.type_name, resolver.field_name): resolver for resolver in resolvers},
        api_keys=(ApiKey(KEY, datetime.now(UTC) + timedelta(days=1)),),
        environment=document["environment"],
    )


class _NoFunctions:
    async def invoke(
        self, function: str, payload: bytes, *, asynchronous: bool = False, limit: float | None = None
    ) -> Any:
        """Say that there are none."""
        from localcloud.functions.errors import FunctionNotFound  # noqa: PLC0415

        raise FunctionNotFound(function)


async def serve(api: ApiDefinition) -> None:
    """Serve the API until standard input ends."""
    from localcloud.appsync.datasources.clients import DataSourceClients  # noqa: PLC0415
    from localcloud.appsync.resolving import ResolverEngine  # noqa: PLC0415
    from localcloud.appsync.service import AppSyncService  # noqa: PLC0415
    from localcloud.aws import Credentials, EngineAddress  # noqa: PLC0415

    gc.freeze()  # as localcloud/__main__.py does it
    nowhere = EngineAddress("http://127.0.0.1:9", api.region, api.account, Credentials(api.account, "secret"))
    clients = DataSourceClients(nowhere, _NoFunctions())
    service = AppSyncService(
        nowhere, lambda definition: ResolverEngine(definition, sources=clients), load=lambda _id: api
    )
    await service.start()
    try:
        address = await asyncio.to_thread(_open, service.control.url, api)
        sys.stdout.write(f"{address}\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)
    finally:
        await service.stop()
        await clients.close()


def _open(control: str, api: ApiDefinition) -> str:
    """Open the API as the engine does it, and return its address."""
    connection = http.client.HTTPConnection(control.removeprefix("http://"))
    try:
        connection.request("POST", f"/apis/{api.id}", json.dumps({"name": api.name}))
        return str(json.loads(connection.getresponse().read())["graphql"])
    finally:
        connection.close()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="data_plane.py", description=__doc__)
    parser.add_argument("command", choices=("describe", "serve"))
    parser.add_argument("file", type=Path)
    options = parser.parse_args(arguments)
    if options.command == "describe":
        sys.stdout.write(json.dumps(describe(options.file)) + "\n")
        return 0
    import uvloop  # noqa: PLC0415

    uvloop.run(serve(definition(json.loads(options.file.read_text(encoding="utf-8")))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
