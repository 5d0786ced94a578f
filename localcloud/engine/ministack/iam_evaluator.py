"""What the engine reads and patches of MiniStack's `core.iam_evaluator`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from localcloud.engine.ministack.facade import Facade, Name
from localcloud.engine.ministack.types import Record


class IAMEvaluator(Facade, module="ministack.core.iam_evaluator"):
    """MiniStack's `core.iam_evaluator`."""

    ResolvedCredential: Name[type[Any]] = Name("ResolvedCredential")
    resolve_managed_policy_document: Name[Callable[[str, str], Record | str | None]] = Name(
        "_resolve_managed_policy_document"
    )
    validate_session_token: Name[Callable[[str | None, str | None], object]] = Name("_validate_session_token")
    is_root_access_key: Name[Callable[[str], bool]] = Name("is_root_access_key")


iam_evaluator = IAMEvaluator()
