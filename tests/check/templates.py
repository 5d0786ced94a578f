"""The smallest templates that a rule has something to say about."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from localcloud.check.run import check

CODE = "export function request(ctx) { return {}; }\nexport function response(ctx) { return ctx.result; }\n"


def ref(logical_id: str, attribute: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [logical_id, attribute]}


def resource(kind: str, **values: Any) -> dict[str, Any]:
    return {"Type": f"AWS::AppSync::{kind}", "Properties": {"ApiId": ref("Api", "ApiId"), **values}}


def resolver(field: str, **values: Any) -> dict[str, Any]:
    type_name, field_name = field.split(".")
    return resource("Resolver", TypeName=type_name, FieldName=field_name, **values)


RUNTIME = {"Name": "APPSYNC_JS", "RuntimeVersion": "1.0.0"}


def unit(field: str, code: str = CODE, **values: Any) -> dict[str, Any]:
    unit_properties = {"DataSourceName": ref("None", "Name"), "Code": code, "Runtime": RUNTIME, **values}
    return resolver(field, **unit_properties)


def api(sdl: str, mode: str = "API_KEY", /, *additional: str, **others: Any) -> dict[str, Any]:
    """A template with one API, a data source that does nothing, and other resources."""
    api_properties: dict[str, Any] = {
        "Type": "AWS::AppSync::GraphQLApi",
        "Properties": {
            "Name": "api",
            "AuthenticationType": mode,
            "AdditionalAuthenticationProviders": [{"AuthenticationType": mode} for mode in additional],
        },
    }
    return {
        "Resources": {
            "Api": api_properties,
            "Schema": resource("GraphQLSchema", Definition=sdl),
            "None": resource("DataSource", Name="none", Type="NONE"),
            **others,
        }
    }


def findings_of(folder: Path, template: dict[str, Any], *, notes: bool = False) -> list[str]:
    """Check a template, and return each finding as ``severity: rule: message``."""
    path = folder / "template.json"
    path.write_text(json.dumps(template, indent=1))
    lines = [finding.line(folder.resolve()).partition(": ")[2] for finding in check(path)]
    return [line for line in lines if notes or not line.startswith("note:")]
