"""Step Functions: a path that leads nowhere is an error, not a null."""

from __future__ import annotations

import json
from typing import Any

from localcloud.engine.mends.patching import Context, Function, Record, mend, original, replace, wrap
from localcloud.engine.speed import copied

CATCHABLE = {"States.ParameterPathFailure", "States.IntrinsicFailure"}
MISSING = object()
# Tasks whose service gets text, or a copy.
KEEPS_NOTHING = ("arn:aws:states:::lambda:", "arn:aws:states:::dynamodb:", "arn:aws:lambda:")


class _Paths:
    """JSONPath as MiniStack reads it, but knowing whether there is anything."""

    def __init__(self, stepfunctions: Any) -> None:
        self.failure = original(stepfunctions, "_ExecutionError")
        self.resolve = original(stepfunctions, "_resolve_path_or_ctx")
        self._stepfunctions = stepfunctions

    def find(self, path: str, data: Any, ctx: Record | None) -> Any:
        """Return what ``path`` selects in the input, or with ``$$`` in the context; or ``MISSING``."""
        start, value = path, data
        if path.startswith("$$"):
            start, value = path[1:], ctx
        if start == "$":
            return self.resolve(path, data, ctx or {})
        steps = self._stepfunctions._parse_jsonpath_tokens(start)
        if steps is None:
            message = f"The local Step Functions cannot read the JSONPath '{start}'"
            raise self.failure("States.Runtime", message)
        for kind, key in steps:
            if kind == "wildcard":
                return self.resolve(path, data, ctx or {})
            if kind == "field":
                if not isinstance(value, dict) or key not in value:
                    return MISSING
            elif not isinstance(value, list) or key >= len(value):
                return MISSING
            value = value[key]
        return value

    def exists(self, path: str, data: Any, ctx: Record | None) -> bool:
        """Whether ``path`` selects something."""
        return path == "$" or self.find(path, data, ctx) is not MISSING


@mend("states.missing_paths")
def missing_paths_fail(context: Context) -> None:
    """Fail where a path selects nothing, as AWS does.

    In Parameters, ResultSelector and ItemSelector it is a States.ParameterPathFailure, which Catch
    may name; in InputPath, OutputPath, ItemsPath and a Choice's Variable (but for IsPresent) a
    States.Runtime. MiniStack goes on with null, also for JSONPath that it cannot parse.
    """
    from ministack.services import stepfunctions  # noqa: PLC0415

    paths = _Paths(stepfunctions)
    _strict_templates(stepfunctions, paths)
    _strict_selection(stepfunctions, paths)
    _strict_rules(stepfunctions, paths)


# Which parts of templates have a path in them, each part with itself: another may come to be where it was.
_TEMPLATES: dict[int, tuple[Any, bool]] = {}
TEMPLATES = 8192


def _has_paths(template: Any) -> bool:
    """Say whether anything in a template is filled in; what is not, is passed on as it is."""
    if not isinstance(template, dict | list):
        return False
    entry = _TEMPLATES.get(id(template))
    if entry is None or entry[0] is not template:
        if isinstance(template, dict):
            has = any(name.endswith(".$") or _has_paths(value) for name, value in template.items())
        else:
            has = any(map(_has_paths, template))
        if len(_TEMPLATES) >= TEMPLATES:
            _TEMPLATES.clear()
        _TEMPLATES[id(template)] = entry = (template, has)
    return entry[1]


def _strict_templates(stepfunctions: Any, paths: _Paths) -> None:
    def value_at(name: str, value: Any, data: Any, ctx: Record | None) -> Any:
        if not isinstance(value, str):
            return value
        if value.startswith("States."):
            return stepfunctions._evaluate_intrinsic(value, data, ctx)
        selected = paths.find(value, data, ctx)
        if selected is MISSING:
            raise paths.failure(
                "States.ParameterPathFailure",
                f"The JSONPath '{value}' specified for the field '{name}' could not be found in the input "
                f"'{json.dumps(data)}'",
            )
        return selected

    def fill(template: Any, data: Any, ctx: Record | None = None) -> Any:
        if not _has_paths(template):
            return template
        if isinstance(template, list):
            return [fill(value, data, ctx) for value in template]
        return {
            (name[:-2] if name.endswith(".$") else name): (
                value_at(name, value, data, ctx) if name.endswith(".$") else fill(value, data, ctx)
            )
            for name, value in template.items()
        }

    replace(stepfunctions, "_resolve_params_obj", fill)

    @wrap(stepfunctions, "_invoke_resource")
    def _(before: Function) -> Function:
        def invoke(resource: str, data: Any) -> Any:
            # The fixed parts of a template are the definition's own, and some services keep what they get.
            return before(resource, data if resource.startswith(KEEPS_NOTHING) else copied(data))

        return invoke


