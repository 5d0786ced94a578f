"""The GraphQL APIs and state machines of a template, as its checks look at them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from localcloud.appsync.definition import AuthMode
from localcloud.check.finding import Finding, SourcePlace, Text

if TYPE_CHECKING:
    from localcloud.check.positions import Positions
    from localcloud.stack.nested import Part

Language = Literal["js", "vtl"]


@dataclass(frozen=True)
class Code:
    """The source of a handler or a mapping template; ``name`` is what messages call it."""

    name: str
    language: Language
    source: Text


@dataclass(frozen=True)
class Name:
    """A data source or function as it is named: by a text, by a resource, or in a way that is not known."""

    text: str | None = None
    logical_id: str | None = None

    @property
    def is_known(self) -> bool:
        """Whether it says what it names."""
        return self.text is not None or self.logical_id is not None

    def __str__(self) -> str:
        return self.text or self.logical_id or "?"


@dataclass(frozen=True)
class SourceModel:
    """A data source; ``type`` is empty where it cannot be known."""

    logical_id: str
    place: SourcePlace
    name: str | None
    type: str


@dataclass(frozen=True)
class StepModel:
    """What a resolver and a pipeline's function have in common.

    Attributes
    ----------
    source
        The data source; None when it names none.
    batch
        ``MaxBatchSize``.
    complete
        Whether all of its code could be read.
    """

    logical_id: str
    place: SourcePlace
    source: Name | None
    code: tuple[Code, ...] = ()
    batch: int = 0
    complete: bool = True


@dataclass(frozen=True)
class FunctionModel(StepModel):
    """A function of pipelines."""

    name: str | None = None


@dataclass(frozen=True)
class ResolverModel(StepModel):
    """A resolver; ``functions`` is None for one that is no pipeline."""

    type_name: str | None = None
    field_name: str | None = None
    functions: tuple[Name, ...] | None = None

    @property
    def field(self) -> str:
        """Return what it resolves, for a message."""
        return f"{self.type_name or '?'}.{self.field_name or '?'}"


@dataclass
class ApiModel:
    """One GraphQL API."""

    logical_id: str
    place: SourcePlace
    name: str
    modes: tuple[AuthMode, ...] = ()
    schema: Text | None = None
    sources: list[SourceModel] = field(default_factory=list)
    functions: list[FunctionModel] = field(default_factory=list)
    resolvers: list[ResolverModel] = field(default_factory=list)

    def source(self, name: Name) -> SourceModel | None:
        """Return the data source that is named."""
        for source in self.sources:
            if source.logical_id == name.logical_id or (name.text is not None and source.name == name.text):
                return source
        return None

    def function(self, name: Name) -> FunctionModel | None:
        """Return the function that is named; by its id's resource, since ids are given by AWS."""
        for function in self.functions:
            if name.logical_id is not None and function.logical_id == name.logical_id:
                return function
        return None


@dataclass(frozen=True)
class MachineModel:
    """A state machine.

    Attributes
    ----------
    definition
        JSON text.
    source
        Where it is written, for the lines of findings; None for one that is part of the template.
    property
        The template's property that holds it.
    complete
        Whether all that is substituted in it is known before it is deployed.
    """

    logical_id: str
    place: SourcePlace
    kind: Literal["STANDARD", "EXPRESS"]
    definition: str
    property: str
    source: Text | None
    complete: bool


@dataclass(frozen=True)
class Located:
    """A template of the project, and where everything in it stands."""

    part: Part
    places: Positions


@dataclass
class Project:
    """A template with all that it nests, its APIs, and what was found while they were read."""

    template: Path
    templates: list[Located] = field(default_factory=list)
    apis: list[ApiModel] = field(default_factory=list)
    handlers: list[Code] = field(default_factory=list)
    """Of the namespaces of Event APIs."""
    machines: list[MachineModel] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    folders: list[Path] = field(default_factory=list)
    """Where documents of clients and publishers may be."""
