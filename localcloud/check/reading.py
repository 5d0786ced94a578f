"""From a template's resources to the APIs that its checks look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from localcloud.appsync.definition import AuthMode, AuthType, UserPoolConfig
from localcloud.check import sam
from localcloud.check.code_files import CodeFiles
from localcloud.check.finding import Finding, Severity, Text
from localcloud.check.machines import read_machines
from localcloud.check.model import (
    ApiModel,
    FunctionModel,
    Located,
    Name,
    Project,
    ResolverModel,
    SourceModel,
)
from localcloud.check.positions import Positions
from localcloud.check.values import Reference, Values, with_values
from localcloud.stack.cdk import with_local_assets
from localcloud.stack.files import local_files
from localcloud.stack.nested import Nested, Part, parts, passed
from localcloud.stack.template import Json, TemplateError, properties, resources

_KIND: Final = "AWS::AppSync::"
_PARTS: Final = ("GraphQLSchema", "Type", "DataSource", "FunctionConfiguration", "Resolver")
_PIPELINE: Final = "PIPELINE"
AUTH_TYPES: Final[dict[str, AuthType]] = {
    "API_KEY": "API_KEY",
    "AWS_IAM": "AWS_IAM",
    "AMAZON_COGNITO_USER_POOLS": "AMAZON_COGNITO_USER_POOLS",
    "OPENID_CONNECT": "OPENID_CONNECT",
    "AWS_LAMBDA": "AWS_LAMBDA",
}


def read_project(
    template: dict[str, Json],
    path: Path,
    values: Mapping[str, str] | None = None,
    positions: Callable[[Path], Positions] = Positions,
) -> Project:
    """Return the APIs and state machines of a template and of those that it nests.

    What a nested template adds to an API that is passed to it counts as that API's.

    Parameters
    ----------
    template
        As :func:`localcloud.stack.template.read_template` returns it.
    values
        Those of parameters, where they are not the defaults.
    positions
        Says where what is in a file stands.

    Raises
    ------
    localcloud.stack.template.TemplateError
        A manifest of CDK's assets cannot be read.
    """
    path = path.resolve()
    project = Project(path)
    project.folders = [file.path for file in local_files(template, path.parent, values) if file.zipped]
    readers: dict[str, _Reader] = {}
    kinds: dict[str, str] = {}

    def unread(part: Part, nest: Nested, error: TemplateError) -> None:
        place = readers[part.name].places.of(nest.logical_id, nest.property)
        project.findings.append(Finding(place, Severity.ERROR, "nested-template", str(error)))

    for part in parts(template, path.parent, path, problem=unread, values=values):
        above, _, name = part.name.rpartition(".")
        reader = readers[part.name] = _Reader(part, project, kinds, positions)
        if part.name:
            outer = readers[above]
            reader.values = outer.values.nest(name, reader.template, passed(outer.declared[name]))
    for reader in readers.values():
        project.templates.append(Located(reader.part, reader.places))
        reader.read()
    apis = {name: api for reader in readers.values() for name, api in reader.apis.items()}
    project.apis += apis.values()
    for kind in _PARTS:
        for reader in readers.values():
            reader.read_parts(kind, apis)
    return project


class _Reader:
    """Reads one template of a project."""

    def __init__(
        self, part: Part, project: Project, kinds: dict[str, str], positions: Callable[[Path], Positions]
    ) -> None:
        self.part = part
        self.project = project
        self.template = with_local_assets(part.template, part.base)
        self.places = positions(part.path or project.template)
        self.values = Values(with_values(self.template, part.values))
        self.declared = resources(self.template)
        self.kinds = kinds
        kinds |= {part.display_name(name): str(resource["Type"]) for name, resource in self.declared.items()}
        self.apis: dict[str, ApiModel] = {}

    def read(self) -> None:
        """Read all but the parts of APIs, which may be those of another template."""
        self.files = CodeFiles(self.project, self.places, self.values, self.kinds)
        self.project.machines += read_machines(self.template, self.files)
        for logical_id, resource in self.declared.items():
            if resource["Type"] == f"{_KIND}GraphQLApi":
                self.apis[self.part.display_name(logical_id)] = self._api(logical_id, properties(resource))
            elif resource["Type"] == sam.KIND:
                api = sam.read_api(logical_id, properties(resource), self.files)
                self.project.apis.append(api)
            elif resource["Type"] == f"{_KIND}ChannelNamespace":
                self._namespace(logical_id, properties(resource))

    def read_parts(self, kind: str, apis: dict[str, ApiModel]) -> None:
        """Read the parts of one kind: ``GraphQLSchema``, ``DataSource`` and so on."""
        for logical_id, resource in self.declared.items():
            if resource["Type"] == f"{_KIND}{kind}":
                self._part(kind, logical_id, properties(resource), apis)

    def _api(self, logical_id: str, values: dict[str, Json]) -> ApiModel:
        place = self.places.of(logical_id)
        additional = values.get("AdditionalAuthenticationProviders")
        modes = [self._mode(values)]
        modes += [self._mode(m) for m in (additional if isinstance(additional, list) else [])]
        name = self.values.text(values.get("Name")) or logical_id
        return ApiModel(
            self.part.display_name(logical_id), place, name, tuple(mode for mode in modes if mode is not None)
        )

    def _mode(self, record: Json) -> AuthMode | None:
        if not isinstance(record, dict):
            return None
        kind = AUTH_TYPES.get(self.values.text(record.get("AuthenticationType")) or "")
        pool = record.get("UserPoolConfig")
        if kind is None:
            return None
        if kind != "AMAZON_COGNITO_USER_POOLS" or not isinstance(pool, dict):
            return AuthMode(kind)
        denies = self.values.text(pool.get("DefaultAction")) == "DENY"
        return AuthMode(kind, user_pool=UserPoolConfig("", "", "DENY" if denies else "ALLOW"))

    def _part(self, part: str, logical_id: str, values: dict[str, Json], apis: dict[str, ApiModel]) -> None:
        owner = self.values.read(values.get("ApiId"))
        api = apis.get(owner.logical_id) if isinstance(owner, Reference) else None
        if api is None and isinstance(owner, Reference) and owner.logical_id in self.kinds:
            return  # an Event API's
        if api is None:
            message = f"{logical_id} belongs to an API that is not in this template, so it is not looked at"
            self.project.findings.append(
                Finding(self.places.of(logical_id, "ApiId"), Severity.NOTE, "unresolved", message)
            )
            return
        match part:
            case "GraphQLSchema":
                api.schema = self.files.schema(logical_id, values)
            case "Type":
                definition = self.files.inline(logical_id, values, "Definition")
                if api.schema is not None and definition is not None:
                    api.schema = Text(f"{api.schema.text}\n\n{definition.text}", api.schema.place)
            case "DataSource":
                api.sources.append(self._source(logical_id, values))
            case "FunctionConfiguration":
                api.functions.append(self._function(logical_id, values))
            case _:
                api.resolvers.append(self._resolver(logical_id, values))

    def _namespace(self, logical_id: str, values: dict[str, Json]) -> None:
        code = self.files.handlers(logical_id, values, self.values.text(values.get("Name")) or logical_id)
        if code is not None:
            self.project.handlers.append(code)

    def _source(self, logical_id: str, values: dict[str, Json]) -> SourceModel:
        name, kind = self.values.text(values.get("Name")), self.values.text(values.get("Type"))
        return SourceModel(self.part.display_name(logical_id), self.places.of(logical_id), name, kind or "")

    def _function(self, logical_id: str, values: dict[str, Json]) -> FunctionModel:
        name = self.values.text(values.get("Name"))
        code, complete = self.files.code(logical_id, values, name or logical_id)
        return FunctionModel(
            self.part.display_name(logical_id),
            self.places.of(logical_id),
            self._name(values.get("DataSourceName")),
            code,
            self.values.number(values.get("MaxBatchSize")) or 0,
            complete,
            name=name,
        )

    def _resolver(self, logical_id: str, values: dict[str, Json]) -> ResolverModel:
        type_name = self.values.text(values.get("TypeName"))
        field_name = self.values.text(values.get("FieldName"))
        code, complete = self.files.code(logical_id, values, f"{type_name}.{field_name}")
        functions: tuple[Name, ...] | None = None
        if self.values.text(values.get("Kind")) == _PIPELINE:
            config = values.get("PipelineConfig")
            listed = config.get("Functions") if isinstance(config, dict) else None
            functions = tuple(
                self._name(item) or Name() for item in (listed if isinstance(listed, list) else [])
            )
        return ResolverModel(
            self.part.display_name(logical_id),
            self.places.of(logical_id),
            self._name(values.get("DataSourceName")),
            code,
            self.values.number(values.get("MaxBatchSize")) or 0,
            complete,
            type_name=type_name,
            field_name=field_name,
            functions=functions,
        )

    def _name(self, value: Json) -> Name | None:
        if value is None:
            return None
        read = self.values.read(value)
        if isinstance(read, Reference):
            return Name(logical_id=read.logical_id)
        return Name(text=read)
