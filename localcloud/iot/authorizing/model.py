"""An authorizer, as the control plane describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from localcloud.iot.authorizing.errors import NotAuthorized
from localcloud.iot.policies.documents import JSON


@dataclass(frozen=True, slots=True)
class Authorizer:
    """A function that says who may connect.

    Attributes
    ----------
    token_key
        Which parameter or header holds the token; None where there is none.
    signing_keys
        Public keys (PEM) that a token's signature may be verified with, by their names.
    """

    name: str
    arn: str
    function_arn: str
    active: bool = True
    signing_disabled: bool = False
    token_key: str | None = None
    signing_keys: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, document: JSON) -> Authorizer:
        """Read ``authorizerDescription`` of DescribeAuthorizer.

        Raises
        ------
        NotAuthorized
            It does not have its form.
        """
        if not isinstance(document, Mapping):
            raise NotAuthorized("the engine describes no authorizer")
        keys = document.get("tokenSigningPublicKeys")
        return cls(
            name=_text(document, "authorizerName"),
            arn=_text(document, "authorizerArn"),
            function_arn=_text(document, "authorizerFunctionArn"),
            active=document.get("status") == "ACTIVE",
            signing_disabled=document.get("signingDisabled") is True,
            token_key=_text(document, "tokenKeyName") if document.get("tokenKeyName") else None,
            signing_keys={name: str(key) for name, key in keys.items()} if isinstance(keys, Mapping) else {},
        )


def _text(document: Mapping[str, JSON], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str):
        raise NotAuthorized(f"the engine describes an authorizer without {name}")
    return value
