"""What a loop goes over: values that are known before a stack is created.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-languageextensions.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from localcloud.stack.document import Json

PSEUDO: Final = {
    "AWS::Region": "us-east-1",
    "AWS::AccountId": "000000000000",
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
}
_VARIABLE: Final = re.compile(r"\$\{([^}]*)\}")


class LoopError(Exception):
    """A loop that CloudFormation would refuse; ``loop`` is its key in the template."""

    def __init__(self, loop: str, message: str) -> None:
        super().__init__(f"{loop}: {message}")
        self.loop = loop


class Unresolved(Exception):
    """The value depends on what is known only once the stack is there."""


def stored(name: str) -> str:
    """Return the name that a value of the parameter store has among the values of a template.

    Examples
    --------
    >>> stored("/names")
    '{{resolve:ssm:/names}}'
    """
    return f"{{{{resolve:ssm:{name}}}}}"


class Literals:
    """Parameters and mappings of a template, and what functions of them come to.

    Parameters
    ----------
    values
        The parameters' values, where they are not the defaults, those of pseudo parameters, and what the
        parameter store has, by :func:`stored`.

    Examples
    --------
    >>> template = {"Parameters": {"Names": {"Type": "CommaDelimitedList", "Default": "a, b"}}}
    >>> Literals(template, {}).of({"Ref": "Names"}, {})
    ['a', 'b']
    """

    def __init__(self, template: Mapping[str, Json], values: Mapping[str, str]) -> None:
        parameters, mappings = template.get("Parameters"), template.get("Mappings")
        self._parameters = parameters if isinstance(parameters, dict) else {}
        self._mappings = mappings if isinstance(mappings, dict) else {}
        self._values = {**PSEUDO, **values}

    def of(self, node: Json, bindings: Mapping[str, str]) -> Json:  # noqa: PLR0911 - one for each function
        """Return what a node comes to.

        Parameters
        ----------
        bindings
            The identifiers of the loops around it.

        Raises
        ------
        Unresolved
        """
        match node:
            case {"Ref": str(name)}:
                return self._of_name(name, bindings)
            case {"Fn::FindInMap": [name, first, second, *rest]}:
                return self._mapped(name, first, second, rest, bindings)
            case {"Fn::Split": [str(glue), text]}:
                return [*self.text(text, bindings).split(glue)]
            case {"Fn::Join": [str(glue), parts]}:
                return glue.join(self.items(parts, bindings))
            case {"Fn::Select": [index, parts]}:
                number, items = self.text(index, bindings), self.items(parts, bindings)
                if not number.isdecimal() or int(number) >= len(items):
                    raise Unresolved
                return items[int(number)]
            case {"Fn::Sub": str(text)}:
                return self._substituted(text, {}, bindings)
            case {"Fn::Sub": [str(text), dict(own)]}:
                return self._substituted(text, own, bindings)
            case {"Fn::Length": parts}:
                return len(self.items(parts, bindings))
            case list():
                return [self.of(item, bindings) for item in node]
            case dict():
                raise Unresolved
            case _:
                return node

    def text(self, node: Json, bindings: Mapping[str, str]) -> str:
        """Return a text or a number as a text.

        Raises
        ------
        Unresolved
        """
        value = self.of(node, bindings)
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, str | int | float):
            return str(value)
        raise Unresolved

    def items(self, node: Json, bindings: Mapping[str, str]) -> list[str]:
        """Return the items of a list.

        Raises
        ------
        Unresolved
        """
        value = self.of(node, bindings)
        if not isinstance(value, list):
            raise Unresolved
        return [self.text(item, bindings) for item in value]

    def _of_name(self, name: str, bindings: Mapping[str, str]) -> Json:
        if name in bindings:
            return bindings[name]
        declared = self._parameters.get(name)
        body = declared if isinstance(declared, dict) else {}
        value: Json = self._values.get(name, body.get("Default"))
        kind = str(body.get("Type", ""))
        if kind.startswith("AWS::SSM::Parameter::Value"):
            value = self._values.get(stored(str(value)))
        if value is None:
            raise Unresolved
        if "List" in kind:
            return [part.strip() for part in str(value).split(",") if part.strip()]
        return value

    def _mapped(
        self, name: Json, first: Json, second: Json, rest: list[Json], bindings: Mapping[str, str]
    ) -> Json:
        level: Json = self._mappings
        for key in (name, first, second):
            level = level.get(self.text(key, bindings)) if isinstance(level, dict) else None
        match level, rest:
            case None, [{"DefaultValue": default}]:
                return self.of(default, bindings)
            case None, _:
                raise Unresolved
        return level

    def _substituted(self, text: str, own: Mapping[str, Json], bindings: Mapping[str, str]) -> str:
        def value(match: re.Match[str]) -> str:
            name = match[1]
            if name.startswith("!"):
                return f"${{{name[1:]}}}"
            return self.text(own.get(name, {"Ref": name}), bindings)

        return _VARIABLE.sub(value, text)
