"""The policies that the engine keeps: of roles and users, and of resources."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from typing import Any, Final

from localcloud.engine.iam.identities import Identity
from localcloud.engine.iam.managed import SHIPPED
from localcloud.engine.ministack.apigateway_v1 import RestAPIs
from localcloud.engine.ministack.cloudwatch_logs import cloudwatch_logs
from localcloud.engine.ministack.facade import Name
from localcloud.engine.ministack.iam import iam
from localcloud.engine.ministack.iam_evaluator import iam_evaluator
from localcloud.engine.ministack.kms import KMS
from localcloud.engine.ministack.lambda_svc import Lambda
from localcloud.engine.ministack.s3 import S3
from localcloud.engine.ministack.secretsmanager import SecretsManager
from localcloud.engine.ministack.sns import SNS
from localcloud.engine.ministack.sqs import SQS
from localcloud.engine.ministack.types import PolicyOf
from localcloud.engine.patching import Record
from localcloud.iam.documents import MalformedPolicy, Policy, read_policy
from localcloud.iam.evaluation import Grants

AWS_MANAGED: Final = "arn:aws:iam::aws:policy/"
# Resources with policies of their own: what returns policy and owner by ARN.
_RESOURCES: Final[Mapping[str, Name[PolicyOf]]] = {
    "sqs": SQS.queue_policy_for_arn,
    "sns": SNS.topic_policy_for_arn,
    "s3": S3.bucket_policy_for_arn,
    "lambda": Lambda.function_policy_for_arn,
    "secretsmanager": SecretsManager.secret_policy_for_arn,
    "kms": KMS.key_policy_for_arn,
    "execute-api": RestAPIs.rest_api_policy_for_arn,
}
logger = logging.getLogger(__name__)


class UnknownRole(Exception):
    """The engine has no such role: nothing can be said of its rights."""


class Policies:
    """Finds the policies of a call's caller and of its resource.

    What cannot be read, or is not there, is said once in the log.
    """

    def __init__(self) -> None:
        self._roles, self._users = iam.roles, iam.users
        self._groups = iam.groups
        self._inline_of_users = iam.user_inline_policies
        self._inline_of_groups = iam.group_inline_policies
        self._managed = iam_evaluator.resolve_managed_policy_document
        self._mentioned: set[str] = set()

    def grants(self, identity: Identity, action: str, resource: str) -> Grants:
        """Return what a call is held against.

        Raises
        ------
        UnknownRole
        """
        of_resource, owner = self.of_resource(action, resource)
        if identity.caller.is_service:
            return Grants(resource=of_resource, resource_account=owner)
        record = self.record(identity)
        account = identity.caller.account
        boundary = record.get("PermissionsBoundary")
        if isinstance(boundary, dict):
            boundary = boundary.get("PermissionsBoundaryArn")
        session = identity.session
        return Grants(
            identity=self.of_identity(identity),
            boundary=self._attached([str(boundary)], account) if boundary else None,
            session=None
            if session is None
            else self._read((text, "the session's policy") for text in session),
            resource=of_resource,
            resource_account=owner,
            resource_decides=action.startswith(("kms:", "sts:AssumeRole")),
        )

    def record(self, identity: Identity) -> Record:
        """Return the record of a role or a user.

        Raises
        ------
        UnknownRole
        """
        store, name = (self._roles, identity.role) if identity.role else (self._users, identity.user)
        record: Record | None = store.get_scoped(identity.caller.account, None, name)
        if record is None:
            raise UnknownRole(identity.display_name)
        return record

    def role_arn(self, role: str) -> str:
        """Return the ARN of a role that may be named without its path."""
        record: Record | None = self._roles.get_scoped(role.split(":")[4], None, role.rpartition("/")[2])
        return role if record is None else str(record["Arn"])

    def of_identity(self, identity: Identity) -> list[Policy]:
        """Return the identity policies of a role, or of a user and its groups."""
        record = self.record(identity)
        account = identity.caller.account
        inline: dict[str, Any] = dict(record.get("InlinePolicies") or {})
        attached = list(record.get("AttachedPolicies") or [])
        if identity.user:
            inline |= self._inline_of_users.get_scoped(account, None, identity.user) or {}
            for (owner, name), group in self._groups._data.items():
                if owner == account and identity.user in group.get("Users", []):
                    inline |= self._inline_of_groups.get_scoped(account, None, name) or {}
                    attached += group.get("AttachedPolicies") or []
        read = self._read((document, name) for name, document in inline.items())
        return [*read, *self._attached(attached, account)]

    def tags(self, identity: Identity) -> Mapping[str, str]:
        """Return the tags of a role or a user."""
        tags = self.record(identity).get("Tags") or []
        return {str(tag["Key"]): str(tag["Value"]) for tag in tags}

    def _attached(self, arns: Iterable[str], account: str) -> list[Policy]:
        documents: list[tuple[object, str]] = []
        for arn in arns:
            document = self._managed(arn, account) or SHIPPED.get(arn)
            if document is not None:
                documents.append((document, arn.rpartition("/")[2]))
            elif arn.startswith(AWS_MANAGED):
                self._say(
                    f"AWS's policy {arn.removeprefix(AWS_MANAGED)} is not shipped with the local cloud: what "
                    "it allows is reported as lacking"
                )
        return self._read(documents)

    def _read(self, documents: Iterable[tuple[object, str]]) -> list[Policy]:
        policies = []
        for document, name in documents:
            try:
                policies.append(read_policy(document, name))
            except MalformedPolicy as error:
                self._say(f"a policy allows nothing: {error}")
        return policies

    def of_resource(self, action: str, resource: str) -> tuple[Policy | None, str]:
        """Return a resource's own policy, and whose the resource is (empty: the caller's)."""
        parts = resource.split(":", 5)
        if len(parts) < 6:
            return None, ""
        if action.startswith("sts:AssumeRole"):
            return self._trust(resource)
        if parts[2] == "logs":
            return self._logs(), parts[4]
        document, owner = self._stored(resource, parts[2], parts[4])
        if document:
            text = document if isinstance(document, str) else json.dumps(document)
            policies = self._read([(text, f"the policy of {resource}")])
            return (policies[0] if policies else None), owner
        return (_key_policy(parts[4]) if parts[2] == "kms" else None), owner

    @staticmethod
    def _stored(resource: str, service: str, account: str) -> tuple[object, str]:
        """Return the document of a resource's policy, empty where there is none, and the resource's owner."""
        lookup = _RESOURCES.get(service)
        if lookup is None:
            return "", account
        stored = lookup.value(resource)
        document, owner = ("", account) if stored is None else stored
        empty = isinstance(document, dict) and not document.get("Statement")
        return ("" if empty else document), owner

    def _logs(self) -> Policy | None:
        """Return the policies of CloudWatch Logs in the account and region, as one."""
        stored = cloudwatch_logs.resource_policies
        policies = self._read((record["policyDocument"], name) for name, record in stored.items())
        statements = tuple(statement for policy in policies for statement in policy.statements)
        return Policy("the account's policies of CloudWatch Logs", statements) if statements else None

    def _trust(self, role: str) -> tuple[Policy | None, str]:
        account, name = role.split(":")[4], role.rpartition("/")[2]
        record = self._roles.get_scoped(account, None, name) or {}
        document = record.get("AssumeRolePolicyDocument")
        policies = self._read([(document, f"the trust policy of {name}")]) if document else []
        if not policies:
            return None, account
        # A trust policy names no resource: it is its role's.
        return policies[0], account

    def _say(self, text: str) -> None:
        if text not in self._mentioned:
            self._mentioned.add(text)
            logger.warning("IAM: %s", text)


def _key_policy(account: str) -> Policy:
    """Return what KMS gives a key that has no policy of its own: the account's IAM policies decide."""
    statement = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "kms:*", "Resource": "*"}
    return read_policy({"Statement": statement}, "the key's own policy")
