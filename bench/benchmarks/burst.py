"""A cold burst of functions: what it costs that each environment needs boto3 in its first invocation.

Five functions that make a boto3 client when they are first invoked and ask DynamoDB one question; eight
invocations of each come at the same time. A burst that is timed is not looked at: the memory is that of a
second one, on a local cloud of its own.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench import load
from bench.accounts import CLOUD, ENGINE, EVERY, FORKED, LOAD, Accounts, Roles
from bench.cloud import local_cloud
from bench.invoking import Invocation, functions, invoke
from bench.model import Benchmark, Beside, Context, Figure, NotMeasured, Target
from bench.samples import MemoryWatch, sampled, settled
from bench.statistics import summarize

SOONER = Beside(Target(at_least=6.0), sooner=True)
PROCESSOR = Beside(Target(below=0.15))
PEAK = Beside(Target(below=0.3))
NONE = Target(exactly=0)
FUNCTION = "ask"
TEMPLATE = Path(__file__).resolve().parent.parent / "burst" / "template.yaml"


async def run(context: Context) -> Sequence[Figure]:
    """Time a burst, look at the memory of another one, then start environments one after the other."""
    each = 2 if context.quick else 8
    async with local_cloud(context.folder, TEMPLATE, side=context.side) as cloud:
        names = functions(cloud)
        burst = await load.elsewhere(invoke, cloud, names * each, len(names) * each)
    context.say(f"{len(burst)} invocations answered after {_last(burst):.1f} s")
    async with local_cloud(_folder(context, "memory"), TEMPLATE, side=context.side) as cloud:
        memory, accounts = MemoryWatch(cloud.pid), Accounts(os.getpid(), Roles(cloud.pid, [FUNCTION]))
        async with sampled(accounts.look, EVERY), sampled(memory.look, EVERY):
            again = await load.elsewhere(invoke, cloud, names * each, len(names) * each)
    failed = [invocation.failure for invocation in (*burst, *again) if invocation.failure is not None]
    environments = len({invocation.environment for invocation in burst if invocation.environment is not None})
    software = sum(used for role, used in accounts.seconds().items() if role != LOAD)
    waits = summarize([invocation.answered - invocation.sent for invocation in burst])
    count = f"{len(burst)} invocations of {len(names)} functions at once"
    return [
        Figure(f"{count}: last answer", _last(burst), "s", spread=waits, beside=SOONER),
        Figure(
            "invocations that failed",
            len(failed),
            "",
            NONE,
            note=f"in both bursts{': ' + failed[0] if failed else ''}",
        ),
        Figure("environments that answered", environments, ""),
        Figure(
            "peak memory in the burst",
            memory.peak,
            "MB",
            beside=PEAK,
            note=f"proportional set size of all processes, the greatest of {memory.samples} samples",
        ),
        Figure(
            "processor time of the burst", software, "s", note="all processes of the system, without the load"
        ),
        await _cold(context),
    ]


async def _cold(context: Context) -> Figure:
    """Start an environment of each function, one after the other, and look at the processor time."""
    async with local_cloud(_folder(context, "cold"), TEMPLATE, side=context.side) as cloud:
        first, *rest = functions(cloud)
        # Whatever is prepared for all environments is prepared for the first one at the latest.
        await load.elsewhere(invoke, cloud, [first], 1)
        await settled(cloud.pid)
        accounts = Accounts(os.getpid(), Roles(cloud.pid, [FUNCTION]))
        async with sampled(accounts.look, EVERY):
            started = await load.elsewhere(invoke, cloud, rest, 1)
    if failed := [invocation.failure for invocation in started if invocation.failure is not None]:
        raise NotMeasured(f"a function failed: {failed[0]}")
    # Environments know their own time to the microsecond; the kernel's ticks are 10 ms.
    own = sum(invocation.processor for invocation in started if invocation.first)
    return Figure(
        "a cold environment's processor time",
        (own + preparing(accounts.seconds()) * 1000) / len(rest),
        "ms",
        beside=PROCESSOR,
        note="to the end of its first invocation, boto3 and its client in it, the start's share of a process "
        f"that it was forked from as well; the mean of {len(rest)}",
    )


def preparing(seconds: Mapping[str, float]) -> float:
    """Return the seconds that processes used which start environments and are none themselves."""
    others = {CLOUD, ENGINE, LOAD, FORKED, FUNCTION}
    return sum(used for role, used in seconds.items() if role not in others)


def _folder(context: Context, name: str) -> Path:
    folder = context.folder / name
    folder.mkdir()
    return folder


def _last(burst: Sequence[Invocation]) -> float:
    return max(invocation.answered for invocation in burst) - min(invocation.sent for invocation in burst)


BENCHMARK = Benchmark("burst", "A cold burst of functions with boto3", 170, run)