def _strict_selection(stepfunctions: Any, paths: _Paths) -> None:
    def check_path(name: str, field: str) -> None:
        @wrap(stepfunctions, name)
        def _(before: Function) -> Function:
            def select(state: Record, data: Any, ctx: Record | None = None) -> Any:
                path = state.get(field, "$")
                if path is not None and not paths.exists(path, data, ctx):
                    message = f"Invalid path '{path}' : No results for path: {path}"
                    raise paths.failure("States.Runtime", message)
                return before(state, data, ctx)

            return select

    check_path("_apply_input_path", "InputPath")
    check_path("_apply_output_path", "OutputPath")

    @wrap(stepfunctions, "_run_map_items")
    def _(before: Function) -> Function:
        def run_map(state: Record, raw_input: Any, execution: Record, ctx: Record) -> Any:
            path = state.get("ItemsPath", "$")
            if "Items" not in state and "ItemReader" not in state:
                data = stepfunctions._apply_input_path(state, raw_input, ctx)
                if not paths.exists(path, data, ctx) or not isinstance(paths.resolve(path, data, ctx), list):
                    raise paths.failure("States.Runtime", f"Reference path '{path}' must point to array.")
            return before(state, raw_input, execution, ctx)

        return run_map


def _strict_rules(stepfunctions: Any, paths: _Paths) -> None:
    @wrap(stepfunctions, "_evaluate_rule")
    def _(before: Function) -> Function:
        def evaluate(rule: Record, data: Any, ctx: Record | None = None) -> Any:
            path = rule.get("Variable")
            if path is not None and "IsPresent" not in rule and not paths.exists(path, data, ctx):
                reason = "The choice state's condition path references an invalid value."
                raise paths.failure("States.Runtime", f"Invalid path '{path}': {reason}")
            return before(rule, data, ctx)

        return evaluate

    @wrap(stepfunctions, "_eval_intrinsic_arg")
    def _(before: Function) -> Function:
        def argument(arg: Any, data: Any, ctx: Record | None) -> Any:
            if arg[0] == "path" and not paths.exists(arg[1], data, ctx):
                message = f"The JsonPath argument for the field '{arg[1]}' could not be found in the input"
                raise paths.failure("States.IntrinsicFailure", message)
            return before(arg, data, ctx)

        return argument


@mend("states.intrinsic_failures")
def failed_intrinsics_can_be_caught(context: Context) -> None:
    """Call a failing intrinsic function a States.IntrinsicFailure, and let a task's Catch have it.

    MiniStack ends the execution with States.Runtime, and evaluates Parameters outside of Catch.
    """
    from ministack.services import stepfunctions  # noqa: PLC0415

    failure = original(stepfunctions, "_ExecutionError")

    @wrap(stepfunctions, "_evaluate_intrinsic")
    def _(before: Function) -> Function:
        def evaluate(expression: str, data: Any, ctx: Record | None) -> Any:
            try:
                return before(expression, data, ctx)
            except failure:
                raise
            except Exception as error:
                message = f"The function '{expression}' had the following error: {error}"
                raise failure("States.IntrinsicFailure", message) from error

        return evaluate

    @wrap(stepfunctions, "_execute_task")
    def _(before: Function) -> Function:
        def execute(state: Record, raw_input: Any, execution: Record, ctx: Record) -> Any:
            try:
                return before(state, raw_input, execution, ctx)
            except failure as error:
                found = stepfunctions._find_matching_catcher(state.get("Catch", []), error.error)
                if error.error not in CATCHABLE or not found:
                    raise
                caught = {"Error": error.error, "Cause": error.cause}
                language = stepfunctions._state_query_language(state, ctx)
                return stepfunctions._apply_catcher(found, raw_input, ctx, language, caught), found["Next"]

        return execute
