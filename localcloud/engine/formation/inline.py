"""Types that MiniStack lacks and whose work other types of it do: policies by themselves, users of pools."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from localcloud.engine.ministack.cognito import cognito
from localcloud.engine.ministack.provisioners import provisioners
from localcloud.engine.ministack.types import Response
from localcloud.engine.patching import Record, verbs_of

Created = tuple[str, dict[str, Any]]
# The type -> the one that does its work, that one's list, and the property that names its only member.
_POLICIES: Final = {
    "AWS::IAM::RolePolicy": ("AWS::IAM::Policy", "Roles", "RoleName"),
    "AWS::IAM::UserPolicy": ("AWS::IAM::Policy", "Users", "UserName"),
    "AWS::SNS::TopicInlinePolicy": ("AWS::SNS::TopicPolicy", "Topics", "TopicArn"),
    "AWS::SQS::QueueInlinePolicy": ("AWS::SQS::QueuePolicy", "Queues", "Queue"),
}
USER: Final = "AWS::Cognito::UserPoolUser"
MEMBERSHIP: Final = "AWS::Cognito::UserPoolUserToGroupAttachment"


class Inline:
    """A policy of one role, user, topic or queue, by the type that names several."""

    def __init__(self, kind: str) -> None:
        whole, self._many, self._single = _POLICIES[kind]
        self._verbs = verbs_of(whole)

    def create(self, logical_id: str, props: Record, stack: str) -> Created:
        """Create the policy."""
        created: Created = self._verbs["create"](logical_id, self._several(props), stack)
        return created

    def update(
        self, physical_id: str, old: Record, new: Record, stack: str, logical_id: str | None = None
    ) -> Created:
        """Update the policy in its place, or take it from the one and give it to the other."""
        before, after = self._several(old), self._several(new)
        rest = (logical_id,) if self._verbs.get("update_with_logical_id") else ()
        updated: Created = self._verbs["update"](physical_id, before, after, stack, *rest)
        return updated

    def delete(self, physical_id: str, props: Record) -> None:
        """Delete the policy."""
        self._verbs["delete"](physical_id, self._several(props))

    def _several(self, props: Record) -> Record:
        return {**props, self._many: [props[self._single]] if props.get(self._single) else []}


class PoolUsers:
    """Users of Cognito's pools and their groups, by the API's own operations."""

    def __init__(self) -> None:
        self._cognito = cognito

    def create_user(self, _logical_id: str, props: Record, _stack: str) -> Created:
        """Create a user; Cognito makes a name up where the template gives none."""
        document = self._call(
            self._cognito.admin_create_user, {**props, "Username": props.get("Username", "")}
        )
        name = str(document["User"]["Username"])
        return name, {}

    def delete_user(self, physical_id: str, props: Record) -> None:
        """Delete a user; the pool may be gone already."""
        self._quietly(
            self._cognito.admin_delete_user, {"UserPoolId": props.get("UserPoolId"), "Username": physical_id}
        )

    def create_membership(self, _logical_id: str, props: Record, _stack: str) -> Created:
        """Add a user to a group."""
        self._call(self._cognito.admin_add_user_to_group, props)
        return "|".join(str(props.get(name)) for name in ("UserPoolId", "GroupName", "Username")), {}

    def delete_membership(self, _physical_id: str, props: Record) -> None:
        """Take a user out of a group."""
        self._quietly(self._cognito.admin_remove_user_from_group, props)

    def _call(self, operation: Callable[[Record], Response], request: Record) -> Record:
        status, _headers, body = operation(request)
        document: Record = json.loads(body or b"{}")
        if status >= 300:
            code = f"Status Code: {status}, Error Code: {document.get('__type')}"
            raise ValueError(f"{document.get('message')} (Service: CognitoIdentityProvider, {code})")
        return document

    def _quietly(self, operation: Callable[[Record], Response], request: Record) -> None:
        operation(request)


def add_inline_types() -> None:
    """Let CloudFormation know these types."""
    table = provisioners.resource_handlers
    for kind in _POLICIES:
        inline = Inline(kind)
        verbs = {"create": inline.create, "update": inline.update, "delete": inline.delete}
        table[kind] = {**verbs, "update_with_logical_id": True}
    users = PoolUsers()
    table[USER] = {"create": users.create_user, "delete": users.delete_user}
    table[MEMBERSHIP] = {"create": users.create_membership, "delete": users.delete_membership}
