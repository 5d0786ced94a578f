"""What the engine reads and patches of MiniStack's `core.lambda_runtime`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from localcloud.engine.ministack.facade import Facade, Patch


class LambdaRuntime(Facade, module="ministack.core.lambda_runtime"):
    """MiniStack's `core.lambda_runtime`."""

    get_or_create_worker: Patch[Callable[..., Any]] = Patch("get_or_create_worker", "lambda.invoke")


lambda_runtime = LambdaRuntime()
