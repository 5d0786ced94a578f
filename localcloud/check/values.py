"""What a template's intrinsic functions come to, as far as that can be known without deploying it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from localcloud.stack.template import Json

_VARIABLE = re.compile(r"\$\{([^!}][^}]*)\}")
_PSEUDO = {
    "AWS::Region": "us-east-1",
    "AWS::AccountId": "000000000000",
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackName": "stack",
}


@dataclass(frozen=True)
class Reference:
    """Another resource of the template, by its logical id; one of a nested stack has that one's before it."""

    logical_id: str
    attribute: str = ""


def whole_number(value: Json) -> int | None:
    """Return a whole number that stands in a template as such or as text; None for anything else.

    Examples
    --------
    >>> whole_number(900), whole_number("-1"), whole_number(True), whole_number({"Ref": "Seconds"})
    (900, -1, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    return int(value) if str(value).removeprefix("-").isdecimal() else None


class Values:
    """Reads values of one template.

    Examples
    --------
    >>> values = Values({"Parameters": {"Stage": {"Default": "dev"}}, "Resources": {"A": {}}})
    >>> values.read({"Fn::Sub": "notes-${Stage}"}), values.read({"Fn::GetAtt": ["A", "Name"]})
    ('notes-dev', Reference(logical_id='A', attribute='Name'))
    >>> values.read({"Fn::ImportValue": "x"})
    >>> values.read({"Fn::If": [{"Fn::Equals": [{"Ref": "Stage"}, "dev"]}, "small", "large"]})
    'small'
    """

    def __init__(self, template: dict[str, Json]) -> None:
        self._prefix = ""
        self._above: Values | None = None
        self._arguments: Mapping[str, Json] = {}
        self._below: dict[str, Values] = {}
        self._reading: set[str] = set()
        self._judging: set[str] = set()
        outputs = template.get("Outputs")
        self._outputs: Mapping[str, Json] = outputs if isinstance(outputs, dict) else {}
        parameters, declared = template.get("Parameters"), template.get("Resources")
        self._defaults = {
            name: str(body["Default"])
            for name, body in (parameters.items() if isinstance(parameters, dict) else ())
            if isinstance(body, dict) and "Default" in body
        }
        self._resources = frozenset(declared) if isinstance(declared, dict) else frozenset()
        conditions = template.get("Conditions")
        self._conditions: dict[str, Json] = conditions if isinstance(conditions, dict) else {}

    def nest(self, logical_id: str, template: dict[str, Json], arguments: Mapping[str, Json]) -> Values:
        """Return the values of a nested stack, whose parameters and outputs are read across the two.

        Parameters
        ----------
        arguments
            The parameters that the stack's resource passes.
        """
        below = self._below[logical_id] = Values(template)
        below._prefix = f"{self._prefix}{logical_id}."
        below._above, below._arguments = self, arguments
        return below

    def read(self, value: Json) -> str | Reference | None:  # noqa: PLR0911 - one for each function
        """Return a text, or the resource that it is of; None when that cannot be known."""
        match value:
            case bool():
                return str(value).lower()
            case str() | int() | float():
                return str(value)
            case {"Ref": str(name)}:
                return self._of_name(name)
            case {"Fn::GetAtt": [str(name), *rest]} if name in self._resources:
                return self._attribute(name, ".".join(str(part) for part in rest))
            case {"Fn::GetAtt": str(text)} if text.partition(".")[0] in self._resources:
                name, _, attribute = text.partition(".")
                return self._attribute(name, attribute)
            case {"Fn::Sub": str(text)}:
                return self._substituted(text)
            case {"Fn::Join": [str(glue), list(parts)]}:
                read = [self.read(part) for part in parts]
                texts = [part for part in read if isinstance(part, str)]
                return glue.join(texts) if len(texts) == len(read) else None
            case {"Fn::If": [condition, first, second]}:
                holds = self._holds({"Condition": condition} if isinstance(condition, str) else condition)
                return None if holds is None else self.read(first if holds else second)
            case _:
                return None

    def text(self, value: Json) -> str | None:
        """Return a text; None when it is not known."""
        read = self.read(value)
        return read if isinstance(read, str) else None

    def number(self, value: Json) -> int | None:
        """Return a whole number; None when there is none, or it is not known."""
        return whole_number(self.text(value))

    def is_left_out(self, resource: Mapping[str, Json]) -> bool:
        """Return whether a resource's condition does not hold, for sure."""
        condition = resource.get("Condition")
        return isinstance(condition, str) and self._holds({"Condition": condition}) is False

    def _holds(self, condition: Json) -> bool | None:
        """Return whether a condition holds with the parameters' defaults; None when that is not known."""
        match condition:
            case {"Condition": str(name)}:
                return self._judged(name)
            case {"Fn::Equals": [left, right]}:
                read = self.text(left), self.text(right)
                return None if None in read else read[0] == read[1]
            case {"Fn::Not": [inner]}:
                holds = self._holds(inner)
                return None if holds is None else not holds
            case {"Fn::And": list(parts)}:
                each = [self._holds(part) for part in parts]
                return False if False in each else None if None in each else True
            case {"Fn::Or": list(parts)}:
                each = [self._holds(part) for part in parts]
                return True if True in each else None if None in each else False
            case _:
                return None

    def _judged(self, name: str) -> bool | None:
        """Return whether a named condition holds; None where two wait for each other, which AWS refuses."""
        if name in self._judging:
            return None
        self._judging.add(name)
        try:
            return self._holds(self._conditions.get(name))
        finally:
            self._judging.discard(name)

    def _of_name(self, name: str) -> str | Reference | None:
        if name in self._resources:
            return Reference(self._prefix + name)
        if self._above is not None and name in self._arguments:
            return self._across(name, self._above, self._arguments[name])
        return self._defaults.get(name, _PSEUDO.get(name))

    def _attribute(self, name: str, attribute: str) -> str | Reference | None:
        kind, _, output = attribute.partition(".")
        below = self._below.get(name)
        if kind != "Outputs" or below is None:
            return Reference(self._prefix + name, attribute)
        body = below._outputs.get(output)
        return self._across(attribute, below, body.get("Value")) if isinstance(body, dict) else None

    def _across(self, name: str, values: Values, value: Json) -> str | Reference | None:
        """Read a value in another stack; None where the two wait for each other."""
        if name in self._reading:
            return None
        self._reading.add(name)
        try:
            return values.read(value)
        finally:
            self._reading.discard(name)

    def _substituted(self, text: str) -> str | Reference | None:
        names = _VARIABLE.findall(text)
        texts: dict[str, str] = {}
        for name in names:
            resource, _, attribute = name.partition(".")
            dotted = bool(attribute) and resource in self._resources
            read = self._attribute(resource, attribute) if dotted else self._of_name(name)
            if isinstance(read, Reference) and text == f"${{{name}}}":
                return read
            if not isinstance(read, str):
                return None
            texts[name] = read
        return _VARIABLE.sub(lambda match: texts[match[1]], text)


def with_values(template: dict[str, Json], values: Mapping[str, str]) -> dict[str, Json]:
    """Return a template whose parameters have these values as their defaults."""
    parameters = template.get("Parameters")
    if not values or not isinstance(parameters, dict):
        return template
    bodies = {
        name: {**body, "Default": values[name]} if isinstance(body, dict) and name in values else body
        for name, body in parameters.items()
    }
    return {**template, "Parameters": bodies}
