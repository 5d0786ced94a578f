"""What the prepared parent does so that its forks write to few pages: each in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="environments are forked on Linux alone")


# As the prepared parent imports this code: without what else the packages above it import.
ALONE = """
import sys, types
for name in ("localcloud", "localcloud.functions"):
    package = sys.modules[name] = types.ModuleType(name)
    package.__path__ = [name.replace(".", "/")]
"""


def run(code: str) -> Any:
    """Run code in a fresh interpreter, and return what it prints last."""
    done = subprocess.run(
        [sys.executable, "-c", ALONE + dedent(code)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
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


def test_threads_share_one_heap() -> None:
    def heaps(share: str) -> Any:
        return run(
            f"""
            import json, threading
            from localcloud.functions.fork_server.server import share_one_heap
            {share}
            kept, ready, end = [], threading.Barrier(5), threading.Event()
            def work():
                kept.append([bytes(2000) for _ in range(100)])
                ready.wait()
                end.wait()
            for _ in range(4):
                threading.Thread(target=work).start()
            ready.wait()
            with open("/proc/self/maps") as maps:
                starts = [int(line.split("-")[0], 16) for line in maps if " rw-p " in line]
            end.set()
            print(json.dumps(sum(start % (64 << 20) == 0 for start in starts)))  # where glibc puts others
            """
        )

    assert heaps("") > 0
    assert heaps("share_one_heap()") == 0


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


def test_fork_that_forks_has_the_hooks_of_a_fresh_interpreter() -> None:
    results = run(
        """
        import json, logging, os, sys, threading
        from localcloud.functions.fork_server.hooks import ForkHooks

        errors = []
        sys.unraisablehook = errors.append  # a lock that is released, and was not acquired

        def state():
            free = logging._lock.acquire(blocking=False)
            if free:
                logging._lock.release()
            return [lists == full, free, len(errors)]

        hooks = ForkHooks()
        lists = [entries for entries, _ in hooks._hooks]
        full = [list(entries) for entries in lists]
        hooks.set_aside()
        hooks.put_back_in_time()
        before = len(lists[0]) == len(full[0]) and lists != full
        threading._active_limbo_lock = "as it was"
        reader, writer = os.pipe()
        held = []
        os.register_at_fork(before=lambda: held.append(logging._lock._is_owned()))
        full[0].append(lists[0][-1])
        if os.fork() == 0:
            renewed = type(threading._active_limbo_lock) is not str
            os.write(writer, json.dumps([renewed, state()]).encode())
            os._exit(0)
        os.wait()
        print(json.dumps([before, json.loads(os.read(reader, 99)), state(), held]))
        """
    )
    assert results == [True, [True, [True, True, 0]], [True, True, 0], [False]]


def test_hooks_that_were_to_be_put_back_are_set_aside_again() -> None:
    assert run(
        """
        import json
        from localcloud.functions.fork_server.hooks import ForkHooks
        hooks = ForkHooks()
        lists = [entries for entries, _ in hooks._hooks]
        full = [list(entries) for entries in lists]
        for _ in range(3):
            hooks.set_aside()
            hooks.put_back_in_time()
        hooks.put_back()
        print(json.dumps(lists == full))
        """
    )


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


def test_functions_move_together_if_every_reference_to_them_is_known() -> None:
    moved, same, results = run(
        """
        import json, types
        from localcloud.functions.fork_server.hot import gather
        source = '''
        def listed(): return 1
        kept = [listed]
        def free(): return 2
        also_free = free
        def counter():
            count = 0
            def up():
                nonlocal count
                count += 1
                return count
            def look(): return count
            return up, look
        up, look = counter()
        def adder(number):
            def add(other: int = 1, *, more: int = 0): return number + other + more
            return add
        add = adder(10)
        class Thing:
            def name(self): return __class__.__name__
        def all(): return [listed(), free(), up(), look(), add(more=5), Thing().name()]
        '''
        import textwrap
        module, other = types.ModuleType("sample"), types.ModuleType("other")
        exec(textwrap.dedent(source), vars(module))
        other.free = module.free
        names = ["listed", "free", "up", "look", "add"]
        find = lambda: {"name": module.Thing.name, **{name: getattr(module, name) for name in names}}
        before = {name: id(function) for name, function in find().items()}
        gather(lambda: module.all(), [module, other])
        moved = [name for name, function in find().items() if id(function) != before[name]]
        same = [module.free is module.also_free is other.free, module.kept[0] is module.listed]
        print(json.dumps([moved, same, module.all()]))
        """
    )
    assert moved == ["name", "free", "up", "look", "add"]
    assert same == [True, True]
    assert results == [1, 2, 2, 2, 16, "Thing"]


@pytest.mark.parametrize("size", [24, 104, 600, 1000, 5000])
def test_gaps_in_the_c_librarys_heap_are_filled(size: int) -> None:
    assert run(
        f"""
        import ctypes, json
        from localcloud.functions.fork_server import holes
        library = ctypes.CDLL(None)
        library.malloc.argtypes, library.malloc.restype = [ctypes.c_size_t], ctypes.c_void_p
        library.free.argtypes = [ctypes.c_void_p]
        places = [library.malloc({size}) for _ in range(2_000)]
        for place in places[::2]:
            library.free(place)
        holes.fill()
        print(json.dumps(library.malloc({size}) > max(places)))
        """
    )
