"""Athena's saved questions, from templates."""

from __future__ import annotations

import json

from localcloud.engine.ministack.athena import athena
from localcloud.engine.ministack.provisioners import provisioners
from localcloud.engine.patching import Context, MendError, Record, mend

KIND = "AWS::Athena::NamedQuery"


@mend("athena.named_queries")
def named_queries_are_created(_context: Context) -> None:
    """Create, replace and delete what AWS::Athena::NamedQuery declares.

    MiniStack serves named queries by the API, and refuses a template that has one: an unknown type.
    """
    table = provisioners.resource_handlers
    if KIND in table:
        raise MendError(f"MiniStack's CloudFormation knows {KIND} by now: drop athena.named_queries")
    add, remove = athena.create_named_query, athena.delete_named_query
    workgroups = athena.workgroups
    ensure_primary = athena.ensure_default_workgroup

    def create(logical_id: str, props: Record, stack: str) -> tuple[str, dict[str, str]]:
        workgroup = str(props.get("WorkGroup") or "primary")
        ensure_primary()  # else it is there from the first request on
        if workgroup not in workgroups:
            raise ValueError(f"WorkGroup {workgroup} is not found.")
        name = str(props.get("Name") or f"{stack}-{logical_id}")
        _status, _headers, body = add({**props, "Name": name, "WorkGroup": workgroup})
        query_id = str(json.loads(body)["NamedQueryId"])
        return query_id, {"NamedQueryId": query_id}

    def delete(physical_id: str, _props: Record) -> None:
        remove({"NamedQueryId": physical_id})

    def update(
        physical_id: str, old: Record, new: Record, stack: str, logical_id: str | None = None
    ) -> tuple[str, dict[str, str]]:
        # Each property is replaced with the query, on AWS too.
        if old == new:
            return physical_id, {"NamedQueryId": physical_id}
        created = create(logical_id or physical_id, new, stack)
        delete(physical_id, old)
        return created

    table[KIND] = {"create": create, "update": update, "delete": delete}
