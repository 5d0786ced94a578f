"""Machines and executions by their ARNs."""

from __future__ import annotations

import re

from localcloud.states.api.errors import ApiError, invalid_arn, no_execution, no_machine
from localcloud.states.api.records import Alias, StateMachine, Version
from localcloud.states.api.region import Region
from localcloud.states.running.execution import Execution

MACHINE_ARN = re.compile(
    r"arn:aws[a-z-]*:states:[a-z0-9-]+:\d{12}:stateMachine:([^:/]+)(?::([^:]+))?(?:/.+)?"
)


def own_machine(region: Region, arn: str) -> StateMachine:
    """Return the machine of an ARN, which may not be a version's or an alias's.

    Raises
    ------
    ApiError
        InvalidArn, or StateMachineDoesNotExist.
    """
    if not MACHINE_ARN.fullmatch(arn):
        raise invalid_arn(arn)
    machine = region.machines.get(arn)
    if machine is None:
        raise no_machine(arn)
    return machine


def resolve(region: Region, arn: str) -> tuple[StateMachine, Version | None, Alias | None]:
    """Return the machine that an ARN names, with its version or alias if it names one.

    Raises
    ------
    ApiError
        InvalidArn, or StateMachineDoesNotExist.
    """
    form = MACHINE_ARN.fullmatch(arn)
    if form is None:
        raise invalid_arn(arn)
    qualifier = form[2]
    base = arn[: -len(qualifier) - 1] if qualifier else arn
    machine = region.machines.get(base)
    if machine is None:
        raise no_machine(arn)
    if not qualifier:
        return machine, None, None
    if qualifier.isdecimal():
        version = machine.versions.get(int(qualifier))
        if version is None:
            raise no_machine(arn)
        return machine, version, None
    alias = machine.aliases.get(qualifier)
    if alias is None:
        raise no_machine(arn)
    return machine, None, alias


def find(region: Region, arn: str) -> Execution:
    """Return a Standard execution.

    Raises
    ------
    ApiError
        InvalidArn for an Express one's, ExecutionDoesNotExist.
    """
    if ":express:" in arn:
        message = "Invalid Arn: 'Resource type not valid in this context: express'"
        raise ApiError("InvalidArn", message)
    execution = region.executions.get(arn)
    if execution is None:
        if not arn.startswith("arn:") or ":execution:" not in arn:
            raise ApiError("InvalidArn", f"Invalid Arn: '{arn}'")
        raise no_execution(arn)
    return execution
