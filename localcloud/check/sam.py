"""``AWS::Serverless::GraphQLApi``: a whole API in one resource of SAM's."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from localcloud.appsync.definition import AuthMode, AuthType
from localcloud.check.code_files import CodeFiles
from localcloud.check.finding import SourcePlace, Text
from localcloud.check.model import (
    ApiModel,
    Code,
    FunctionModel,
    Name,
    ResolverModel,
    SourceModel,
)
from localcloud.stack.assets import local_path
from localcloud.stack.template import Json

KIND: Final = "AWS::Serverless::GraphQLApi"
_MODES: Final[tuple[AuthType, ...]] = (
    "API_KEY", "AWS_IAM", "AMAZON_COGNITO_USER_POOLS", "OPENID_CONNECT", "AWS_LAMBDA",
)  # fmt: skip
_NONE: Final = "NONE"  # SAM adds this source where a function names it
_SOURCES: Final = {"DynamoDb": "AMAZON_DYNAMODB", "Lambda": "AWS_LAMBDA"}
# What a pipeline resolver without code gets from SAM needs no look.


def _mapping(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def read_api(logical_id: str, values: dict[str, Json], files: CodeFiles) -> ApiModel:
    """Return the API that a resource of SAM's stands for."""
    place = files.places.of(logical_id)
    auth = _mapping(values.get("Auth"))
    additional = auth.get("Additional")
    records = [auth, *(additional if isinstance(additional, list) else [])]
    types = [files.values.text(_mapping(record).get("Type")) for record in records]
    api = ApiModel(
        logical_id,
        place,
        files.values.text(values.get("Name")) or logical_id,
        tuple(AuthMode(mode) for name in types for mode in _MODES if mode == name),
        _text(logical_id, values, "SchemaUri", "SchemaInline", files),
    )
    api.sources = [SourceModel(logical_id, place, _NONE, _NONE)]
    for group, kind in _SOURCES.items():
        for name in _mapping(_mapping(values.get("DataSources")).get(group)):
            at = files.places.of(logical_id, "DataSources", group, name)
            api.sources.append(SourceModel(f"{logical_id}.{name}", at, name, kind))
    for name, body in _mapping(values.get("Functions")).items():
        api.functions.append(_function(logical_id, name, _mapping(body), files))
    for type_name, fields in _mapping(values.get("Resolvers")).items():
        for name, body in _mapping(fields).items():
            api.resolvers.append(_resolver(logical_id, type_name, name, _mapping(body), files))
    return api


def _function(owner: str, name: str, body: dict[str, Json], files: CodeFiles) -> FunctionModel:
    source = files.values.text(body.get("DataSource"))
    if source is not None and source.casefold() == _NONE.casefold():  # as SAM compares it
        source = _NONE
    code, complete = _code(owner, body, name, files)
    place = files.places.of(owner, "Functions", name)
    batch = files.values.number(body.get("MaxBatchSize")) or 0
    # Functions are named by their key: it does for a logical id.
    return FunctionModel(name, place, Name(text=source), code, batch, complete, name=name)


def _resolver(owner: str, type_name: str, key: str, body: dict[str, Json], files: CodeFiles) -> ResolverModel:
    field_name = files.values.text(body.get("FieldName")) or key
    code, complete = _code(owner, body, f"{type_name}.{field_name}", files)
    pipeline = body.get("Pipeline")
    return ResolverModel(
        owner,
        files.places.of(owner, "Resolvers", type_name, key),
        None,
        code,
        files.values.number(body.get("MaxBatchSize")) or 0,
        complete,
        type_name=type_name,
        field_name=field_name,
        functions=tuple(Name(logical_id=str(item)) for item in pipeline)
        if isinstance(pipeline, list)
        else (),
    )


def _code(owner: str, body: dict[str, Json], name: str, files: CodeFiles) -> tuple[tuple[Code, ...], bool]:
    if "CodeUri" not in body and "InlineCode" not in body:
        return (), True
    text = _text(owner, body, "CodeUri", "InlineCode", files)
    return ((Code(f"{name}.js", "js", text),), True) if text is not None else ((), False)


def _text(owner: str, body: dict[str, Json], uri: str, inline: str, files: CodeFiles) -> Text | None:
    if inline in body:
        text = files.values.text(body[inline])
        if text is not None:
            return Text(text, _inline_place(owner, text, files))
    path: Path | None = local_path(body.get(uri), files.places.path.parent)
    if path is None:
        files.unresolved(owner, uri)
        return None
    return files.text(path, files.places.of(owner), f"{owner}.{uri}")


def _inline_place(owner: str, text: str, files: CodeFiles) -> SourcePlace:
    """Return where an inline text begins: its first line, searched for below its resource."""
    first = text.lstrip("\n").split("\n", 1)[0].strip()
    start = files.places.of(owner)
    lines = start.path.read_text(encoding="utf-8").splitlines()
    for number in range(start.line, len(lines) + 1):
        if first and lines[number - 1].strip() == first:
            return SourcePlace(start.path, number)
    return start
