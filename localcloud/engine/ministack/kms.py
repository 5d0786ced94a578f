"""What the engine reads and patches of MiniStack's `services.kms`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from localcloud.engine.ministack.facade import Facade, Name
from localcloud.engine.ministack.types import PolicyOf


class KMS(Facade, module="ministack.services.kms"):
    """MiniStack's `services.kms`."""

    resolve_key: Name[Callable[[Any], Any]] = Name("_resolve_key")
    key_policy_for_arn: Name[PolicyOf] = Name("key_policy_for_arn")


kms = KMS()
