"""State machines: how fast they run, and what the engine's process takes for it.

Executions are started as users start them, over HTTP. Where that takes longer than what they do, a Map shows
the transitions alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bench import alone, executing, load, processes, workflows
from bench.model import Benchmark, Beside, Context, Figure, Target
from bench.stage import Stage, stage
from bench.workflows import ORDER, Definition

TEN, FUNCTIONS = Beside(Target(at_least=15.0)), Beside(Target(at_least=4.0))
PROCESSOR = Beside(Target(below=0.15))
MEMORY = Target(below=60.0)
CONNECTIONS = 8
WAITING, LEAST_WAITING = 10_000, 200
WAIT_SECONDS = 3600
# An order's execution starts with as much.
INPUT = {"orderId": ORDER["orderId"]}


async def transitions(context: Context) -> Sequence[Figure]:
    """Run the machine of ten states as executions, and as iterations of a Map."""
    count, items, maps = (50, 50, 1) if context.quick else (2_000, 500, 4)
    async with stage(context) as here:
        single = await here.create("ten", workflows.ten())
        many = await here.create("map", workflows.mapped(workflows.ten()))
        await here.run(single, ORDER, count // 4, CONNECTIONS)
        ran, processor = await here.run(single, ORDER, count, CONNECTIONS)
        context.say(f"{count} executions in {ran.ended:.2f} s, {processor:.2f} s of them processor time")
        mapped, mapped_processor = await here.run(many, {"items": [ORDER] * items}, maps, 1)
    states = maps * items * 10
    return [
        Figure(
            "ten Pass and Choice states: executions",
            count / ran.ended,
            "1/s",
            beside=TEN,
            note=f"{count}, started by StartExecution over {CONNECTIONS} connections; all succeeded",
        ),
        Figure("their processor time in the engine", processor / count * 1000, "ms each"),
        Figure(
            "the same states in a Map: iterations",
            maps * items / mapped.ended,
            "1/s",
            beside=TEN,
            note=f"{maps} executions of {items} items, one after the other: hardly a request",
        ),
        Figure("processor time of such a transition", mapped_processor / states * 1e6, "µs"),
    ]


async def functions(context: Context) -> Sequence[Figure]:
    """Run the machine of eight invocations, of functions that take no time and of real ones."""
    count, warm = (8, 8) if context.quick else (400, 40)
    async with alone.engine_alone(context.folder, context.side) as (endpoint, pid):
        machine = await load.elsewhere(
            executing.create, endpoint, "eight", workflows.invoking(alone.FUNCTION)
        )
        await load.elsewhere(executing.run, endpoint, machine, ORDER, warm, CONNECTIONS)
        before = processes.statuses()[pid].own
        bare = await load.elsewhere(executing.run, endpoint, machine, ORDER, count, CONNECTIONS)
        own = processes.statuses()[pid].own - before
    async with stage(context) as here:
        machine = await here.create("eight", workflows.invoking(here.output("FunctionArn")))
        await here.run(machine, ORDER, warm, CONNECTIONS)
        real, seconds = await here.run(machine, ORDER, count // 2, CONNECTIONS)
    return [
        Figure(
            "eight lambda:invoke: executions",
            count / bare.ended,
            "1/s",
            beside=FUNCTIONS,
            note=f"{count} over {CONNECTIONS} connections; a stand-in of the Lambda service answers at once",
        ),
        Figure("their processor time in the engine", own / count * 1000, "ms each"),
        Figure(
            "eight lambda:invoke of the local Lambda service: executions",
            count // 2 / real.ended,
            "1/s",
            note="a real function: its process and the service's take most of the time",
        ),
        Figure(
            "their processor time in the engine, of real functions", seconds / (count // 2) * 1000, "ms each"
        ),
    ]


async def processor(context: Context) -> Sequence[Figure]:
    """Run the order's workflow without its calls."""
    count = 20 if context.quick else 1_000
    async with stage(context) as here:
        machine = await here.create("order", workflows.order())
        await here.run(machine, INPUT, count // 4, CONNECTIONS)
        ran, seconds = await here.run(machine, INPUT, count, CONNECTIONS)
    return [
        Figure(
            "an order's 15 transitions without its calls: processor time",
            seconds / count * 1000,
            "ms",
            beside=PROCESSOR,
            note="the engine's process, StartExecution over HTTP included",
        ),
        Figure("such executions", count / ran.ended, "1/s"),
    ]


async def waiting(context: Context) -> Sequence[Figure]:
    """Let executions wait on a task token, and in a Wait state."""
    figures: list[Figure] = []
    for what in ("on a task token", "in a Wait state"):
        async with stage(context) as here:
            token = what == "on a task token"
            definition = (
                workflows.tokens(here.output("TableName")) if token else workflows.waiting(WAIT_SECONDS)
            )
            figures += await _waiting(context, here, what, definition)
    return figures


async def _waiting(context: Context, here: Stage, what: str, definition: Definition) -> list[Figure]:
    # An engine with a thread for each execution does not bear so many of them.
    count = LEAST_WAITING if context.quick or context.side.commit else WAITING
    seconds = 2.0 if context.quick else 10.0
    machine = await here.create("waiting", definition)
    await load.elsewhere(executing.start, here.endpoint, machine, INPUT, count // 20, CONNECTIONS)
    idle, before = await _used(here, seconds), here.memory()
    await load.elsewhere(executing.start, here.endpoint, machine, INPUT, count, CONNECTIONS)
    await asyncio.sleep(2.0)
    used, after = await _used(here, seconds), here.memory()
    context.say(f"{count} wait {what}: {before:.0f} MB to {after:.0f} MB")
    each = f"an execution that waits {what}: memory"
    name = f"{WAITING} executions that wait {what}"
    figures = [
        Figure(each, (after - before) * 1000 / count, "KB", note=f"{count} of them; the engine's process"),
        Figure(
            f"{name}: processor time",
            (used - idle) * 1000 / seconds * WAITING / count,
            "ms a second",
            note=f"by {count} of them, beyond the idle engine's {idle * 1000 / seconds:.1f} ms a second",
        ),
    ]
    if count == WAITING:
        figures.append(Figure(f"{name}: memory", after - before, "MB", MEMORY))
    return figures


async def _used(here: Stage, seconds: float) -> float:
    """Return the engine's processor time over some seconds."""
    before = here.processor()
    await asyncio.sleep(seconds)
    return here.processor() - before


TRANSITIONS = Benchmark("states.transitions", "State machines of ten states", 180, transitions)
FUNCTIONS_INVOKED = Benchmark("states.functions", "State machines of eight invocations", 180, functions)
ORDER_PROCESSOR = Benchmark("states.order", "An order's transitions, without its calls", 180, processor)
WAITING_EXECUTIONS = Benchmark("states.waiting", "Executions that wait", 180, waiting)
