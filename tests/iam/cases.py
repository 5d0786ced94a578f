"""Requests and policies, each a simulation as ``@cloud-copilot/iam-simulate`` takes it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, Final

ACCOUNT: Final = "123456789012"
OTHER: Final = "210987654321"
ROLE: Final = f"arn:aws:iam::{ACCOUNT}:role/worker"
SESSION: Final = f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/s"
KEY: Final = "arn:aws:s3:::bucket/home/ada/photo.png"
Json = dict[str, Any]


def statement(effect: str = "Allow", **elements: Any) -> Json:
    usual: Json = {"Effect": effect}
    if "NotAction" not in elements:
        usual["Action"] = "s3:GetObject"
    if "NotResource" not in elements:
        usual["Resource"] = "*"
    return {**usual, **elements}


def policy(*statements: Json) -> Json:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def simulation(
    *statements: Json,
    action: str = "s3:GetObject",
    resource: str = KEY,
    context: Json | None = None,
    principal: str = SESSION,
    owner: str = ACCOUNT,
    **more: Any,
) -> Json:
    return {
        "request": {
            "principal": principal,
            "action": action,
            "resource": {"resource": resource, "accountId": owner},
            "contextVariables": context or {},
        },
        "identityPolicies": [{"name": "identity", "policy": policy(*statements)}] if statements else [],
        "serviceControlPolicies": [],
        "resourceControlPolicies": [],
        **more,
    }


def elements() -> Iterator[tuple[str, Json]]:
    for pattern in (
        "s3:GetObject",
        "s3:getobject",
        "S3:Get*",
        "s3:*",
        "*",
        "s3:Put*",
        "s3:Get??ject",
        "sqs:*",
    ):
        yield f"action {pattern}", simulation(statement(Action=pattern))
        yield f"not action {pattern}", simulation(statement(NotAction=pattern))
    ada = {"aws:PrincipalTag/name": "ada"}
    star = {"aws:PrincipalTag/name": "*"}
    for pattern, tags in itertools.product(
        (
            *("arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket/home/*", "arn:aws:s3:::Bucket/*"),
            *("arn:aws:s3:::bucket/home/???/*", "arn:aws:s3:::bucket"),
            "arn:aws:s3:::bucket/home/${aws:PrincipalTag/name}/*",
            "arn:aws:s3:::bucket/home/${aws:PrincipalTag/name, 'ada'}/*",
        ),
        ({}, ada, star),
    ):
        shown = tags.get("aws:PrincipalTag/name", "none")
        yield f"resource {pattern} tag {shown}", simulation(statement(Resource=pattern), context=tags)
        yield (
            f"not resource {pattern} tag {shown}",
            simulation(statement(NotResource=pattern), context=tags),
        )
    yield "an explicit deny", simulation(statement(), statement("Deny", Action="s3:*"))
    yield "a deny of something else", simulation(statement(), statement("Deny", Action="s3:Put*"))
    yield "nothing", simulation()


# Operator, the key it looks at, a value that is equal, one that is not.
OPERATORS: Final = (
    ("StringEquals", "aws:PrincipalTag/name", "ada", "bob"),
    ("StringNotEquals", "aws:PrincipalTag/name", "ada", "bob"),
    ("StringEqualsIgnoreCase", "aws:PrincipalTag/name", "ADA", "bob"),
    ("StringNotEqualsIgnoreCase", "aws:PrincipalTag/name", "ADA", "bob"),
    ("StringLike", "aws:PrincipalTag/name", "a*", "b*"),
    ("StringNotLike", "aws:PrincipalTag/name", "a?a", "b*"),
    ("NumericEquals", "s3:signatureAge", "10", "11"),
    ("NumericNotEquals", "s3:signatureAge", "10", "11"),
    ("NumericLessThan", "s3:signatureAge", "11", "10"),
    ("NumericLessThanEquals", "s3:signatureAge", "10", "9"),
    ("NumericGreaterThan", "s3:signatureAge", "9", "10"),
    ("NumericGreaterThanEquals", "s3:signatureAge", "10", "11"),
    ("DateEquals", "aws:TokenIssueTime", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"),
    ("DateNotEquals", "aws:TokenIssueTime", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"),
    ("DateLessThan", "aws:TokenIssueTime", "2026-01-02T00:00:00Z", "2025-01-01T00:00:00Z"),
    ("DateGreaterThan", "aws:TokenIssueTime", "2025-01-02T00:00:00Z", "2026-01-02T00:00:00Z"),
    ("Bool", "aws:SecureTransport", "true", "false"),
    ("IpAddress", "aws:SourceIp", "203.0.113.0/24", "198.51.100.0/24"),
    ("NotIpAddress", "aws:SourceIp", "203.0.113.0/24", "198.51.100.7"),
    ("ArnEquals", "aws:SourceArn", "arn:aws:sns:us-east-1:123456789012:t*", "arn:aws:sns:*:*:other"),
    ("ArnLike", "aws:SourceArn", "arn:aws:sns:*:123456789012:topic", "arn:aws:sqs:*:*:topic"),
    ("ArnNotEquals", "aws:SourceArn", "arn:aws:sns:us-east-1:123456789012:topic", "arn:aws:s3:::other"),
    ("ArnNotLike", "aws:SourceArn", "arn:aws:sns:*:*:*", "arn:aws:s3:::other"),
)
VALUES: Final = {
    "aws:PrincipalTag/name": "ada",
    "s3:signatureAge": "10",
    "aws:TokenIssueTime": "2026-01-01T00:00:00Z",
    "aws:SecureTransport": "true",
    "aws:SourceIp": "203.0.113.7",
    "aws:SourceArn": "arn:aws:sns:us-east-1:123456789012:topic",
}


def operators() -> Iterator[tuple[str, Json]]:
    for operator, key, equal, different in OPERATORS:
        for suffix, (shown, expected) in itertools.product(
            ("", "IfExists"), (("equal", equal), ("different", different), ("either", [different, equal]))
        ):
            condition = {f"{operator}{suffix}": {key: expected}}
            for there in (True, False):
                name = f"{operator}{suffix} {shown} {'there' if there else 'missing'}"
                context = {key: VALUES[key]} if there else {}
                yield name, simulation(statement(Condition=condition), context=context)
    for value, there in itertools.product(("true", "false"), (True, False)):
        condition = {"Null": {"aws:SourceArn": value}}
        context = {"aws:SourceArn": VALUES["aws:SourceArn"]} if there else {}
        yield f"Null {value} {there}", simulation(statement(Condition=condition), context=context)


def sets() -> Iterator[tuple[str, Json]]:
    table = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/Orders"
    keys: tuple[list[str] | None, ...] = (None, ["a"], ["a", "b"], ["c"], ["a", "c"])
    for quantifier, operator, values in itertools.product(
        ("ForAllValues", "ForAnyValue"), ("StringEquals", "StringNotEquals", "StringLike"), keys
    ):
        for suffix in ("", "IfExists"):
            condition = {f"{quantifier}:{operator}{suffix}": {"dynamodb:LeadingKeys": ["a", "b"]}}
            context = {} if values is None else {"dynamodb:LeadingKeys": values}
            yield (
                f"{quantifier}:{operator}{suffix} {values}",
                simulation(
                    statement(Action="dynamodb:GetItem", Condition=condition),
                    action="dynamodb:GetItem",
                    resource=table,
                    context=context,
                ),
            )


PRINCIPALS: Final[dict[str, Any]] = {
    "role": {"AWS": ROLE},
    "session": {"AWS": SESSION},
    "account": {"AWS": ACCOUNT},
    "root": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
    "anyone": "*",
    "another role": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/other"},
    "a service": {"Service": "sns.amazonaws.com"},
    "several": {"AWS": [f"arn:aws:iam::{ACCOUNT}:role/other", ROLE]},
}


def resources() -> Iterator[tuple[str, Json]]:
    allowing, nothing = statement(), statement(Action="s3:PutObject")
    for (shown, principal), effect, identity, owner in itertools.product(
        PRINCIPALS.items(), ("Allow", "Deny"), ("allows", "silent"), (ACCOUNT, OTHER)
    ):
        of_resource = policy(statement(effect, Principal=principal))
        name = f"{effect} {shown} identity {identity} owner {'own' if owner == ACCOUNT else 'other'}"
        statements = (allowing if identity == "allows" else nothing,)
        yield name, simulation(*statements, owner=owner, resourcePolicy=of_resource)
    for boundary, (shown, principal) in itertools.product(
        ("allows", "silent", "denies"), (*PRINCIPALS.items(), ("none", None))
    ):
        limit = {
            "allows": statement(),
            "silent": statement(Action="s3:PutObject"),
            "denies": statement("Deny"),
        }[boundary]
        more: Json = {"permissionBoundaryPolicies": [{"name": "boundary", "policy": policy(limit)}]}
        if principal is not None:
            more["resourcePolicy"] = policy(statement(Principal=principal))
        for identity in ("allows", "silent"):
            statements = (allowing if identity == "allows" else nothing,)
            yield f"boundary {boundary} {shown} identity {identity}", simulation(*statements, **more)


def services() -> Iterator[tuple[str, Json]]:
    queue = f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders"
    topic = f"arn:aws:sns:us-east-1:{ACCOUNT}:topic"
    for principal, source in itertools.product(
        ({"Service": "sns.amazonaws.com"}, {"Service": "events.amazonaws.com"}, "*", {"AWS": ACCOUNT}),
        (topic, f"arn:aws:sns:us-east-1:{ACCOUNT}:other"),
    ):
        condition = {"ArnEquals": {"aws:SourceArn": topic}}
        allowing = statement(Action="sqs:SendMessage", Principal=principal, Condition=condition)
        yield (
            f"service {principal} from {source.rpartition(':')[2]}",
            simulation(
                action="sqs:SendMessage",
                resource=queue,
                principal="sns.amazonaws.com",
                context={"aws:SourceArn": source},
                resourcePolicy=policy(allowing),
            ),
        )


def keys() -> Iterator[tuple[str, Json]]:
    key = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    for (shown, principal), identity in itertools.product(PRINCIPALS.items(), ("allows", "silent")):
        action = "kms:Decrypt" if identity == "allows" else "kms:Encrypt"
        yield (
            f"key {shown} identity {identity}",
            simulation(
                statement(Action=action),
                action="kms:Decrypt",
                resource=key,
                resourcePolicy=policy(statement(Action="kms:*", Principal=principal)),
            ),
        )


CASES: Final = dict(itertools.chain(elements(), operators(), sets(), resources(), services(), keys()))
