"""Cognito: what a user pool's attributes are."""

from __future__ import annotations

from typing import Any

from localcloud.engine.ministack.provisioners import Provisioners
from localcloud.engine.patching import Context, Function, Record, mend


@mend("cognito.provider_url")
def user_pools_have_a_provider_url(context: Context) -> None:
    """Give AWS::Cognito::UserPool the attribute ProviderURL.

    AWS: GetAtt ProviderURL is ``https://`` and ProviderName, the issuer of the pool's tokens.
    MiniStack knows only ProviderName, so a stack that asks for the URL fails.
    """

    @Provisioners.cognito_user_pool_attributes.wrap
    def _(before: Function) -> Function:
        def attributes(pool_id: str) -> dict[str, Any]:
            described: Record = before(pool_id)
            return {**described, "ProviderURL": f"https://{described['ProviderName']}"}

        return attributes
