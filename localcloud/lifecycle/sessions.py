"""Who a function is to the data planes: the session of its role."""

from __future__ import annotations

from localcloud.auth.principals import Principal
from localcloud.functions import RoleCredentials


class FunctionSessions:
    """Shows the data planes whose signature they see when a Lambda function calls them.

    Parameters
    ----------
    credentials
        What the Lambda service gave to its functions.
    account
        The local account's 12 digits.

    Examples
    --------
    >>> roles = RoleCredentials()
    >>> key = roles.session("arn:aws:iam::000000000000:role/path/worker", "fanout").access_key_id
    >>> FunctionSessions(roles, "000000000000").identity_for(key).user_arn
    'arn:aws:sts::000000000000:assumed-role/worker/fanout'
    """

    def __init__(self, credentials: RoleCredentials, account: str) -> None:
        self._credentials = credentials
        self._account = account
        self._principals: dict[str, Principal] = {}  # an access key stands for one session, for ever

    def identity_for(self, access_key_id: str) -> Principal | None:
        """Return the principal behind a function's access key; None when no function has it."""
        principal = self._principals.get(access_key_id)
        if principal is not None:
            return principal
        identity = self._credentials.identity_for(access_key_id)
        if identity is None:
            return None
        role = identity.role_arn.rpartition("/")[2]
        principal = self._principals[access_key_id] = Principal(
            access_key_id=access_key_id,
            secret_access_key=identity.secret_access_key,
            account=self._account,
            user_arn=f"arn:aws:sts::{self._account}:assumed-role/{role}/{identity.session_name}",
            user_id=f"{role}:{identity.session_name}",
            session_token=identity.session_token,
        )
        return principal
