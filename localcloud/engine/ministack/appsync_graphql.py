"""What the engine reads and patches of MiniStack's `core.appsync_graphql`."""

from __future__ import annotations

from collections.abc import Callable

from localcloud.engine.ministack.facade import Facade, Name


class AppSyncGraphQL(Facade, module="ministack.core.appsync_graphql"):
    """MiniStack's `core.appsync_graphql`."""

    forget_schema: Name[Callable[..., None]] = Name("forget_schema")


appsync_graphql = AppSyncGraphQL()
