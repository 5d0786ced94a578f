"""Secrets that a template makes."""

from __future__ import annotations

from typing import Any

from localcloud.engine.ministack.drift import drift
from localcloud.engine.ministack.secretsmanager import secretsmanager
from localcloud.engine.patching import Context, Function, Record, mend, wrap_handler


@mend("cloudformation.secrets")
def secrets_are_named_by_their_arn(_context: Context) -> None:
    """Let ``Ref`` of a secret be its ARN.

    MiniStack gives the name. A policy whose ``Resource`` is that allows nothing, and a function that reads
    the secret is refused as soon as policies are enforced.
    """
    resolve = secretsmanager.resolve

    def name_of(physical_id: str) -> str:
        # A stack of an older data folder keeps the name.
        return str(resolve(physical_id)[0] or physical_id)

    @wrap_handler("AWS::SecretsManager::Secret", "create")
    def _(before: Function) -> Function:
        def create(*arguments: Any) -> Any:
            _name, attributes = before(*arguments)
            return attributes["Arn"], attributes

        return create

    @wrap_handler("AWS::SecretsManager::Secret", "update")
    def _(before: Function) -> Function:
        def update(physical_id: str, *rest: Any, **keywords: Any) -> Any:
            name = name_of(physical_id)
            updated, attributes = before(name, *rest, **keywords)
            # Another physical ID is a replacement, and what it replaces is deleted.
            return (physical_id if updated == name else attributes["Arn"]), attributes

        return update

    @wrap_handler("AWS::SecretsManager::Secret", "delete")
    def _(before: Function) -> Function:
        def delete(physical_id: str, properties: Record) -> None:
            before(name_of(physical_id), properties)

        return delete

    readers = drift.drift_readers
    read, read_properties = readers["AWS::SecretsManager::Secret"]
    readers["AWS::SecretsManager::Secret"] = (
        lambda physical_id, properties: read(name_of(physical_id), properties),
        read_properties,
    )
