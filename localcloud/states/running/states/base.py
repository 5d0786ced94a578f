"""What every state has: its name, where it leads and how it is run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from localcloud.states.language.scope import Json
from localcloud.states.running.frame import Frame
from localcloud.states.running.host import Runner


class Step(NamedTuple):
    """What a state leads to.

    Attributes
    ----------
    output
        The next state's input, or the output of the machine.
    next
        The next state's name; None at the end.
    """

    output: Json
    next: str | None


class WorkflowState(ABC):
    """A compiled state.

    Attributes
    ----------
    name
        Its name.
    next
        The state that follows; None where it ends its machine or a rule decides.
    """

    kind: str
    # Whether it waits for nothing: an attribute, since asking for an abstract class takes longer.
    immediate: ClassVar[bool] = False
    # What the context object has of the state besides its name.
    context: ClassVar[dict[str, Json]] = {}

    @property
    def machines(self) -> Sequence[Runner]:
        """The machines within."""
        return ()

    def __init__(self, name: str, definition: dict[str, Json]) -> None:
        self.name = name
        self.next: str | None = definition.get("Next")
        self.entered_kind = f"{self.kind}StateEntered"
        self.exited_kind = f"{self.kind}StateExited"


class Immediate(WorkflowState):
    """A state that waits for nothing."""

    immediate = True

    @abstractmethod
    def step(self, frame: Frame, data: Json) -> Step:
        """Carry the state out.

        Raises
        ------
        StatesError
            It failed.
        """


class Waiting(WorkflowState):
    """A state that may take time."""

    @abstractmethod
    async def run(self, frame: Frame, data: Json) -> Step:
        """Carry the state out.

        Raises
        ------
        StatesError
            It failed, and no Retry or Catch of it is for that.
        """
