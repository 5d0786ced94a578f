"""The state machines of a template: their definitions, as text, with what is substituted in them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

import yaml

from localcloud.check.code_files import CodeFiles
from localcloud.check.finding import Text
from localcloud.check.model import MachineModel
from localcloud.check.values import Reference
from localcloud.stack.template import Json, properties, resources

MACHINE: Final = "AWS::StepFunctions::StateMachine"
SERVERLESS: Final = "AWS::Serverless::StateMachine"
_VARIABLE: Final = re.compile(r"\$\{([^!}][^}]*)\}")
_ARN: Final = "arn:aws:{}:us-east-1:000000000000:{}:{}"
# What a reference comes to once it is deployed, as far as a definition's rules know.
_ARNS: Final = {
    "AWS::Lambda::Function": ("lambda", "function"),
    "AWS::Lambda::Version": ("lambda", "function"),
    "AWS::Lambda::Alias": ("lambda", "function"),
    "AWS::Serverless::Function": ("lambda", "function"),
    "AWS::StepFunctions::Activity": ("states", "activity"),
    MACHINE: ("states", "stateMachine"),
    SERVERLESS: ("states", "stateMachine"),
}
_UNKNOWN: Final = _ARN.format("lambda", "function", "unknown")


def read_machines(template: dict[str, Json], files: CodeFiles) -> Iterator[MachineModel]:
    """Yield the state machines whose definitions can be read.

    Parameters
    ----------
    template
        With the local paths of CDK's assets.
    """
    for logical_id, resource in resources(template).items():
        kind = resource["Type"]
        if kind in (MACHINE, SERVERLESS):
            name = "StateMachineType" if kind == MACHINE else "Type"
            model = _Definition(files).read(logical_id, properties(resource), name)
            if model is not None:
                yield model


class _Definition:
    def __init__(self, files: CodeFiles) -> None:
        self.files = files
        self.complete = True

    def read(self, logical_id: str, values: dict[str, Json], type_name: str) -> MachineModel | None:
        express = self.files.values.text(values.get(type_name)) == "EXPRESS"
        for name in ("Definition", "DefinitionString", "DefinitionS3Location", "DefinitionUri"):
            if name in values:
                break
        else:
            return None
        place = self.files.places.of(logical_id, name)
        source: Text | None = None
        if name in ("DefinitionS3Location", "DefinitionUri"):
            source = self.files.file(logical_id, values, name)
            if source is None:
                return None
            definition = _as_json(source)
        else:
            value = self._resolve(values[name])
            definition = value if isinstance(value, str) else json.dumps(value)
            if isinstance(value, str):
                source = Text(value, self.files.places.text_place(logical_id, name))
        definition = self._substituted(definition, values.get("DefinitionSubstitutions"))
        kind: Literal["STANDARD", "EXPRESS"] = "EXPRESS" if express else "STANDARD"
        return MachineModel(logical_id, place, kind, definition, name, source, self.complete)

    def _substituted(self, definition: str, substitutions: Json) -> str:
        if not isinstance(substitutions, dict):
            return definition
        values = {name: self._resolve(value) for name, value in substitutions.items()}
        # CloudFormation writes a boolean as JSON does.
        texts = {
            name: str(value).lower() if isinstance(value, bool) else str(value)
            for name, value in values.items()
        }
        return _VARIABLE.sub(lambda match: texts.get(match[1], match[0]), definition)

    def _resolve(self, value: Json) -> Json:  # noqa: PLR0911 - one for each function
        """Return a value without intrinsic functions."""
        match value:
            case {"Ref": _, **rest} if not rest:
                return self._text(value)
            case {"Fn::Join": [str(glue), list(parts)], **rest} if not rest:
                return glue.join(str(self._resolve(part)) for part in parts)
            case {"Fn::Sub": str(text), **rest} if not rest:
                return self._sub(text, {})
            case {"Fn::Sub": [str(text), dict(own)], **rest} if not rest:
                return self._sub(text, own)
            case dict() if len(value) == 1 and next(iter(value)).startswith("Fn::"):
                return self._text(value)
            case dict():
                return {name: self._resolve(inner) for name, inner in value.items()}
            case list():
                return [self._resolve(inner) for inner in value]
            case _:
                return value

    def _sub(self, text: str, own: dict[str, Json]) -> str:
        def value_of(match: re.Match[str]) -> str:
            name = match[1]
            if name in own:
                return str(self._resolve(own[name]))
            resource, _, attribute = name.partition(".")
            return self._text({"Fn::GetAtt": [resource, attribute]} if attribute else {"Ref": name})

        return _VARIABLE.sub(value_of, text).replace("${!", "${")

    def _text(self, value: Json) -> str:
        read = self.files.values.read(value)
        if isinstance(read, Reference):
            arn = _ARNS.get(self.files.kinds.get(read.logical_id, ""))
            name = read.logical_id.replace(".", "-")
            plain = read.attribute not in ("", "Arn") or arn is None
            return name if plain or arn is None else _ARN.format(*arn, name)
        if read is None:
            self.complete = False
            return _UNKNOWN
        return read


def _as_json(source: Text) -> str:
    """Return the text of a file as JSON; SAM takes YAML too."""
    path: Path = source.place.path
    if path.suffix not in {".yaml", ".yml"}:
        return source.text
    try:
        return json.dumps(yaml.safe_load(source.text))
    except (yaml.YAMLError, TypeError):
        return source.text
