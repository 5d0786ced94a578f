"""API keys, usage plans and limits, by clocks that stand where they are set."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.gateway.errors import GatewayRefused
from localcloud.gateway.rules.buckets import Buckets
from localcloud.gateway.rules.definition import ApiKey, Limit, Quota, Rules, UsagePlan
from localcloud.gateway.rules.errors import KeyRefused, QuotaExceeded, Throttled
from localcloud.gateway.rules.keys import Usage

KEY, OTHER, OFF = ApiKey("k1", "value-one"), ApiKey("k2", "value-two"), ApiKey("k3", "off", enabled=False)


class Clock:
    at = 0.0

    def __call__(self) -> float:
        return self.at


def rules(plan: UsagePlan) -> Rules:
    return Rules(keys=(KEY, OTHER, OFF), plans=(plan,))


def outcomes(plan: UsagePlan, times: int, path: str = "/orders") -> list[str]:
    return _allowed(Usage(monotonic=Clock(), now=Clock()), plan, times, path)


def _allowed(usage: Usage, plan: UsagePlan, times: int, path: str) -> list[str]:
    allowed = []
    for _ in range(times):
        try:
            usage.take(*usage.key(rules(plan), "live", KEY.value), "live", path, "GET")
            allowed.append("ok")
        except GatewayRefused as problem:
            allowed.append(problem.response_type)
    return allowed


def test_key_opens_the_stages_of_its_plans_alone() -> None:
    plan = UsagePlan("p", {"live": {}}, frozenset({"k1", "k3"}))
    usage = Usage()
    assert usage.key(rules(plan), "live", KEY.value) == (KEY, plan)
    for stage, value in (
        ("live", OTHER.value),
        ("live", "none"),
        ("live", ""),
        ("test", KEY.value),
        ("live", OFF.value),
    ):
        with pytest.raises(KeyRefused, match="Forbidden"):
            usage.key(rules(plan), stage, value)


def test_plan_throttles_each_key_and_each_of_its_methods() -> None:
    keys = frozenset({"k1"})
    assert outcomes(UsagePlan("p", {"live": {}}, keys, limit=Limit(1, 2)), 3) == ["ok", "ok", "THROTTLED"]
    of_method = UsagePlan("p", {"live": {"/orders/GET": Limit(1, 1)}}, keys)
    assert outcomes(of_method, 2) == ["ok", "THROTTLED"]
    assert outcomes(of_method, 2, "/other") == ["ok", "ok"]


def test_quota_restarts_with_its_period() -> None:
    plan = UsagePlan("p", {"live": {}}, frozenset({"k1"}), quota=Quota(3, "DAY", offset=1))
    clock = Clock()
    usage = Usage(monotonic=clock, now=clock)
    assert _allowed(usage, plan, 3, "/") == ["ok", "ok", "QUOTA_EXCEEDED"]
    clock.at = 86_400.0
    assert _allowed(usage, plan, 4, "/") == ["ok", "ok", "ok", "QUOTA_EXCEEDED"]


def test_stage_limit_applies_to_each_method_without_its_own() -> None:
    usage = Usage(monotonic=Clock())
    limits = {"*/*": Limit(1, 1), "/fast/GET": Limit(1, 2)}
    usage.throttle(limits, "live", "/a", "GET")
    usage.throttle(limits, "live", "/b", "GET")
    usage.throttle(limits, "live", "/fast", "GET")
    usage.throttle(limits, "live", "/fast", "GET")
    for path in ("/a", "/fast"):
        with pytest.raises(Throttled):
            usage.throttle(limits, "live", path, "GET")


def test_refusals_have_the_words_of_api_gateway() -> None:
    assert (Throttled().message, Throttled().error_type) == ("Too Many Requests", "TooManyRequestsException")
    assert (QuotaExceeded().message, QuotaExceeded().error_type) == (
        "Limit Exceeded",
        "LimitExceededException",
    )


@given(st.lists(st.floats(0, 2), max_size=40), st.floats(0.1, 5), st.integers(1, 5))
def test_bucket_never_grants_more_than_its_rate_and_burst(gaps: list[float], rate: float, burst: int) -> None:
    buckets, now, count = Buckets(), 0.0, 0
    for gap in gaps:
        now += gap
        count += buckets.take("a", Limit(rate, burst), now)
    assert count <= burst + rate * now + 1e-6
