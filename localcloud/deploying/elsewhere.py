"""What a template expects to be in its account already: put there by ``--ssm``, or named when it is missing.

On AWS others have created it: a parameter of the parameter store, a secret, another stack's export. A local
account starts empty.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from localcloud.stack.deploy import DeployError, deploy
from localcloud.stack.lookups import Lookups

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

    from localcloud.aws import EngineAddress
    from localcloud.stack.template import Json

EXPORTS_STACK: Final = "localcloud-exports"
PUBLISHED: Final = "published by AWS"
"""What makes the engine take a name below ``/aws/``, where AWS alone writes."""
_MOST: Final = 10  # names that GetParameters takes


def supply(
    address: EngineAddress,
    cloudformation: CloudFormationClient,
    needed_lookups: Lookups,
    values: Mapping[str, str],
) -> None:
    """Put values where a template looks them up; each is a parameter of the store besides.

    Parameters
    ----------
    values
        What ``--ssm NAME=VALUE`` named.

    Raises
    ------
    DeployError
        Something is looked up that is not there; the message names all of it.
    """
    if values:
        _store(address, cloudformation, needed_lookups, values)
    missing = _missing(address, cloudformation, needed_lookups)
    if missing:
        options = {name: f"--ssm {shlex.quote(f'{name}=VALUE')}" for name in missing}
        width = max(map(len, options.values()))
        lines = [f"  {options[name]:<{width}}  {missing[name]}" for name in sorted(missing)]
        raise DeployError(
            "the template looks up what is not in this account; give (or name the template that creates it "
            "first):\n" + "\n".join(lines)
        )


def _store(
    address: EngineAddress,
    cloudformation: CloudFormationClient,
    needed_lookups: Lookups,
    values: Mapping[str, str],
) -> None:
    parameters = address.client("ssm")
    for name, value in values.items():
        kind = "StringList" if needed_lookups.parameters.get(name) else "String"
        if not name.startswith("arn:"):
            parameters.put_parameter(Name=name, Value=value, Type=kind, Overwrite=True, Description=PUBLISHED)
    secrets = {name: values[name] for name in needed_lookups.secrets if name in values}
    if secrets:
        client = address.client("secretsmanager")
        for name, value in secrets.items():
            try:
                client.create_secret(Name=name, SecretString=value)
            except ClientError as error:
                if error.response["Error"]["Code"] != "ResourceExistsException":
                    raise
                client.put_secret_value(SecretId=name, SecretString=value)
    exports = {name: values[name] for name in needed_lookups.exports if name in values}
    if exports and not exports.keys() <= _exported(cloudformation):
        deploy(cloudformation, name=EXPORTS_STACK, template=_exporting(exports), poll_seconds=0.02)


def _exporting(exports: Mapping[str, str]) -> dict[str, Json]:
    """Return a template that exports values and holds nothing."""
    outputs: dict[str, Json] = {
        f"Export{number}": {"Value": value, "Export": {"Name": name}}
        for number, (name, value) in enumerate(sorted(exports.items()))
    }
    nothing: dict[str, Json] = {"Type": "AWS::CloudFormation::WaitConditionHandle"}
    return {"Resources": {"Nothing": nothing}, "Outputs": outputs}


def _exported(cloudformation: CloudFormationClient) -> set[str]:
    pages = cloudformation.get_paginator("list_exports").paginate()
    return {export["Name"] for page in pages for export in page.get("Exports", [])}


def _missing(
    address: EngineAddress, cloudformation: CloudFormationClient, needed_lookups: Lookups
) -> dict[str, str]:
    """Return what is looked up and not there, with what it is."""
    missing: dict[str, str] = {}
    names = sorted(needed_lookups.parameters)
    for start in range(0, len(names), _MOST):
        answer = address.client("ssm").get_parameters(Names=names[start : start + _MOST])
        missing |= dict.fromkeys(answer.get("InvalidParameters", []), "a parameter of the parameter store")
    for name in needed_lookups.secrets:
        try:
            address.client("secretsmanager").describe_secret(SecretId=name)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            missing[name] = "a secret of Secrets Manager"
    if needed_lookups.exports:
        absent = needed_lookups.exports - _exported(cloudformation)
        missing |= dict.fromkeys(absent, "another stack's export (Fn::ImportValue)")
    return missing
