"""Map runs: described, listed, changed while they run."""

from __future__ import annotations

from localcloud.states.api.errors import ApiError
from localcloud.states.api.lookup import find
from localcloud.states.api.pages import page
from localcloud.states.api.region import Region
from localcloud.states.language.scope import Json
from localcloud.states.running.map_run import MapRun

Request = dict[str, Json]


def describe(region: Region, request: Request) -> Json:
    """DescribeMapRun."""
    run = _run(region, request["mapRunArn"])
    answer: Json = {
        "mapRunArn": run.arn,
        "executionArn": run.execution_arn,
        "status": run.status,
        "startDate": run.started,
        "maxConcurrency": run.max_concurrency,
        "toleratedFailurePercentage": run.tolerated_percentage or 0.0,
        "toleratedFailureCount": run.tolerated_count or 0,
        "itemCounts": run.item_counts.described(run.items),
        "executionCounts": run.execution_counts.described(run.executions),
        "redriveCount": run.redrives,
    }
    if run.redriven is not None:
        answer["redriveDate"] = run.redriven
    if run.stopped is not None:
        answer["stopDate"] = run.stopped
    return answer


def listed(region: Region, request: Request) -> Json:
    """ListMapRuns of an execution, the latest first."""
    execution = find(region, request["executionArn"])
    entries = []
    for run in reversed(region.map_runs.values()):
        if run.execution_arn != execution.arn:
            continue
        entry: Json = {
            "executionArn": execution.arn,
            "mapRunArn": run.arn,
            "stateMachineArn": execution.machine_arn,
            "startDate": run.started,
        }
        if run.stopped is not None:
            entry["stopDate"] = run.stopped
        entries.append(entry)
    return page(request, "mapRuns", entries)


def update(region: Region, request: Request) -> Json:
    """UpdateMapRun: limits of a map run that runs."""
    run = _run(region, request["mapRunArn"])
    if request.get("maxConcurrency") is not None:
        run.max_concurrency = request["maxConcurrency"]
    if request.get("toleratedFailureCount") is not None:
        run.tolerated_count = request["toleratedFailureCount"]
    if request.get("toleratedFailurePercentage") is not None:
        run.tolerated_percentage = request["toleratedFailurePercentage"]
    region.map_run_changed(run)
    if run.changed is not None:
        run.changed()
    return {}


def _run(region: Region, arn: str) -> MapRun:
    run = region.map_runs.get(arn)
    if run is None:
        raise ApiError("ResourceNotFound", f"Resource not found: '{arn}'")
    return run
