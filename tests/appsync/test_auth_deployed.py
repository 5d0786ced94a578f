"""Five modes in one template: deployed, and each caller let in by what it brings, the function a real one."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.appsync.auth_support import serving
from tests.localcloud.running import Running, running

SDL = """
type Query { who: AWSJSON @aws_lambda @aws_oidc @aws_iam @aws_api_key @aws_cognito_user_pools open: String }
type Mutation { say(text: String): Message @aws_lambda }
type Message @aws_lambda { text: String secret: String }
type Subscription { onSay: Message @aws_subscribe(mutations: ["say"]) @aws_lambda }
"""
AUTHORIZER = """
def handler(event, context):
    token = event["authorizationToken"]
    if token == "broken":
        raise RuntimeError("no key store for " + token)
    return {
        "isAuthorized": token.startswith("member"),
        "resolverContext": {"invocation": context.aws_request_id, "level": 7},
        "deniedFields": ["Message.secret"],
    }
"""
WHO = "export const request = () => ({ payload: null });\nexport const response = (ctx) => ctx.identity;\n"
SAY = (
    "export const request = (ctx) => ({ payload: { text: ctx.args.text, secret: 'psst' } });\n"
    "export const response = (ctx) => ctx.result;\n"
)


def template(issuer: str) -> dict[str, Any]:
    resolver = {
        "ApiId": {"Fn::GetAtt": ["Api", "ApiId"]},
        "DataSourceName": {"Fn::GetAtt": ["Nothing", "Name"]},
        "Runtime": {"Name": "APPSYNC_JS", "RuntimeVersion": "1.0.0"},
    }
    return {
        "Resources": {
            "Api": {
                "Type": "AWS::AppSync::GraphQLApi",
                "Properties": {
                    "Name": "guarded",
                    "AuthenticationType": "AWS_LAMBDA",
                    "LambdaAuthorizerConfig": {
                        "AuthorizerUri": {"Fn::GetAtt": ["Function", "Arn"]},
                        "AuthorizerResultTtlInSeconds": 300,
                        "IdentityValidationExpression": "[a-z]+( [0-9]+)?",
                    },
                    "AdditionalAuthenticationProviders": [
                        {
                            "AuthenticationType": "OPENID_CONNECT",
                            "OpenIDConnectConfig": {
                                "Issuer": issuer,
                                "ClientId": "web|app",
                                "IatTTL": 3600000,
                            },
                        },
                        {"AuthenticationType": "API_KEY"},
                        {"AuthenticationType": "AWS_IAM"},
                        {
                            "AuthenticationType": "AMAZON_COGNITO_USER_POOLS",
                            "UserPoolConfig": {
                                "UserPoolId": {"Ref": "Pool"},
                                "AwsRegion": {"Ref": "AWS::Region"},
                            },
                        },
                    ],
                },
            },
            "Key": {
                "Type": "AWS::AppSync::ApiKey",
                "Properties": {"ApiId": {"Fn::GetAtt": ["Api", "ApiId"]}},
            },
            "Schema": {
                "Type": "AWS::AppSync::GraphQLSchema",
                "Properties": {"ApiId": {"Fn::GetAtt": ["Api", "ApiId"]}, "Definition": SDL},
            },
            "Nothing": {
                "Type": "AWS::AppSync::DataSource",
                "Properties": {
                    "ApiId": {"Fn::GetAtt": ["Api", "ApiId"]},
                    "Name": "nothing",
                    "Type": "NONE",
                },
            },
            "Who": {
                "Type": "AWS::AppSync::Resolver",
                "DependsOn": "Schema",
                "Properties": {**resolver, "TypeName": "Query", "FieldName": "who", "Code": WHO},
            },
            "Say": {
                "Type": "AWS::AppSync::Resolver",
                "DependsOn": "Schema",
                "Properties": {**resolver, "TypeName": "Mutation", "FieldName": "say", "Code": SAY},
            },
            "Pool": {"Type": "AWS::Cognito::UserPool", "Properties": {}},
            "Role": {
                "Type": "AWS::IAM::Role",
                "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}},
            },
            "Function": {
                "Type": "AWS::Lambda::Function",
                "Properties": {
                    "Runtime": "python3.13",
                    "Handler": "index.handler",
                    "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                    "Code": {"ZipFile": AUTHORIZER},
                },
            },
        }
    }


async def ask(
    session: aiohttp.ClientSession, cloud: Running, query: str, **headers: str
) -> tuple[int, dict[str, Any]]:
    (api,) = cloud.apis
    body = {"query": query}
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    async with session.post(api.graphql, json=body, headers=sent) as answer:
        return answer.status, await answer.json()


async def who(session: aiohttp.ClientSession, cloud: Running, **headers: str) -> Any:
    status, answer = await ask(session, cloud, "{ who }", **headers)
    assert (status, "errors" in answer) == (200, False), answer
    return json.loads(answer["data"]["who"] or "null")


@pytest.mark.slow
async def test_every_authorization_mode_of_a_deployed_template_is_served(tmp_path: Path) -> None:
    async with serving() as issuer, aiohttp.ClientSession() as session:
        file = tmp_path / "template.json"
        file.write_text(json.dumps(template(issuer.url)))
        with running(tmp_path, file) as cloud:
            (api,) = cloud.apis
            first = await who(session, cloud, authorization="member 1")
            assert first["resolverContext"]["level"] == 7
            # Kept for its token, and for no other's.
            assert await who(session, cloud, authorization="member 1") == first
            assert await who(session, cloud, authorization="member 2") != first
            assert (await who(session, cloud, authorization=issuer.token()))["sub"] == "ada"
            assert await who(session, cloud, x_api_key=api.api_keys[0]) is None
            for refused in ("guest", "MEMBER", issuer.token(aud="other")):
                assert (await ask(session, cloud, "{ who }", authorization=refused))[0] == 401
            status, answer = await ask(session, cloud, "{ who }", authorization="broken")
            assert (status, answer["errors"]) == (
                500,
                [{"errorType": "AuthorizerFailureException", "message": "no key store for broken"}],
            )
            mutation = 'mutation { say(text: "hi") { text secret } }'
            credential = {"host": "127.0.0.1", "Authorization": "member 3"}
            header = base64.b64encode(json.dumps(credential).encode()).decode()
            async with session.ws_connect(
                api.realtime, params={"header": header, "payload": "e30="}, protocols=["graphql-ws"]
            ) as socket:
                await socket.send_json({"type": "connection_init"})
                assert (await socket.receive_json(timeout=60))["type"] == "connection_ack"
                data = json.dumps({"query": "subscription { onSay { text secret } }"})
                start = {"data": data, "extensions": {"authorization": credential}}
                await socket.send_json({"id": "1", "type": "start", "payload": start})
                assert await socket.receive_json(timeout=60) == {"id": "1", "type": "start_ack"}
                _, answer = await ask(session, cloud, mutation, authorization="member 4")
                assert answer["data"] == {"say": {"text": "hi", "secret": None}}
                frame = await socket.receive_json(timeout=60)
            assert frame["payload"]["data"] == {"onSay": {"text": "hi", "secret": None}}
            assert "refused" not in cloud.printed.read_text()
