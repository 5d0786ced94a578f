"""Which tests go to a worker together, and in which order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

# What takes longest comes first, so that no worker is left alone with it at the end. It waits for processes
# more than it computes; what computes comes last, and is what some workers begin with.
FIRST = (
    "tests/demo/test_cold_burst.py",
    "tests/engine",
    "tests/shape",
    "tests/integration",
    "tests/functions/test_streaming.py",
    "tests/faults",
    "tests/access",
    "tests/resolvers/test_run_order.py",
    "tests/localcloud/test_entry_points.py",
    "tests/orders/test_appsync_feed.py",
    "tests/localcloud/test_command.py",
    "tests/clients/test_ways_faults.py",
    "tests/demo",
    "tests/localcloud/test_durable.py",
    "tests/clients/test_events_command.py",
    "tests/stack/test_deployer_local.py",
    "tests/appsync/test_realtime_expiry.py",
    "tests/orders/dead_letters",
    "tests/orders/test_order_life.py",
    "tests/clients",
    "tests/functions",
    "tests/companion",
    "tests/localcloud",
    "tests/appsync/datasources",
    "tests/appsync_clients",
    "tests/projects",
    "tests/compare",
)


def place_of(file: str) -> int:
    """Return where a file's tests come in a run that several workers share."""
    return next((n for n, start in enumerate(FIRST) if file.startswith(start)), len(FIRST))


def units_of(files: Sequence[str], shared: Mapping[str, Set[str]]) -> list[list[int]]:
    """Return the indexes of tests that go to a worker together, the longest units first.

    Parameters
    ----------
    files
        The file of each test.
    shared
        The fixtures of more than a module that a file's tests use. Files that share one are a unit: a local
        cloud starts once, not once a worker.
    """
    leaders: dict[str, str] = {}

    def leader_of(name: str) -> str:
        while (above := leaders.setdefault(name, name)) != name:
            name = above
        return name

    for file in dict.fromkeys(files):
        for fixture in shared.get(file, ()):
            leaders[leader_of(fixture)] = leader_of(file)
    units: dict[str, list[int]] = {}
    for index, file in enumerate(files):
        units.setdefault(leader_of(file), []).append(index)
    return sorted(units.values(), key=lambda unit: min(place_of(files[index]) for index in unit))
