"""What the engine reads and patches of MiniStack's `services.secretsmanager`."""

from __future__ import annotations

from collections.abc import Callable

from localcloud.engine.ministack.facade import Facade, Name
from localcloud.engine.ministack.types import PolicyOf, Record


class SecretsManager(Facade, module="ministack.services.secretsmanager"):
    """MiniStack's `services.secretsmanager`."""

    resolve: Name[Callable[..., tuple[str | None, Record | None]]] = Name("_resolve")
    secret_policy_for_arn: Name[PolicyOf] = Name("secret_policy_for_arn")


secretsmanager = SecretsManager()
