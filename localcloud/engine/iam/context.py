"""The global condition keys of a request, and which keys differ between a role's requests.

Source: "AWS global condition context keys" in the IAM user guide.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Final

from localcloud.engine.iam.identities import Identity
from localcloud.engine.iam.policies import Policies
from localcloud.iam.conditions import Context, Value

# What is the same for every request of an identity within a second.
_STATIC: Final = frozenset(
    {
        *("aws:principalarn", "aws:principalaccount", "aws:principaltype", "aws:userid", "aws:username"),
        *("aws:requestedregion", "aws:securetransport", "aws:sourceip", "aws:currenttime", "aws:epochtime"),
        *("aws:viaawsservice", "aws:principalisawsservice", "aws:resourceaccount", "s3:resourceaccount"),
        *("aws:sourceaccount", "aws:sourcearn", "aws:principalservicename", "aws:principalorgid"),
        *("aws:multifactorauthpresent", "aws:sourcevpc", "aws:sourcevpce", "aws:calledvia"),
        *("lambda:sourcefunctionarn", "kms:calleraccount"),
    }
)


def depends_on_request(keys: Iterable[str]) -> bool:
    """Say whether some condition keys differ between requests for one action on one resource.

    Examples
    --------
    >>> depends_on_request(["aws:securetransport", "aws:principaltag/team"])
    False
    >>> depends_on_request(["dynamodb:leadingkeys"])
    True
    """
    return any(key not in _STATIC and not key.startswith("aws:principaltag/") for key in keys)


def static_context(identity: Identity, policies: Policies, region: str) -> dict[str, Value]:
    """Return the values of the keys that come with the caller.

    A call is taken as one over TLS, which it is on AWS.
    """
    caller = identity.caller
    now = time.time()
    values: dict[str, Value] = {
        "aws:requestedregion": region,
        "aws:securetransport": "true",
        "aws:currenttime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)),
        "aws:epochtime": str(int(now)),
        "aws:resourceaccount": caller.account,
        "s3:resourceaccount": caller.account,
        "aws:viaawsservice": "false",
    }
    if caller.is_service:
        return {
            **values,
            "aws:principalisawsservice": "true",
            "aws:principalservicename": caller.arn,
            **source_context(identity.source, caller.account),
        }
    values |= {
        "aws:principalarn": caller.role or caller.arn,
        "aws:principalaccount": caller.account,
        "aws:principaltype": "AssumedRole" if caller.role else "User",
        "aws:principalisawsservice": "false",
        "aws:sourceip": "127.0.0.1",
        "aws:userid": _user_id(identity, policies),
    }
    if identity.user:
        values["aws:username"] = identity.user
    return {**values, **{f"aws:principaltag/{k.lower()}": v for k, v in policies.tags(identity).items()}}


def _user_id(identity: Identity, policies: Policies) -> str:
    record = policies.record(identity)
    if identity.user:
        return str(record.get("UserId", ""))
    return f"{record.get('RoleId', '')}:{identity.caller.arn.rpartition('/')[2]}"


def source_context(source: str, account: str) -> Context:
    """Return the keys of a call that a service makes for a resource: which one, and whose.

    Examples
    --------
    >>> source_context("arn:aws:s3:::uploads", "000000000000")["aws:sourceaccount"]
    '000000000000'
    """
    parts = source.split(":")
    owner = parts[4] if len(parts) > 5 and parts[4] else account
    return {**({"aws:sourcearn": source} if source else {}), "aws:sourceaccount": owner}
