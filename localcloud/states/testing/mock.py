"""The mock of a test, and which requests go together with one."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Final

from localcloud.states.api.errors import ApiError
from localcloud.states.language.errors import StatesError
from localcloud.states.language.scope import ABSENT, Json

MOCKABLE: Final = ("Task", "Map", "Parallel")


def refused(reason: str) -> ApiError:
    """Return the refusal of a request whose parts do not go together."""
    return ApiError("ValidationException", reason)


@dataclass(frozen=True)
class Mock:
    """What stands in the place of a state's work.

    Attributes
    ----------
    result
        The result; ABSENT for an error.
    error
        The error; None for a result.
    mode
        How closely the result is held to the API: ``STRICT``, ``PRESENT`` or ``NONE``.
    """

    result: Json = ABSENT
    error: StatesError | None = None
    mode: str = "STRICT"

    def played(self) -> Json:
        """Return the result, or raise the error.

        Raises
        ------
        StatesError
            It is an error.
        """
        if self.error is not None:
            # One that is raised twice would grow its traceback.
            raise StatesError(self.error.error, self.error.cause)
        return self.result


@dataclass(frozen=True)
class Configuration:
    """How far an execution is thought to have come.

    Attributes
    ----------
    retries
        How often the Retry that is for the error has tried again.
    failures
        How many iterations of a Map have failed.
    caused_by
        The state inside a Map or Parallel that the error comes from.
    source
        What a Map's ItemReader reads, as it is in its source.
    """

    retries: int = 0
    failures: int | None = None
    caused_by: str | None = None
    source: str | None = None

    @classmethod
    def read(cls, request: dict[str, Json]) -> Configuration:
        """Read a request's."""
        configuration = request.get("stateConfiguration") or {}
        return cls(
            configuration.get("retrierRetryCount") or 0,
            configuration.get("mapIterationFailureCount"),
            configuration.get("errorCausedByState"),
            configuration.get("mapItemReaderData"),
        )


@dataclass(frozen=True)
class TrialRequest:
    """What a request gives beside the definition."""

    text: str
    data: Json
    variables: dict[str, Json] = field(default_factory=dict)
    context: dict[str, Json] | None = None
    mock: Mock | None = None
    configuration: Configuration = field(default_factory=Configuration)


def read(request: dict[str, Json]) -> TrialRequest:
    """Read the parts of a request that stand for an execution.

    Raises
    ------
    ApiError
        One is no JSON, or not of the kind that it has to be.
    """
    mock = _mock(request.get("mock"))
    if mock is None and request.get("context") is not None:
        raise refused("A context can only be specified when a mock is specified")
    if mock is not None and request.get("revealSecrets"):
        raise refused("TestState does not support RevealSecrets when a mock is specified.")
    text = request.get("input")
    text = "{}" if text is None else text
    try:
        data = json.loads(text)
    except ValueError as error:
        reason = f"Invalid State Machine Execution Input: '{error}'"
        raise ApiError("InvalidExecutionInput", reason) from error
    return TrialRequest(
        text,
        data,
        _object(request.get("variables"), "variables") or {},
        _object(request.get("context"), "context"),
        mock,
        Configuration.read(request),
    )


def _mock(declared: Json) -> Mock | None:
    if declared is None:
        return None
    text, error = declared.get("result"), declared.get("errorOutput")
    if text is not None and error is not None:
        raise refused("A test mock should have only one of the following fields: [result, errorOutput].")
    mode = declared.get("fieldValidationMode") or "STRICT"
    if error is not None:
        if error.get("error") is None:
            raise refused("The error of a mocked errorOutput must be specified")
        return Mock(error=StatesError(error["error"], error.get("cause")), mode=mode)
    if text is None:
        raise refused("A test mock should have one of the following fields: [result, errorOutput].")
    try:
        return Mock(json.loads(text), mode=mode)
    except ValueError as error:
        raise refused("Mocked result must be valid JSON") from error


def _object(text: str | None, name: str) -> dict[str, Json] | None:
    if text is None:
        return None
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise refused(f"The {name} must be a JSON object")
    return value
