"""The stack's parameters, changed by CloudFormation itself, as on AWS."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from clients import Unavailable
from demo.ready import Ready

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

PATIENCE = 120.0
"""Seconds that an update may take."""


class LocalStack:
    """The stack of a running local cloud that has Orderwire's outputs.

    Parameters
    ----------
    user_pool
        An output by which the stack is found: its starter gave it its name.
    """

    def __init__(self, ready: Ready) -> None:
        self._engine = ready.engine
        self._user_pool = ready.user_pool
        self._client: CloudFormationClient = boto3.client(
            "cloudformation",
            endpoint_url=ready.engine,
            region_name=ready.region,
            aws_access_key_id=ready.access_key_id,
            aws_secret_access_key=ready.secret_access_key,
        )
        self._before: dict[str, str] = {}

    async def set_parameter(self, name: str, value: str) -> None:
        """Give a parameter another value, and return when the stack has it. Raises ``Unavailable``."""
        await self.set_parameters({name: value})

    async def set_parameters(self, values: Mapping[str, str]) -> None:
        """Give several parameters their values by one update. Raises ``Unavailable``."""
        await asyncio.to_thread(self._set, values)

    async def restore(self) -> None:
        """Give each parameter that was changed its first value back. Raises ``Unavailable``."""
        await self.set_parameters(dict(self._before))

    def resource(self, name: str) -> str | None:
        """Return the physical id of a logical one; None where the stack has none."""
        try:
            stack, _ = self._read()
            answer = self._client.describe_stack_resource(StackName=stack, LogicalResourceId=name)
        except ClientError:
            return None
        return answer["StackResourceDetail"].get("PhysicalResourceId")

    def parameter(self, name: str) -> str | None:
        """Return a parameter's value; None where the stack has none of that name."""
        return self._read()[1].get(name)

    def _set(self, values: Mapping[str, str]) -> None:
        words = " and ".join(f"{name} to {value!r}" for name, value in values.items())
        try:
            stack, parameters = self._read()
            new = {name: value for name, value in values.items() if parameters.get(name) != value}
            if not new:
                return
            for name in new:
                self._before.setdefault(name, parameters.get(name, ""))
            self._client.update_stack(
                StackName=stack,
                UsePreviousTemplate=True,
                Parameters=[
                    {"ParameterKey": key, "ParameterValue": new[key]}
                    if key in new
                    else {"ParameterKey": key, "UsePreviousValue": True}
                    for key in parameters
                ],
                Capabilities=["CAPABILITY_IAM"],
            )
            self._settle(stack, words)
        except (BotoCoreError, ClientError) as error:
            raise Unavailable(f"The stack's parameters cannot be set, {words}: {error}") from error

    def _read(self) -> tuple[str, dict[str, str]]:
        for page in self._client.get_paginator("describe_stacks").paginate():
            for stack in page["Stacks"]:
                outputs = {output.get("OutputValue") for output in stack.get("Outputs", [])}
                if self._user_pool in outputs:
                    listed = stack.get("Parameters", [])
                    return stack["StackName"], {
                        parameter["ParameterKey"]: parameter.get("ParameterValue", "") for parameter in listed
                    }
        raise Unavailable(f"{self._engine} has no stack with Orderwire's outputs.")

    def _settle(self, stack: str, words: str) -> None:
        until = time.monotonic() + PATIENCE
        while True:
            status = self._client.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
            if not status.endswith("IN_PROGRESS"):
                break
            if time.monotonic() > until:
                raise Unavailable(f"The update, {words}, takes longer than {PATIENCE:g} s.")
            time.sleep(0.2)
        if status != "UPDATE_COMPLETE":
            raise Unavailable(f"The update, {words}, ended as {status}.")
