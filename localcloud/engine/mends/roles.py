"""IAM roles that a template makes."""

from __future__ import annotations

from typing import Any

from localcloud.engine.ministack.iam import iam
from localcloud.engine.patching import Context, Function, Record, mend, wrap_handler


@mend("cloudformation.boundaries")
def roles_have_their_boundary(_context: Context) -> None:
    """Give a role of a template its ``PermissionsBoundary``, which MiniStack leaves out."""

    def bound(name: str, properties: Record) -> None:
        role: Record | None = iam.roles.get(name)
        if role is not None:
            role["PermissionsBoundary"] = properties.get("PermissionsBoundary") or ""

    @wrap_handler("AWS::IAM::Role", "create")
    def _(before: Function) -> Function:
        def create(logical_id: str, properties: Record, *rest: Any, **keywords: Any) -> Any:
            result = before(logical_id, properties, *rest, **keywords)
            bound(result[0], properties)
            return result

        return create

    @wrap_handler("AWS::IAM::Role", "update")
    def _(before: Function) -> Function:
        def update(name: str, old: Record, new: Record, *rest: Any, **keywords: Any) -> Any:
            result = before(name, old, new, *rest, **keywords)
            bound(result[0], new)
            return result

        return update
