"""What an OpenAPI document says of validation and of the gateway's own answers, taken over by an import.

Source: "API Gateway extensions to OpenAPI" in API Gateway's developer guide.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from localcloud.engine.ministack.apigateway_v1 import RestAPIs
from localcloud.engine.ministack.apigateway_v1 import apigateway_v1 as gateway
from localcloud.engine.patching import Record

VALIDATORS = "x-amazon-apigateway-request-validators"
VALIDATOR = "x-amazon-apigateway-request-validator"
RESPONSES = "x-amazon-apigateway-gateway-responses"
ANY = "x-amazon-apigateway-any-method"
VERBS = ("get", "put", "post", "delete", "patch", "head", "options")
PLACES = {"path": "path", "query": "querystring", "header": "header"}
JSON_TYPE = "application/json"


def take_document(gateway: RestAPIs, api_id: str, document: Record, *, overwrite: bool) -> None:
    """Take models, validators and gateway responses, and what each operation says of them."""
    if overwrite:
        gateway.models[api_id] = {}
        gateway.request_validators[api_id] = {}
        gateway.gateway_responses[api_id] = {}
    for name, schema in _schemas(document).items():
        _model(gateway, api_id, name, schema)
    for name, validator in _records(document.get(VALIDATORS)):
        members = {"name": name, **validator}
        gateway.create_request_validator(api_id, members)
    for kind, response in _records(document.get(RESPONSES)):
        status, _headers, body = gateway.put_gateway_response(api_id, kind, response)
        if status >= 400:
            raise ValueError(json.loads(body).get("message"))
    validators = {
        validator["name"]: name for name, validator in gateway.request_validators.get(api_id, {}).items()
    }
    for method, item, operation in _methods(gateway, api_id, document):
        validator_name = operation.get(VALIDATOR, document.get(VALIDATOR))
        method["requestValidatorId"] = validators.get(validator_name)
        parameters = [*parameters_of(item, document), *parameters_of(operation, document)]
        method["requestParameters"] = {
            f"method.request.{PLACES[parameter['in']]}.{parameter['name']}": bool(parameter.get("required"))
            for parameter in parameters
            if parameter.get("in") in PLACES
        }
        method["requestModels"] = {
            kind: _model_of(gateway, api_id, schema)
            for kind, schema in _bodies(parameters, operation, document)
        }


def localized(part: Any) -> Any:
    """Return a part of a document with the Region and the account where it names them.

    CloudFormation has resolved what it calls its own. What is left stands in documents that are included,
    and AWS's own collection of patterns has several that go to work so: ``${AWS::Region}``.
    """
    names = {
        "${AWS::Region}": gateway.get_region(),
        "${AWS::AccountId}": gateway.get_account_id(),
        "${AWS::Partition}": "aws",
    }

    def walk(value: Any) -> Any:
        if isinstance(value, str):
            for name, text in names.items() if "${AWS::" in value else ():
                value = value.replace(name, text)
            return value
        if isinstance(value, dict):
            return {key: walk(member) for key, member in value.items()}
        return [walk(member) for member in value] if isinstance(value, list) else value

    return walk(part)


def parameters_of(item: Record, document: Record) -> list[Record]:
    """Return the parameters of a path or an operation, references resolved."""
    listed = item.get("parameters")
    return [resolved(parameter, document) for parameter in (listed if isinstance(listed, list) else [])]


def resolved(part: Any, document: Record) -> Record:
    """Return what a reference within a document leads to."""
    for _ in range(8):
        if not isinstance(part, dict) or not str(part.get("$ref", "")).startswith("#/"):
            break
        at: Any = document
        for name in part["$ref"][2:].split("/"):
            at = at.get(name.replace("~1", "/").replace("~0", "~")) if isinstance(at, dict) else None
        part = at
    return part if isinstance(part, dict) else {}


def _records(value: Any) -> Iterator[tuple[str, Record]]:
    for name, record in value.items() if isinstance(value, dict) else ():
        if isinstance(record, dict):
            yield str(name), record


def _schemas(document: Record) -> Record:
    plain = document.get("definitions")
    inner = (document.get("components") or {}).get("schemas")
    return {**(plain if isinstance(plain, dict) else {}), **(inner if isinstance(inner, dict) else {})}


def _model(gateway: RestAPIs, api_id: str, name: str, schema: Any) -> None:
    gateway.create_model(api_id, {"name": name, "contentType": JSON_TYPE, "schema": json.dumps(schema)})


def _model_of(gateway: RestAPIs, api_id: str, schema: Any) -> str:
    """Return the name of a schema's model; one in the operation itself gets a model of its own."""
    reference = schema.get("$ref") if isinstance(schema, dict) else None
    if isinstance(reference, str):
        return reference.rpartition("/")[2]
    name = f"MODEL{len(gateway.models.get(api_id) or {}):06d}"
    _model(gateway, api_id, name, schema)
    return name


def _bodies(parameters: list[Record], operation: Record, document: Record) -> Iterator[tuple[str, Any]]:
    """Yield the schema of each type of body that an operation takes."""
    kinds = operation.get("consumes") or document.get("consumes") or [JSON_TYPE]
    for parameter in parameters:
        if parameter.get("in") == "body" and isinstance(parameter.get("schema"), dict):
            for kind in kinds:
                yield str(kind), parameter["schema"]
    content = resolved(operation.get("requestBody"), document).get("content")
    for kind, media in _records(content):
        if isinstance(media.get("schema"), dict):
            yield kind, media["schema"]


def _methods(gateway: RestAPIs, api_id: str, document: Record) -> Iterator[tuple[Record, Record, Record]]:
    """Yield each method that was imported, with its path's and its operation's part of the document."""
    by_path = {
        resource["path"]: resource["resourceMethods"] for resource in gateway.resources[api_id].values()
    }
    for path, item in _records(document.get("paths")):
        methods = by_path.get(re.sub(r"(?<=.)/$", "", path), {})
        for verb, operation in _records(item):
            name = "ANY" if verb == ANY else verb.upper()
            if (verb == ANY or verb.lower() in VERBS) and name in methods:
                yield methods[name], item, operation
