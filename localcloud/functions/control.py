"""The Lambda control plane as this service needs it, and its client for the engine."""

from __future__ import annotations

import urllib.request
from typing import TYPE_CHECKING, Protocol

from botocore.exceptions import ClientError

from localcloud.aws.plain import plain_client
from localcloud.functions.control_documents import AsynchronousConfig, function_of, mapping_of
from localcloud.functions.mapping_definition import MappingDefinition
from localcloud.functions.model import FunctionDefinition
from localcloud.functions.threads import Threads

if TYPE_CHECKING:
    from localcloud.aws import EngineAddress


class ControlPlane(Protocol):
    """What is known of functions, layers and event source mappings."""

    async def function(self, name: str, qualifier: str) -> FunctionDefinition | None:
        """Return a function, by the version or alias when ``qualifier`` is not empty."""

    async def function_names(self) -> list[str]:
        """Return the names of all functions."""

    async def asynchronous_config(self, name: str, qualifier: str) -> AsynchronousConfig:
        """Return how its asynchronous invocations are retried and where their results go."""

    async def mappings(self) -> list[MappingDefinition]:
        """Return all event source mappings."""

    async def layer_location(self, arn: str) -> str:
        """Return where a layer version's content can be downloaded."""

    async def download(self, url: str) -> bytes:
        """Download a function's code or a layer's content."""


class EngineControl:
    """`ControlPlane` at the engine, by boto3."""

    def __init__(self, engine: EngineAddress, threads: Threads) -> None:
        self._lambda = plain_client(engine, "lambda")
        self._threads = threads

    async def function(self, name: str, qualifier: str) -> FunctionDefinition | None:
        """See `ControlPlane.function`."""
        request = {"FunctionName": name, **({"Qualifier": qualifier} if qualifier else {})}
        try:
            answer = await self._threads.run(lambda: self._lambda.get_function(**request))
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceNotFoundException":
                return None
            raise
        return function_of(answer, qualifier)

    async def function_names(self) -> list[str]:
        """See `ControlPlane.function_names`."""

        def names() -> list[str]:
            pages = self._lambda.get_paginator("list_functions").paginate()
            return [function["FunctionName"] for page in pages for function in page["Functions"]]

        return await self._threads.run(names)

    async def asynchronous_config(self, name: str, qualifier: str) -> AsynchronousConfig:
        """See `ControlPlane.asynchronous_config`."""
        request = {"FunctionName": name, **({"Qualifier": qualifier} if qualifier else {})}
        try:
            answer = await self._threads.run(lambda: self._lambda.get_function_event_invoke_config(**request))
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceNotFoundException":
                return AsynchronousConfig()
            raise
        return AsynchronousConfig.of(answer)

    async def mappings(self) -> list[MappingDefinition]:
        """See `ControlPlane.mappings`."""

        def listed() -> list[MappingDefinition]:
            pages = self._lambda.get_paginator("list_event_source_mappings").paginate()
            return [mapping_of(document) for page in pages for document in page["EventSourceMappings"]]

        return await self._threads.run(listed)

    async def layer_location(self, arn: str) -> str:
        """See `ControlPlane.layer_location`."""
        answer = await self._threads.run(lambda: self._lambda.get_layer_version_by_arn(Arn=arn))
        return answer["Content"]["Location"]

    async def download(self, url: str) -> bytes:
        """See `ControlPlane.download`."""

        def body() -> bytes:
            with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 - the engine's own address
                content: bytes = answer.read()
                return content

        return await self._threads.run(body)
