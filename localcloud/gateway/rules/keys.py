"""API keys, the usage plans that they belong to, and every limit on how often a method is called.

Sources: "Usage plans and API keys for REST APIs" and "Throttle requests to your REST APIs for better
throughput" in API Gateway's developer guide.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from localcloud.gateway.rules.buckets import Buckets, Quotas
from localcloud.gateway.rules.definition import ApiKey, Limit, Rules, UsagePlan
from localcloud.gateway.rules.errors import KeyRefused, QuotaExceeded, Throttled


class Usage:
    """Counts the requests to one API, and refuses those that are too many or come without a key.

    Parameters
    ----------
    monotonic, now
        The clocks of limits and of quotas.
    """

    def __init__(
        self, *, monotonic: Callable[[], float] = time.monotonic, now: Callable[[], float] = time.time
    ) -> None:
        self._monotonic = monotonic
        self._now = now
        self._buckets = Buckets()
        self._quotas = Quotas()

    def key(self, rules: Rules, stage: str, value: str) -> tuple[ApiKey, UsagePlan]:
        """Return a key by its value, and the plan that lets it use a stage.

        Raises
        ------
        KeyRefused
            There is no such key, or it is disabled or of no plan of the stage.
        """
        key = next((each for each in rules.keys if each.value == value), None) if value else None
        if key is not None and key.enabled:
            for plan in rules.plans:
                if stage in plan.stages and key.id in plan.key_ids:
                    return key, plan
        raise KeyRefused

    def take(self, key: ApiKey, plan: UsagePlan, stage: str, path: str, method: str) -> None:
        """Count a request with a key.

        Raises
        ------
        Throttled, QuotaExceeded
            It is too many.
        """
        limits = plan.stages[stage]
        for name in (f"{path}/{method}", f"{path}/*", "*/*"):
            if name in limits and not self._buckets.take(
                (plan.id, key.id, name), limits[name], self._monotonic()
            ):
                raise Throttled
        if plan.limit is not None and not self._buckets.take(
            (plan.id, key.id), plan.limit, self._monotonic()
        ):
            raise Throttled
        if plan.quota is not None and not self._quotas.take((plan.id, key.id), plan.quota, self._now()):
            raise QuotaExceeded

    def throttle(self, limits: Mapping[str, Limit], stage: str, path: str, method: str) -> None:
        """Count a request to a method of a stage that has limits.

        Raises
        ------
        Throttled
            It is too many.
        """
        for name in (f"{path}/{method}", f"{path}/*", "*/*"):
            limit = limits.get(name)
            if limit is not None:
                # The limit of a whole stage is each method's own, unless one is set for it.
                if not self._buckets.take((stage, path, method), limit, self._monotonic()):
                    raise Throttled
                return
