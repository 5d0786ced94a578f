"""What the engine reads and patches of MiniStack's `services.secretsmanager`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from localcloud.engine.ministack.facade import Facade, Name
from localcloud.engine.ministack.types import PolicyOf


class SecretsManager(Facade, module="ministack.services.secretsmanager"):
    """MiniStack's `services.secretsmanager`."""

    resolve: Name[Callable[..., Any]] = Name("_resolve")
    secret_policy_for_arn: Name[PolicyOf] = Name("secret_policy_for_arn")


secretsmanager = SecretsManager()
