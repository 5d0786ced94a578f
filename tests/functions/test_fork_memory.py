"""What the prepared parent does so that its forks write to few pages: each in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from textwrap import dedent
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="environments are forked on Linux alone")


def run(code: str) -> Any:
    """Run code in a fresh interpreter, and return what it prints last."""
    done = subprocess.run(
        [sys.executable, "-c", dedent(code)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_gaps_between_small_objects_are_filled() -> None:
    before, after = run(
        """
        import json
        from localcloud.functions.fork_server import holes
        kept = [bytes(200) for _ in range(20_000)]
        del kept[::2]
        before = dict(holes._gaps())
        holes.fill()
        print(json.dumps([before[240], dict(holes._gaps())[240]]))
        """
    )
    assert before > 5_000
    assert after < 100


def test_fork_hooks_are_set_aside_and_put_back() -> None:
    aside, back = run(
        """
        import gc, json, os, sys, threading
        from localcloud.functions.fork_server.hooks import ForkHooks

        def after_fork():
            reader, writer = os.pipe()
            threading._after_fork = None
            if os.fork() == 0:
                os.write(writer, b"1" if type(threading._active_limbo_lock) is not str else b"0")
                os._exit(0)
            os.wait()
            return os.read(reader, 1) == b"1"

        hooks = ForkHooks()
        lists = [entries for entries, _ in hooks._hooks]
        gc.collect(); gc.freeze()
        full = [list(entries) for entries in lists]
        hooks.set_aside()
        fewer = [len(before) - len(entries) for before, entries in zip(full, lists)]
        threading._active_limbo_lock = "as it was"
        aside = after_fork()
        hooks.put_back()
        print(json.dumps([[fewer, aside], [full == lists, after_fork()]]))
        """
    )
    assert aside == [[1, 1, 2, 2], False]  # the last two are one list
    assert back == [True, True]


def test_fork_hooks_stay_where_there_is_another_thread() -> None:
    assert run(
        """
        import json, threading
        from localcloud.functions.fork_server.hooks import ForkHooks
        hooks, end = ForkHooks(), threading.Event()
        threading.Thread(target=end.wait).start()
        before = [list(entries) for entries, _ in hooks._hooks]
        hooks.set_aside()
        print(json.dumps(len(before) == 4 and before == [entries for entries, _ in hooks._hooks]))
        end.set()
        """
    )


def test_called_code_is_copied_and_works() -> None:
    moved, results = run(
        """
        import json, types
        from localcloud.functions.fork_server.hot import gather
        source = '''
        import functools
        class Thing:
            @property
            def name(self): return "thing"
            @staticmethod
            def make(): return Thing()
            def never(self): return 0
        @functools.lru_cache
        def kept(): return [each for each in range(3)]
        def wrapper(function):
            @functools.wraps(function)
            def wrapped(): return function() + 1
            return wrapped
        @wrapper
        def counted(): return 1
        def all(): return [Thing.make().name, kept(), counted()]
        '''
        import textwrap
        module = types.ModuleType("sample")
        exec(textwrap.dedent(source), vars(module))
        codes = lambda: {
            "all": module.all.__code__, "name": module.Thing.name.fget.__code__,
            "make": module.Thing.make.__code__, "kept": module.kept.__wrapped__.__code__,
            "counted": module.counted.__wrapped__.__code__, "never": module.Thing.never.__code__,
        }
        before = codes()
        gather(module.all, [module])
        after = codes()
        moved = [name for name in before if before[name] is not after[name]]
        print(json.dumps([moved, module.all()]))
        """
    )
    assert moved == ["all", "name", "make", "kept", "counted"]
    assert results == ["thing", [0, 1, 2], 2]
