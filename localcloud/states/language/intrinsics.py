"""Calls of intrinsic functions: ``States.Format('Order {}', $.id)``."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from localcloud.states.language.arguments import InvalidArguments
from localcloud.states.language.errors import DefinitionError, EvaluationError
from localcloud.states.language.functions import FUNCTIONS, join_template, split_template
from localcloud.states.language.paths import PathMissing, compile_path
from localcloud.states.language.scope import Evaluator, Json, Scope

_CALL: Final = re.compile(r"\s*(States\.[A-Za-z0-9]+)\s*\(\s*")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")
_WORDS: Final = {"true": True, "false": False, "null": None}
_ESCAPED: Final = frozenset("'{}\\")
_RUNTIME: Final = "States.Runtime"
_FORMAT: Final = "States.Format"


@dataclass(slots=True)
class _Argument:
    """An argument: a constant, or what reads it; `raw` is a string's text with its escapes."""

    constant: Json = None
    evaluator: Evaluator | None = None
    raw: str | None = None


def compile_intrinsic(text: str) -> Evaluator:
    """Return what evaluates the call `text`.

    Raises
    ------
    DefinitionError
        There is no such function, it takes another number of arguments, or the text is malformed.

    Examples
    --------
    >>> compile_intrinsic("States.MathAdd($.a, 1)")(Scope({"a": 2}, {}, {}))
    3
    """
    parser = _Parser(text)
    call = parser.call()
    if text[parser.position :].strip():
        raise DefinitionError(f"Not an intrinsic function call: {text}")
    return call


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self.position = 0

    def call(self) -> Evaluator:
        """Read a call; the position is behind it then."""
        start = self.position
        match = _CALL.match(self._text, start)
        if match is None or match[1] not in FUNCTIONS:
            raise self._malformed()
        self.position = match.end()
        arguments = self._arguments()
        source = self._text[start : self.position].strip()
        function, fewest, most = FUNCTIONS[match[1]]
        if len(arguments) < fewest or (most is not None and len(arguments) > most):
            raise DefinitionError(f"{match[1]} takes another number of arguments: {source}")
        if match[1] == _FORMAT and (template := arguments[0].raw) is not None:
            function = _formatter(template)
            arguments = arguments[1:]
        return _invoke(match[1], source, function, arguments)

    def _arguments(self) -> list[_Argument]:
        arguments: list[_Argument] = []
        if self._takes(")"):
            return arguments
        while True:
            arguments.append(self._argument())
            if self._takes(")"):
                return arguments
            if not self._takes(","):
                raise self._malformed()

    def _argument(self) -> _Argument:
        self._blanks()
        letter = self._text[self.position : self.position + 1]
        if letter == "'":
            return self._string()
        if letter == "$":
            return _Argument(evaluator=compile_path(self._path_text()))
        if self._text.startswith("States.", self.position):
            return _Argument(evaluator=self.call())
        if match := _NUMBER.match(self._text, self.position):
            self.position = match.end()
            return _Argument(float(match[0]) if match[1] or match[2] else int(match[0]))
        for word, value in _WORDS.items():
            if self._text.startswith(word, self.position):
                self.position += len(word)
                return _Argument(value)
        raise self._malformed()

    def _string(self) -> _Argument:
        start = self.position + 1
        position = start
        letters: list[str] = []
        while position < len(self._text):
            letter = self._text[position]
            if letter == "'":
                self.position = position + 1
                return _Argument("".join(letters), raw=self._text[start:position])
            if letter == "\\":
                position += 1
                letter = self._text[position : position + 1]
                if letter not in _ESCAPED:
                    raise self._malformed()
            letters.append(letter)
            position += 1
        raise self._malformed()

    def _path_text(self) -> str:
        """Read up to the comma or parenthesis that ends a path, beyond those within it."""
        start = self.position
        depth = 0
        quote = ""
        while self.position < len(self._text):
            letter = self._text[self.position]
            if quote:
                if letter == "\\":
                    self.position += 1
                elif letter == quote:
                    quote = ""
            elif letter in "'\"":
                quote = letter
            elif letter in "[(":
                depth += 1
            elif letter in "])" and depth:
                depth -= 1
            elif not depth and letter in ",)":
                break
            self.position += 1
        return self._text[start : self.position].rstrip()

    def _blanks(self) -> None:
        while self._text[self.position : self.position + 1].isspace():
            self.position += 1

    def _takes(self, token: str) -> bool:
        self._blanks()
        if not self._text.startswith(token, self.position):
            return False
        self.position += len(token)
        return True

    def _malformed(self) -> DefinitionError:
        return DefinitionError(f"Not an intrinsic function call: {self._text}")


def _formatter(template: str) -> Callable[..., Json]:
    """Return ``States.Format`` with its template, which is read once."""
    try:
        parts = split_template(template)
    except InvalidArguments as fault:
        detail = str(fault)

        def refuse(*_values: Json) -> Json:
            raise InvalidArguments(detail)

        return refuse
    return lambda *values: join_template(parts, list(values))


def _invoke(name: str, source: str, function: Callable[..., Json], arguments: list[_Argument]) -> Evaluator:
    constants = [argument.constant for argument in arguments]
    evaluators = [
        (index, argument.evaluator) for index, argument in enumerate(arguments) if argument.evaluator
    ]

    def evaluate(scope: Scope) -> Json:
        values = constants.copy()
        try:
            for index, evaluator in evaluators:
                values[index] = evaluator(scope)
            return function(*values)
        except PathMissing as fault:
            raise EvaluationError(_RUNTIME, _not_found(source, fault)) from None
        except InvalidArguments as fault:
            detail = str(fault) or f"Invalid arguments in {name}"
            raise EvaluationError(
                _RUNTIME, f"There was an error while evaluating the intrinsic function: {source}. {detail}"
            ) from None

    return evaluate


def _not_found(source: str, fault: PathMissing) -> str:
    return (
        f"The function '{source}' had the following error: The JsonPath argument for the field "
        f"'{fault.path}' could not be found in the input '{fault.document_text}'"
    )
