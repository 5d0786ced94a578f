"""What the engine reads and patches of MiniStack's `core.iam_actions`."""

from __future__ import annotations

from collections.abc import Callable

from localcloud.engine.ministack.facade import Facade, Name
from localcloud.engine.ministack.types import Record


class IAMActions(Facade, module="ministack.core.iam_actions"):
    """MiniStack's `core.iam_actions`."""

    extract_iam_action: Name[Callable[[str, str, str, Record, bytes, Record], str | None]] = Name(
        "extract_iam_action"
    )
    extract_resource_arn: Name[Callable[[str, str, str, Record, bytes, Record, str, str], str]] = Name(
        "extract_resource_arn"
    )


iam_actions = IAMActions()
