"""Who stands behind an access key: sessions of roles, users, and the account itself."""

from __future__ import annotations

from dataclasses import dataclass

from localcloud.auth.session_keys import PREFIX, holder_of, session_keys
from localcloud.engine.ministack.iam import iam
from localcloud.engine.ministack.iam_evaluator import iam_evaluator
from localcloud.engine.ministack.sts import sts
from localcloud.engine.patching import Record
from localcloud.iam.principals import IamCaller, session_arn


@dataclass(frozen=True)
class Identity:
    """Whose policies a call is held against.

    Attributes
    ----------
    key
        Distinguishes identities whose policies differ.
    role, user
        The name of either; both empty for a service.
    session
        The documents of the session's own policies; None where it has none.
    source
        The resource that a service acts for: a rule, a topic, an API.
    """

    key: str
    caller: IamCaller
    role: str = ""
    user: str = ""
    session: tuple[str, ...] | None = None
    source: str = ""

    @property
    def display_name(self) -> str:
        """The name under which its use is reported."""
        return self.caller.role or self.source or self.caller.arn


def role_identity(role: str, session: str) -> Identity:
    """Return a role's session, as a function or a service acts in it."""
    arn = session_arn(role, session)
    caller = IamCaller(arn, role.split(":")[4], role)
    return Identity(arn, caller, role=role.rpartition("/")[2])


def service_identity(service: str, source: str, account: str) -> Identity:
    """Return a service that acts for a resource, by its principal: ``events.amazonaws.com``."""
    return Identity(f"{service} {source}", IamCaller(service, account), source=source)


class Identities:
    """Finds identities by access keys.

    Parameters
    ----------
    secret
        The administrator's, which sessions' tokens are signed with.
    """

    def __init__(self, account: str, secret: str) -> None:
        self._account, self._secret = account, secret
        self._is_root = iam_evaluator.is_root_access_key
        self._register = sts.register_session
        self._sessions: dict[str, Record] = sts.sessions
        self._keys = iam.access_keys
        self._users = iam.users
        self._resolved: dict[str, Identity | None] = {}

    def exists(self, access_key_id: str) -> bool:
        """Say whether a key was seen before, so that :meth:`find` needs no token."""
        return access_key_id in self._resolved

    def find(self, access_key_id: str, token: str = "") -> Identity | None:
        """Return who stands behind a key; None for the account itself, whom nothing limits.

        Unknown keys act for the account as well: no signature is verified here.
        """
        try:
            return self._resolved[access_key_id]
        except KeyError:
            pass
        identity = None if self._is_root(access_key_id) else self._look(access_key_id, token)
        if identity is not None or not access_key_id.startswith(PREFIX):
            if len(self._resolved) > 4096:
                self._resolved.clear()
            self._resolved[access_key_id] = identity
        return identity

    def _look(self, access_key_id: str, token: str) -> Identity | None:
        session = self._sessions.get(access_key_id)
        if session is not None:
            return self._of_session(access_key_id, session)
        holder = holder_of(self._secret, access_key_id, token) if self._secret else None
        if holder is not None:
            identity = role_identity(holder.role_arn, holder.session_name)
            # GetCallerIdentity answers from here.
            self._register(
                access_key_id,
                {
                    "Arn": identity.caller.arn,
                    "UserId": f"{self._role_id(identity)}:{holder.session_name}",
                    "SecretAccessKey": session_keys(self._secret, access_key_id).secret_access_key,
                    "SessionToken": token,
                    "AccountId": identity.caller.account,
                    "PrincipalType": "AssumedRole",
                    "RoleArn": holder.role_arn,
                },
            )
            return identity
        record: Record | None = self._keys.get_scoped(self._account, None, access_key_id)
        if record is None:
            return None
        name = str(record.get("UserName", ""))
        user = self._users.get_scoped(self._account, None, name) or {}
        arn = str(user.get("Arn") or f"arn:aws:iam::{self._account}:user/{name}")
        return Identity(arn, IamCaller(arn, self._account), user=name)

    def _role_id(self, identity: Identity) -> str:
        role_id: str = sts.role_id(identity.caller.role)
        return role_id

    def _of_session(self, access_key_id: str, session: Record) -> Identity | None:
        arn = str(session.get("Arn", ""))
        if ":assumed-role/" not in arn:
            return None  # a federated user of the account itself
        account = arn.split(":")[4]
        name = arn.split("/")[1]
        role = str(session.get("RoleArn") or self._role_arn(account, name))
        documents = self._session_policies(session, account)
        key = arn if documents is None else access_key_id
        return Identity(key, IamCaller(arn, account, role), role=name, session=documents)

    def _role_arn(self, account: str, name: str) -> str:
        role = iam.roles.get_scoped(account, None, name) or {}
        return str(role.get("Arn") or f"arn:aws:iam::{account}:role/{name}")

    @staticmethod
    def _session_policies(session: Record, account: str) -> tuple[str, ...] | None:
        passed = session.get("SessionPolicies")
        if not passed:
            return None
        document = iam_evaluator.resolve_managed_policy_document
        documents = (document(arn, account) for arn in passed.get("PolicyArns", []))
        return tuple(str(text) for text in (passed.get("Policy"), *documents) if text)
