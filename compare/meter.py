"""AWS's side, by the local cloud's meter: what a run took beyond what the orders alone take."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import aiohttp

from clients import Unavailable, reading
from compare.usage import FunctionUse, ServerUse

# What goes on whether or not there is an order: mappings that look for work, and the local cloud that looks
# its functions up.
IDLE = ("dynamodbstreams.", "sqs.ReceiveMessage", "sqs.GetQueue", "lambda.")
# What a schedule's functions ask each time, however many follow.
SCHEDULED = {"Reconcile": "dynamodb.Query", "sweep_connections": "dynamodb.Scan"}
# By which fan-out finds out who follows: how often depends on how the stream's records fall into batches.
LOOKUPS = ("dynamodb.Query", "dynamodb.BatchGetItem")
FED_BY_THE_BUS = ("PublishWebhooks", "ProjectSummaries")


@dataclass(frozen=True, slots=True)
class Count:
    """One reading of the meter.

    Attributes
    ----------
    functions
        Invocations, and GB-seconds as Lambda bills them.
    tables
        Units read and written.
    reads
        Of each table, the operations that read it.
    """

    operations: Mapping[str, float]
    tables: Mapping[str, tuple[float, float]]
    functions: Mapping[str, tuple[float, float]]
    transitions: float
    reads: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def since(self, before: Count) -> Count:
        """Return what was counted since an earlier reading."""
        return Count(
            _less(self.operations, before.operations),
            {name: _minus(pair, before.tables.get(name)) for name, pair in self.tables.items()},
            {name: _minus(pair, before.functions.get(name)) for name, pair in self.functions.items()},
            self.transitions - before.transitions,
            {table: _less(reads, before.reads.get(table, {})) for table, reads in self.reads.items()},
        )

    def plus(self, more: Count) -> Count:
        """Return the sum of what was counted at two times.

        Examples
        --------
        >>> one = Count({"sqs.SendMessage": 1.0}, {}, {"api": (2.0, 0.5)}, 3.0)
        >>> one.plus(one).functions, one.plus(one).operations
        ({'api': (4.0, 1.0)}, {'sqs.SendMessage': 2.0})
        """
        return Count(
            _more(self.operations, more.operations),
            _sums(self.tables, more.tables),
            _sums(self.functions, more.functions),
            self.transitions + more.transitions,
            {
                table: _more(self.reads.get(table, {}), more.reads.get(table, {}))
                for table in (*self.reads, *more.reads)
            },
        )


def parse(document: object) -> Count:
    """Read what the meter answers; SNS's deliveries are operations of each protocol's name."""
    data = reading.mapping(document, "meter")
    deliveries = reading.mapping(data.get("deliveries", {}), "deliveries")
    return Count(
        operations=_numbers(data.get("operations"), "operations")
        | {f"sns.delivery.{protocol}": number(n, protocol) for protocol, n in deliveries.items()},
        tables=_pairs(data.get("capacity"), "capacity", "read", "write"),
        functions=_pairs(data.get("lambda"), "lambda", "invocations", "gb_seconds"),
        transitions=sum(
            number(n, name) for name, n in reading.mapping(data.get("transitions"), "transitions").items()
        ),
        reads={
            table: _numbers(reads, f"reads.{table}")
            for table, reads in reading.mapping(data.get("reads", {}), "reads").items()
        },
    )


def attribute(
    run: Count,
    alone: Count,
    architectures: Mapping[str, str],
    *,
    pushes: bool,
    tables: tuple[str, ...] = (),
    serving: tuple[str, ...] = (),
    others: tuple[str, ...] = (),
) -> ServerUse:
    """Return what the followers of a run took: the run, less the same orders without a follower.

    Parameters
    ----------
    alone
        The baseline.
    architectures
        Each function's processor, which has a price of its own.
    pushes
        The channel lives by the fan-out. That runs without followers, too, yet is there for channels of this
        kind only: so its work in the run counts whole,
    tables
        and so does that on these tables, which serve the channel alone,
    serving
        and that of these functions. What else the bus feeds runs without followers as well, in batches that
        differ from run to run: it is on no channel's bill.
    others
        Tables of other channels. Fan-out looks there for followers, as it does on ``tables``: for each
        batch, for changes and every few seconds. How often differs from run to run, and is no operation
        of a follower's.
    """
    functions = {}
    for name, (invocations, gb_seconds) in run.functions.items():
        if any(kind in name for kind in SCHEDULED):
            continue
        fanout = "Fanout" in name
        fed = any(kind in name for kind in FED_BY_THE_BUS)
        whole = any(kind in name for kind in serving)
        if fed and not whole:
            continue
        idle = 0.0 if fanout or whole else alone.functions.get(name, (0.0, 0.0))[0]
        # How the stream's records fall into batches differs from run to run: no concern of who only asks.
        more = 0.0 if fanout and not pushes else invocations - idle
        if more > 0:
            # By their mean: a workflow's functions are slower beside followers, and run no more often.
            share = more / invocations
            functions[name] = FunctionUse(more, gb_seconds * share, architectures.get(name, "x86_64"))
    units = {
        name: pair if name in tables else _minus(pair, alone.tables.get(name))
        for name, pair in run.tables.items()
        if name not in others
    }
    apart = _apart(run, (*tables, *others))
    apart.subtract(_apart(alone, (*tables, *others)))
    operations = {
        name: more
        for name, n in run.operations.items()
        if not name.startswith(IDLE) and (more := n - alone.operations.get(name, 0.0) - apart[name]) > 0
    }
    return ServerUse(
        operations=operations,
        reads=sum(max(0.0, read) for read, _ in units.values()),
        writes=sum(max(0.0, write) for _, write in units.values()),
        functions=functions,
    )


def _apart(count: Count, tables: tuple[str, ...]) -> Counter[str]:
    """Return the operations that a schedule's functions made, and by which fan-out looked for followers."""
    operations: Counter[str] = Counter()
    for name, (invocations, _) in count.functions.items():
        for kind, operation in SCHEDULED.items():
            operations[operation] += round(invocations) if kind in name else 0
    for name in tables:
        reads = count.reads.get(name, {})
        operations.update({lookup: round(reads.get(lookup, 0.0)) for lookup in LOOKUPS})
    return operations


