"""What is imported in a block is kept from the garbage collector."""

from __future__ import annotations

import gc

import pytest

from localcloud.importing import all_stays


def test_collector_ignores_what_the_block_creates() -> None:
    before = gc.get_freeze_count()
    try:
        with all_stays():
            assert not gc.isenabled()
            lists: list[list[int]] = [[] for _ in range(1000)]
        assert gc.isenabled()
        assert gc.get_freeze_count() - before >= len(lists)
    finally:
        if not before:
            gc.unfreeze()


def test_collector_runs_again_after_a_failed_import() -> None:
    with pytest.raises(ModuleNotFoundError), all_stays():
        import no_such_module  # type: ignore[import-not-found]  # noqa: F401
    assert gc.isenabled()
