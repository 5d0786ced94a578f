"""Asking one table, as a resolver would, and seeing all that its response handler sees."""

from __future__ import annotations

from localcloud.appsync.definition import JSON, DataSource, DeltaSyncConfig, DynamoDBConfig
from localcloud.appsync.resolving import FieldOutcome
from localcloud.aws import EngineAddress
from tests.appsync.resolvers import NONE, FakeFunctions, api, call, engine, unit

SEES = "export const response = (ctx) => ({ result: ctx.result, error: ctx.error });\n"
HEAD = "import { util } from '@aws-appsync/utils';\nimport * as ddb from '@aws-appsync/utils/dynamodb';\n"


class Table:
    """A table behind a resolver."""

    def __init__(
        self,
        address: EngineAddress,
        name: str,
        functions: FakeFunctions | None = None,
        delta: DeltaSyncConfig | None = None,
    ) -> None:
        self.address, self.name, self.delta = address, name, delta
        self.functions = functions or FakeFunctions()

    async def ask(self, request: str, arguments: dict[str, JSON] | None = None) -> FieldOutcome:
        """Resolve once; ``request`` is the JavaScript expression of the request document."""
        source = DataSource(
            "table", "AMAZON_DYNAMODB", DynamoDBConfig(self.name, self.address.region, self.delta)
        )
        code = f"{HEAD}export const request = (ctx) => ({request});\n{SEES}"
        definition = api(
            unit(code, source="table", on="Mutation.write"),
            sources=(source, NONE),
            environment={"TABLE": self.name},
        )
        async with engine(definition, self.functions, self.address) as resolvers:
            assert resolvers.warnings == []
            return await resolvers.resolve(call(arguments, on="Mutation.write", identity={"sub": "u"}))

    async def result(self, request: str, arguments: dict[str, JSON] | None = None) -> JSON:
        """Return ``ctx.result``; there is no error."""
        outcome = await self.ask(request, arguments)
        assert outcome.errors == []
        assert isinstance(outcome.value, dict)
        assert outcome.value["error"] is None
        return outcome.value["result"]

    async def error(self, request: str, arguments: dict[str, JSON] | None = None) -> tuple[str, str, JSON]:
        """Return ``ctx.error``'s type and message, and ``ctx.result``."""
        outcome = await self.ask(request, arguments)
        assert outcome.errors == []
        assert isinstance(outcome.value, dict)
        error = outcome.value["error"]
        assert isinstance(error, dict)
        return str(error["type"]), str(error["message"]), outcome.value["result"]
