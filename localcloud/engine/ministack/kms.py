"""What the engine reads and patches of MiniStack's `services.kms`."""

from __future__ import annotations

from collections.abc import Callable

from localcloud.engine.ministack.facade import Facade, Name
from localcloud.engine.ministack.types import PolicyOf, Record


class KMS(Facade, module="ministack.services.kms"):
    """MiniStack's `services.kms`."""

    resolve_key: Name[Callable[[str], Record | None]] = Name("_resolve_key")
    key_policy_for_arn: Name[PolicyOf] = Name("key_policy_for_arn")


kms = KMS()
