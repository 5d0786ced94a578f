"""DynamoDB: TTL from a template, one name per stream, and updates whose paths overlap refused."""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations
from typing import Any

from localcloud.engine.ministack.dynamodb import DynamoDB, dynamodb
from localcloud.engine.patching import (
    Context,
    Function,
    Record,
    Response,
    mend,
    wrap_handler,
)

TABLE = "AWS::DynamoDB::Table"


@mend("dynamodb.ttl")
def templates_set_ttl(context: Context) -> None:
    """Turn on the TimeToLiveSpecification that a template declares; MiniStack ignores it."""

    def set_ttl(name: str, specification: Record) -> None:
        enabled = str(specification.get("Enabled", False)).lower() == "true"
        status, _headers, body = dynamodb.update_ttl(
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
            ttl, had = new.get("TimeToLiveSpecification"), old.get("TimeToLiveSpecification")
            if ttl:
                set_ttl(name, ttl)
            elif had:
                set_ttl(name, {**had, "Enabled": False})
            return name, attributes

        return update


@mend("dynamodb.stream_size")
def stream_records_have_a_size(context: Context) -> None:
    """Give each stream record its size, which MiniStack leaves at 0.

    AWS counts the keys and images of the record; Lambda's batches are bounded by it.
    """

    @DynamoDB.build_change_record.wrap
    def _(before: Function) -> Function:
        def build(*args: Any) -> Record:
            record: Record = before(*args)
            change = record["dynamodb"]
            images = (change.get(part) for part in ("Keys", "OldImage", "NewImage"))
            change["SizeBytes"] = sum(dynamodb.item_size_bytes(image) for image in images if image)
            return record

        return build


@mend("dynamodb.overlapping_paths")
def overlapping_paths_are_refused(context: Context) -> None:
    """Refuse an update expression that changes one path twice, or a path and a part of it.

    AWS refuses it before it looks at the condition or the item: one cannot append to a list and
    trim it in one update. A section (SET, REMOVE, ...) may occur once. MiniStack accepts both.
    """

    def problem(data: Record) -> str | None:
        expression = data.get("UpdateExpression")
        if not isinstance(expression, str) or not expression.strip():
            return None
        return overlap(expression, tuple((data.get("ExpressionAttributeNames") or {}).items()))

    def refusal(message: str) -> Response:
        answer: Response = dynamodb.error_response_json(
            "ValidationException", f"Invalid UpdateExpression: {message}", 400
        )
        return answer

    @DynamoDB.update_item.wrap
    def _(before: Function) -> Function:
        def update(data: Record) -> Response:
            message = problem(data)
            response: Response = refusal(message) if message else before(data)
            return response

        return update

    @DynamoDB.transact_write_items.wrap
    def _(before: Function) -> Function:
        def write(data: Record) -> Response:
            messages = [problem(item.get("Update") or {}) for item in data.get("TransactItems") or []]
            message = next(filter(None, messages), None)
            response: Response = refusal(message) if message else before(data)
            return response

        return write


@lru_cache(maxsize=2048)
def overlap(expression: str, names: tuple[tuple[str, str], ...]) -> str | None:
    """Return what is wrong with an update expression's sections or paths; None if nothing is.

    Parameters
    ----------
    names
        ExpressionAttributeNames.
    """
    sections: dict[str, list[Any]] = {}
    name = ""
    try:
        for token in dynamodb.tokenize(expression):
            if token[0] == "IDENT" and token[1].upper() in {"SET", "REMOVE", "ADD", "DELETE"}:
                name = token[1].upper()
                if name in sections:
                    return f'The "{name}" section can only be used once in an update expression;'
                sections[name] = []
            elif token[0] != "EOF" and name:
                sections[name].append(token)
        paths = [
            list(dynamodb.parse_path_from_tokens(_target(section, part), dict(names)))
            for section, tokens in sections.items()
            for part in dynamodb.split_by_comma(tokens)
        ]
    except (ValueError, IndexError, KeyError):
        return None  # no expression at all: MiniStack says what is wrong with it
    for first, two in combinations(paths, 2):
        shorter = min(len(first), len(two))
        if shorter and first[:shorter] == two[:shorter]:
            return (
                "Two document paths overlap with each other; must remove or rewrite one of these paths; "
                f"path one: {_formatted(first)}, path two: {_formatted(two)}"
            )
    return None


def _target(section: str, part: list[Any]) -> list[Any]:
    """Return the tokens of the path that a part of a section changes."""
    if section == "SET":
        return next((part[:at] for at, token in enumerate(part) if token[0] == "EQ"), part)
    if section in {"ADD", "DELETE"}:
        return [token for token in part if token[0] != "VALUE_REF"]
    return part


def _formatted(path: list[Any]) -> str:
    return "[" + ", ".join(f"[{part}]" if isinstance(part, int) else str(part) for part in path) + "]"
