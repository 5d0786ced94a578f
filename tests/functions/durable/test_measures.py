"""What CloudWatch shows of durable executions."""

from __future__ import annotations

import asyncio

from localcloud.functions.durable.keeping import VolatileExecutions
from localcloud.functions.durable.measures import MeasuredExecutions
from localcloud.functions.model import DurableConfig
from localcloud.functions.observing import Observations
from tests.functions.durable.world import Json, Wire, World, step_then_wait, succeeded
from tests.functions.virtual_time import simulate


def test_each_execution_is_measured_once_by_its_outcome() -> None:
    async def work(event: Json, wire: Wire) -> Json:
        [row] = wire.operations.values()
        if row["ExecutionDetails"]["InputPayload"] == '"fail"':
            return {"Status": "FAILED", "Error": {"ErrorType": "E"}}
        return succeeded("done")

    async def run() -> None:
        observations = Observations()
        durations: list[float] = []
        observations.listen(lambda o: durations.append(o.value) if "Duration" in o.metric else None)
        store = MeasuredExecutions(VolatileExecutions(), observations)
        world = World({"work": work}, DurableConfig(900), store)
        done = await world.invoke("go")
        await world.invoke("fail")
        for _ in range(2):  # what has ended is looked at, and not measured again
            assert (await world.describe(done.durable_arn))["Status"] == "SUCCEEDED"
        waiting = World({"work": step_then_wait}, DurableConfig(execution_timeout=100), store)
        await waiting.invoke("wait", asynchronous=True)
        await asyncio.sleep(101)
        assert {metric: count for (metric, _), count in observations.totals.items()} == {
            "DurableExecutionStarted": 3,
            "DurableExecutionSucceeded": 1,
            "DurableExecutionFailed": 1,
            "DurableExecutionTimedOut": 1,
        }
        assert durations[-1] == 100_000

    simulate(run())
