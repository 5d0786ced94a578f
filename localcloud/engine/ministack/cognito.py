"""What the engine reads and patches of MiniStack's `services.cognito`."""

from __future__ import annotations

from collections.abc import Callable

from localcloud.engine.ministack.facade import Facade, Name
from localcloud.engine.ministack.types import Record, Response, Store


class Cognito(Facade, module="ministack.services.cognito"):
    """MiniStack's `services.cognito`."""

    auth_codes: Name[dict[str, Record]] = Name("_auth_codes")
    authorization_codes: Name[dict[str, Record]] = Name("_authorization_codes")
    challenge_sessions: Name[Store] = Name("_challenge_sessions")
    identity_pools: Name[Store] = Name("_identity_pools")
    identity_tags: Name[Store] = Name("_identity_tags")
    pool_domain_map: Name[Store] = Name("_pool_domain_map")
    refresh_tokens: Name[dict[str, Record]] = Name("_refresh_tokens")
    revoked_tokens: Name[set[str]] = Name("_revoked_tokens")
    user_pools: Name[Store] = Name("_user_pools")
    load_persisted_state: Name[Callable[[Record], None]] = Name("load_persisted_state")
    admin_create_user: Name[Callable[[Record], Response]] = Name("_admin_create_user")
    admin_delete_user: Name[Callable[[Record], Response]] = Name("_admin_delete_user")
    admin_add_user_to_group: Name[Callable[[Record], Response]] = Name("_admin_add_user_to_group")
    admin_remove_user_from_group: Name[Callable[[Record], Response]] = Name("_admin_remove_user_from_group")


cognito = Cognito()
