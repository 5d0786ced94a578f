"""What a facade consists of: names of a module that are read, and names that are patched once."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from types import FrameType, ModuleType
from typing import Any, ClassVar, Generic, Self, TypeVar, cast, overload

from localcloud.engine.ministack.types import Handler, Service

T = TypeVar("T")
OURS = "localcloud.engine."
# Frames of these are no user's: they patch on behalf of what calls them.
_BETWEEN = (f"{OURS}ministack.", f"{OURS}patching", f"{OURS}layers")


class MendError(Exception):
    """A mend does not fit this MiniStack; the message says which and what to do."""


# The mend that is being applied; empty between mends.
_RUNNING: list[str] = []


@contextmanager
def running(mend: str) -> Iterator[None]:
    """Let what is patched in the block be the mend's."""
    _RUNNING.append(mend)
    try:
        yield
    finally:
        _RUNNING.pop()


class Facade:
    """A module of MiniStack's.

    Examples
    --------
    >>> class Json(Facade, module="json"):
    ...     dumps: Name[Callable[[object], str]] = Name("dumps")
    ...     loads: Patch[Callable[[str], object]] = Patch("loads", "doctest")
    >>> Json().dumps([1])
    '[1]'
    """

    module: ClassVar[str]
    names: ClassVar[dict[str, Name[Any]]]
    every: ClassVar[list[type[Facade]]] = []
    _loaded: ClassVar[ModuleType | None] = None
    _instances: ClassVar[list[Facade]] = []

    def __init__(self) -> None:
        self._instances.append(self)

    def __init_subclass__(cls, module: str) -> None:
        cls.module = module
        cls.names = {each.name: each for each in vars(cls).values() if isinstance(each, Name)}
        Facade.every.append(cls)

    @classmethod
    def load(cls) -> ModuleType:
        """Return the module, imported with the first call.

        Raises
        ------
        MendError
            It lacks a name: the version differs from the one that the facade was written for.
        """
        if cls._loaded is None:
            module = import_module(cls.module)
            for name in cls.names:
                if not hasattr(module, name):
                    raise MendError(
                        f"{cls.module} has no {name} any more: read its new source, then change or drop "
                        f"the mend that needs it ({cls.__module__})"
                    )
            cls._loaded = module
        return cls._loaded

    @classmethod
    def settle(cls) -> None:
        """Look functions up no more that stay as they are: what is called often goes past :class:`Name`."""
        for instance in cls._instances:
            for name in instance.names.values() if instance._loaded else ():
                if name.is_settled and callable(name.value):
                    vars(instance)[name.attribute] = name.value


class Name(Generic[T]):
    """A name that is read: a facade's instance gives its value, the class the name itself."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __set_name__(self, owner: type[Facade], attribute: str) -> None:
        self.facade = owner
        self.attribute = attribute

    @overload
    def __get__(self, instance: None, owner: type[Facade]) -> Self: ...
    @overload
    def __get__(self, instance: Facade, owner: type[Facade]) -> T: ...
    def __get__(self, instance: Facade | None, owner: type[Facade]) -> Self | T:
        return self if instance is None else self.value

    @property
    def is_settled(self) -> bool:
        """Whether the name stands for the same from now on, if it is a function's."""
        return True

    @property
    def value(self) -> T:
        """What the module has by this name."""
        facade = self.facade
        return cast(T, getattr(facade._loaded or facade.load(), self.name))


class Variable(Name[T]):
    """A name that is read and set while the engine runs."""

    @property
    def is_settled(self) -> bool:
        """It never is."""
        return False

    def __set__(self, instance: Facade, value: T) -> None:
        setattr(self.facade.load(), self.name, value)


class Patch(Name[T]):
    """A name that is patched.

    Parameters
    ----------
    chain
        What patches it, innermost first: a mend's name, or a module of the engine.
    """

    # Changed and not assigned yet, in any module.
    waiting: ClassVar[dict[Patch[Any], None]] = {}

    def __init__(self, name: str, *chain: str) -> None:
        super().__init__(name)
        self.chain = chain
        self.links: list[str] = []
        self.assigned = False
        self._new: T | None = None

    @property
    def is_settled(self) -> bool:
        """Whether it has been assigned, or is left as it was."""
        return self not in self.waiting

    @property
    def value(self) -> T:
        """What the name stands for, with all that has changed it so far."""
        return self.current if self._new is None else self._new

    @property
    def current(self) -> T:
        """What the module has: without what waits to be assigned."""
        return super().value

    def wrap(self, make: Callable[[T], T]) -> None:
        """Put what ``make`` returns in the place of what it is passed; a decorator."""
        self._change(make(self.value))

    def replace(self, new: T) -> None:
        """Put ``new`` in its place."""
        self.facade.load()
        self._change(new)

    def _change(self, new: T) -> None:
        link = _RUNNING[-1] if _RUNNING else _caller()
        label = f"{self.facade.__name__}.{self.attribute}"
        if link not in self.chain:
            raise MendError(f"{link} patches {label}, whose chain ({self.facade.__module__}) lacks it")
        if self.links and self.chain.index(link) < self.chain.index(self.links[-1]):
            raise MendError(f"{link} patches {label} after {self.links[-1]}, which comes later in its chain")
        if self.assigned:
            raise MendError(f"{link} patches {label}, which is assigned already")
        if link not in self.links:
            self.links.append(link)
        self._new = new
        Patch.waiting[self] = None

    def assign(self) -> None:
        """Give MiniStack's module what the chain has come to."""
        if self._new is not None:
            self._set(self._new)
        self._new, self.assigned = None, True

    def _set(self, new: T) -> None:
        setattr(self.facade.load(), self.name, new)


def wrap_requests(module: Service, make: Callable[[Handler], Handler]) -> None:
    """Wrap a service's ``handle_request``, by its facade where that patches it, too."""
    facade = next((each for each in Facade.every if each.module == module.__name__), None)
    patch = facade.names.get("handle_request") if facade is not None else None
    if isinstance(patch, Patch):
        patch.wrap(make)
    else:
        module.handle_request = make(module.handle_request)


def served() -> list[str]:
    """Return the services whose ``handle_request`` is patched already, as MiniStack's modules are named."""
    return [
        patch.facade.module.rpartition(".")[2] for patch in Patch.waiting if patch.name == "handle_request"
    ]


def read_all(facade: Facade, names: Iterable[str]) -> dict[str, Any]:
    """Return the values of several attributes of a facade, by their names."""
    return {name: getattr(facade, name) for name in names}


def assign_patches(*, without: str = "") -> None:
    """Assign each name that was changed, once.

    Parameters
    ----------
    without
        A package whose patches are yet to come: names that it changes too are left for the next call.
    """
    for patch in list(Patch.waiting):
        if not without or not any(link.startswith(without) for link in patch.chain):
            del Patch.waiting[patch]
            patch.assign()


def _caller() -> str:
    """Return the module of the engine that patches."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if module.startswith(OURS) and not module.startswith(_BETWEEN):
            return module.removeprefix(OURS)
        frame = frame.f_back
    return "another"
