"""Tasks that are answered from outside: task tokens, and activities with their workers."""

from __future__ import annotations

import json

from localcloud.states.api.errors import ApiError, invalid_arn
from localcloud.states.api.executions import TOO_DEEP
from localcloud.states.api.machines import check_name
from localcloud.states.api.pages import page
from localcloud.states.api.records import ActivityRecord
from localcloud.states.api.region import Region
from localcloud.states.language.errors import StatesError
from localcloud.states.language.scope import Json
from localcloud.states.language.text import to_text
from localcloud.states.running.limits import LARGEST
from localcloud.states.running.tokens import TaskToken

Request = dict[str, Json]

# How long GetActivityTask waits for a task.
POLL_SECONDS = 60.0


def succeed(region: Region, request: Request) -> Json:
    """SendTaskSuccess."""
    text = request["output"]
    if len(text.encode()) > LARGEST:
        raise ApiError("InvalidOutput", "Invalid Output: 'Output exceeds the maximum size'")
    try:
        output = json.loads(text)
    except RecursionError as error:
        raise ApiError("InvalidOutput", f"Invalid Output: '{TOO_DEEP}'") from error
    except ValueError as error:
        raise ApiError("InvalidOutput", f"Invalid Output: '{error}'") from error
    _waiting(region, request["taskToken"]).succeed(output)
    return {}


def fail(region: Region, request: Request) -> Json:
    """SendTaskFailure."""
    token = _waiting(region, request["taskToken"])
    token.fail(StatesError(request.get("error"), request.get("cause")))
    return {}


def beat(region: Region, request: Request) -> Json:
    """SendTaskHeartbeat."""
    _waiting(region, request["taskToken"]).beat()
    return {}


def _waiting(region: Region, text: str) -> TaskToken:
    token = region.tokens.find(text)
    if token is not None and not token.is_answered:
        return token
    if region.tokens.issued(text):
        raise ApiError("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
    raise ApiError("InvalidToken", "Invalid Token: 'Invalid token'")


def create_activity(region: Region, request: Request) -> Json:
    """CreateActivity. The same request again gets the same answer."""
    name = request["name"]
    check_name(name)
    arn = region.arn("activity", name)
    activity = region.activities.get(arn)
    if activity is None:
        encryption = request.get("encryptionConfiguration")
        activity = region.activities[arn] = ActivityRecord(arn, name, encryption)
        tags = {tag["key"]: tag.get("value", "") for tag in request.get("tags") or ()}
        if tags:
            region.tags[arn] = tags
    elif activity.encryption != request.get("encryptionConfiguration"):
        raise ApiError("ActivityAlreadyExists", f"Activity Already Exists: '{arn}'")
    return {"activityArn": arn, "creationDate": activity.created}


def delete_activity(region: Region, request: Request) -> Json:
    """DeleteActivity."""
    region.activities.pop(_activity_arn(request["activityArn"]), None)
    region.tags.pop(request["activityArn"], None)
    return {}


def describe_activity(region: Region, request: Request) -> Json:
    """DescribeActivity."""
    activity = _activity(region, request["activityArn"])
    return {
        "activityArn": activity.arn,
        "name": activity.name,
        "creationDate": activity.created,
        "encryptionConfiguration": activity.encryption or {"type": "AWS_OWNED_KEY"},
    }


def list_activities(region: Region, request: Request) -> Json:
    """ListActivities, by name."""
    entries = [
        {"activityArn": activity.arn, "name": activity.name, "creationDate": activity.created}
        for activity in sorted(region.activities.values(), key=lambda activity: activity.name)
    ]
    return page(request, "activities", entries)


async def take(region: Region, request: Request) -> Json:
    """GetActivityTask: waits up to a minute for a task; an empty answer means that there is none."""
    arn = _activity(region, request["activityArn"]).arn
    activity = region.activity(arn)
    assert activity is not None
    task = await activity.take(POLL_SECONDS)
    if task is None:
        return {}
    if not task.started.done():
        task.started.set_result(request.get("workerName"))
    return {"taskToken": task.token.text, "input": to_text(task.input)}


def _activity_arn(arn: str) -> str:
    if ":activity:" not in arn:
        raise invalid_arn(arn)
    return arn


def _activity(region: Region, arn: str) -> ActivityRecord:
    activity = region.activities.get(_activity_arn(arn))
    if activity is None:
        raise ApiError("ActivityDoesNotExist", f"Activity Does Not Exist: '{arn}'")
    return activity
