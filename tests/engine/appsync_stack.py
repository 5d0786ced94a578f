"""A small AppSync API as CloudFormation resources."""

from __future__ import annotations

from typing import Any

from tests.engine.world import World

SCHEMA = "type Query { thing(id: ID!): String }\n"
JS = {"Name": "APPSYNC_JS", "RuntimeVersion": "1.0.0"}


def api_with(world: World, **resources: Any) -> dict[str, Any]:
    """Return the resources of an API named Api, with a NONE data source, and what is given."""
    return {
        "Api": {
            "Type": "AWS::AppSync::GraphQLApi",
            "Properties": {"Name": "api", "AuthenticationType": "API_KEY"},
        },
        "Nothing": {
            "Type": "AWS::AppSync::DataSource",
            "Properties": {"ApiId": {"Fn::GetAtt": "Api.ApiId"}, "Name": "Nothing", "Type": "NONE"},
        },
        **{
            name: {
                "Type": f"AWS::AppSync::{kind}",
                "Properties": {"ApiId": {"Fn::GetAtt": "Api.ApiId"}, **properties},
                "DependsOn": "Nothing",
            }
            for name, (kind, properties) in resources.items()
        },
    }


ID = {"Id": {"Fn::GetAtt": "Api.ApiId"}}
