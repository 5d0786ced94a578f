"""The stack's parameters, changed by CloudFormation itself, as on AWS."""

from __future__ import annotations

import asyncio
import time
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
        An output by which the stack is found: whoever started it gave it its name.
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
        await asyncio.to_thread(self._set, name, value)

    async def restore(self) -> None:
        """Give each parameter that was changed its first value back. Raises ``Unavailable``."""
        for name, value in dict(self._before).items():
            await self.set_parameter(name, value)

    def _set(self, name: str, value: str) -> None:
        try:
            stack, parameters = self._read()
            if parameters.get(name) == value:
                return
            self._before.setdefault(name, parameters.get(name, ""))
            self._client.update_stack(
                StackName=stack,
                UsePreviousTemplate=True,
                Parameters=[
                    {"ParameterKey": key, "ParameterValue": value}
                    if key == name
                    else {"ParameterKey": key, "UsePreviousValue": True}
                    for key in parameters
                ],
                Capabilities=["CAPABILITY_IAM"],
            )
            self._settle(stack, name)
        except (BotoCoreError, ClientError) as error:
            raise Unavailable(f"The stack's {name} cannot be set to {value!r}: {error}") from error

    def _read(self) -> tuple[str, dict[str, str]]:
        for page in self._client.get_paginator("describe_stacks").paginate():
            for stack in page["Stacks"]:
                outputs = {output.get("OutputValue") for output in stack.get("Outputs", [])}
                if self._user_pool in outputs:
                    listed = stack.get("Parameters", [])
                    return stack["StackName"], {
                        one["ParameterKey"]: one.get("ParameterValue", "") for one in listed
                    }
        raise Unavailable(f"{self._engine} has no stack with Orderwire's outputs.")

    def _settle(self, stack: str, name: str) -> None:
        until = time.monotonic() + PATIENCE
        while True:
            status = self._client.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
            if not status.endswith("IN_PROGRESS"):
                break
            if time.monotonic() > until:
                raise Unavailable(f"The update of {name} takes longer than {PATIENCE:g} s.")
            time.sleep(0.2)
        if status != "UPDATE_COMPLETE":
            raise Unavailable(f"The update of {name} ended as {status}.")
