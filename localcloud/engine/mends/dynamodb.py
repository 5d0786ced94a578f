"""DynamoDB: TTL from a template, one name per stream, and updates whose paths overlap refused."""

from __future__ import annotations

from typing import Any

from localcloud.engine.mends.patching import Context, Function, Record, mend, wrap_handler

TABLE = "AWS::DynamoDB::Table"


@mend("dynamodb.ttl")
def templates_set_ttl(context: Context) -> None:
    """Turn on the TimeToLiveSpecification that a template declares; MiniStack ignores it."""
    from ministack.services import dynamodb  # noqa: PLC0415

    def set_ttl(name: str, specification: Record) -> None:
        enabled = str(specification.get("Enabled", False)).lower() == "true"
        status, _headers, body = dynamodb._update_ttl(
            {
                "TableName": name,
                "TimeToLiveSpecification": {
                    "AttributeName": specification.get("AttributeName", ""),
                    "Enabled": enabled,
                },
            }
        )
        if status != 200:
            raise ValueError(f"{TABLE} TimeToLiveSpecification failed: {body.decode()}")

    @wrap_handler(TABLE, "create")
    def _(before: Function) -> Function:
        def create(logical_id: str, props: Record, stack: str) -> Any:
            name, attributes = before(logical_id, props, stack)
            if props.get("TimeToLiveSpecification"):
                set_ttl(name, props["TimeToLiveSpecification"])
            return name, attributes

        return create

    @wrap_handler(TABLE, "update")
    def _(before: Function) -> Function:
        def update(physical_id: str, old: Record, new: Record, *rest: Any) -> Any:
            name, attributes = before(physical_id, old, new, *rest)
            wanted, had = new.get("TimeToLiveSpecification"), old.get("TimeToLiveSpecification")
            if wanted:
                set_ttl(name, wanted)
            elif had:
                set_ttl(name, {**had, "Enabled": False})
            return name, attributes

        return update


@mend("dynamodb.stream_label")
def stream_labels_match_their_arns(context: Context) -> None:
    """Label a template's stream as its ARN ends.

    MiniStack takes the time twice, so LatestStreamLabel can be another millisecond than the ARN's.
    """
    from ministack.services import dynamodb  # noqa: PLC0415

    @wrap_handler(TABLE, "create")
    def _(before: Function) -> Function:
        def create(logical_id: str, props: Record, stack: str) -> Any:
            name, attributes = before(logical_id, props, stack)
            table = dynamodb._tables[name]
            if table.get("LatestStreamArn"):
                table["LatestStreamLabel"] = table["LatestStreamArn"].rsplit("/stream/", 1)[1]
            return name, attributes

        return create