class Meter(Protocol):
    """Anything that counts."""

    async def read(self) -> Count:
        """Return what was counted so far."""
        ...


class EngineMeter:
    """The meter of a running local cloud."""

    def __init__(self, engine: str) -> None:
        self._address = f"{engine}/_localcloud/meter"

    async def read(self) -> Count:
        """Return what was counted so far. Raises ``Unavailable``."""
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as session,
                session.get(self._address) as response,
            ):
                if response.status != 200:
                    raise Unavailable(f"The meter at {self._address} answers HTTP {response.status}.")
                document: object = await response.json()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(
                f"The meter at {self._address} does not answer ({type(error).__name__})."
            ) from error
        return parse(document)


def number(value: object, where: str) -> float:
    """Return ``value`` as a number; ``true`` is none."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise reading.Unexpected(where, "a number", value)
    return float(value)


def _numbers(value: object, where: str) -> dict[str, float]:
    return {name: number(n, name) for name, n in reading.mapping(value, where).items()}


def _less(counts: Mapping[str, float], before: Mapping[str, float]) -> dict[str, float]:
    return {name: n - before.get(name, 0.0) for name, n in counts.items()}


def _more(counts: Mapping[str, float], more: Mapping[str, float]) -> dict[str, float]:
    return {name: counts.get(name, 0.0) + more.get(name, 0.0) for name in (*counts, *more)}


def _pairs(value: object, where: str, first: str, second: str) -> dict[str, tuple[float, float]]:
    pairs = {}
    for name, sums in reading.mapping(value, where).items():
        data = reading.mapping(sums, f"{where}.{name}")
        pairs[name] = (
            number(data.get(first), f"{name}.{first}"),
            number(data.get(second), f"{name}.{second}"),
        )
    return pairs


def _minus(pair: tuple[float, float], less: tuple[float, float] | None) -> tuple[float, float]:
    return pair if less is None else (pair[0] - less[0], pair[1] - less[1])


def _sums(
    first: Mapping[str, tuple[float, float]], second: Mapping[str, tuple[float, float]]
) -> dict[str, tuple[float, float]]:
    nothing = (0.0, 0.0)
    pairs = {name: (first.get(name, nothing), second.get(name, nothing)) for name in (*first, *second)}
    return {name: (first[0] + second[0], first[1] + second[1]) for name, (first, second) in pairs.items()}
