"""What the companion needs of the stack, and what Chalice cannot declare of it: asked and set by boto3."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from botocore.exceptions import ClientError

from localcloud.stack.account import Account
from localcloud.stack.deploy import DeployError
from localcloud.stack.inspection import describe
from tools.companion_project import ProjectError

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_lambda.type_defs import EventSourceMappingConfigurationResponseTypeDef

APP = "orderwire"
"""Chalice's name of the application: all that it makes has a name that begins so."""

BATCH_SIZE = 10
SCHEDULED = "sweep_connections"
SWEEP_SECONDS = 300
"""Between two runs of the schedule (``chalicelib.workers``)."""
_PATIENCE = 60.0


@dataclass(frozen=True)
class Urls:
    """Where the companion is."""

    rest: str
    websocket: str

    def to_json(self) -> str:
        """Return both as one JSON object."""
        return json.dumps(asdict(self))


def stack_values(account: Account, stack: str) -> dict[str, str]:
    """Return the stack's outputs, and the parts of an ARN.

    Raises
    ------
    ProjectError
        There is no such stack, or it is not in place.
    """
    try:
        deployed = describe(account.client("cloudformation"), stack)
    except (ClientError, DeployError, IndexError, KeyError) as error:
        raise ProjectError(
            f"the stack {stack} cannot be read in {account.region}: deploy it first "
            f"(make deploy STACK={stack}), or give its name by --stack ({error})"
        ) from error
    partition = deployed.stack_id.split(":")[1]
    return {
        **deployed.outputs,
        "Partition": partition,
        "AccountId": account.number,
        "Region": account.region,
    }


def resources(folder: Path, stage: str) -> dict[str, Mapping[str, str]]:
    """Return what Chalice remembers to have deployed for ``stage``, by name."""
    state = folder / "deployed" / f"{stage}.json"
    if not state.exists():
        return {}
    deployed = cast("dict[str, list[dict[str, str]]]", json.loads(state.read_text()))
    return {resource["name"]: resource for resource in deployed["resources"]}


def forget_stale(account: Account, folder: Path, stage: str) -> bool:
    """Put aside what Chalice remembers of a local cloud that is gone; True when there was something.

    Otherwise it would go on to update what is not there.

    Raises
    ------
    ProjectError
        The stage is deployed in another account or region.
    """
    remembered = resources(folder, stage)
    arns = [resource["lambda_arn"] for resource in remembered.values() if "lambda_arn" in resource]
    elsewhere = {tuple(arn.split(":")[3:5]) for arn in arns} - {(account.region, account.number)}
    for region, number in elsewhere:
        raise ProjectError(
            f"stage {stage} is deployed in account {number}, region {region}, and this is account "
            f"{account.number}, region {account.region}: take another --stage, or another --project-dir"
        )
    if not account.is_local or not remembered:
        return False
    gateway = account.session.client("apigateway", endpoint_url=account.endpoint)
    try:
        gateway.get_rest_api(restApiId=remembered["rest_api"]["rest_api_id"])
    except (KeyError, gateway.exceptions.NotFoundException):
        state = folder / "deployed" / f"{stage}.json"
        state.replace(state.with_suffix(".gone"))
        return True
    return False


def settle(account: Account, folder: Path, stage: str) -> None:
    """Let the worker report the messages of a batch that failed, and only then give it batches.

    Chalice cannot declare ``ReportBatchItemFailures``. Without it Lambda deletes the failed messages
    with the others, so the declaration says batches of one, and this order is the safe one.

    Raises
    ------
    ProjectError
        The mapping does not report its own settings.
    """
    mapping = next(
        (
            resource
            for resource in resources(folder, stage).values()
            if resource["resource_type"] == "sqs_event"
        ),
        None,
    )
    if mapping is None:
        raise ProjectError("chalice has deployed no worker for the companion's queue")
    client = account.session.client("lambda", endpoint_url=account.endpoint)
    uuid, pause = mapping["event_uuid"], 0.05 if account.is_local else 1.0
    _wait_for(client, uuid, pause, lambda now: True)
    client.update_event_source_mapping(UUID=uuid, FunctionResponseTypes=["ReportBatchItemFailures"])
    _wait_for(client, uuid, pause, _reports)
    client.update_event_source_mapping(UUID=uuid, BatchSize=BATCH_SIZE)
    _wait_for(client, uuid, pause, lambda now: _reports(now) and now.get("BatchSize") == BATCH_SIZE)


def _reports(now: EventSourceMappingConfigurationResponseTypeDef) -> bool:
    return now.get("FunctionResponseTypes") == ["ReportBatchItemFailures"]


def _wait_for(
    client: LambdaClient,
    uuid: str,
    pause: float,
    holds: Callable[[EventSourceMappingConfigurationResponseTypeDef], bool],
) -> None:
    """Read the mapping until it is at rest and as it should be; a change takes AWS some seconds."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        now = client.get_event_source_mapping(UUID=uuid)
        # An operator who switched the worker off had a reason.
        if now["State"] in ("Enabled", "Disabled") and holds(now):
            return
        if time.monotonic() > deadline:
            raise ProjectError(
                f"the mapping {uuid} is {now['State']}, with batches of {now.get('BatchSize')} and "
                f"{now.get('FunctionResponseTypes')}: messages that fail may be lost. Deploy again; until "
                f"then: aws lambda update-event-source-mapping --uuid {uuid} --batch-size 1"
            )
        time.sleep(pause)


def bound_sweeps(account: Account, folder: Path, stage: str) -> None:
    """Give a run of the schedule one try, and no longer than until the next one.

    That does all that this one has left: a second try, or a late one, would only meet it. Without this
    Lambda tries twice more, and keeps an event for six hours. Chalice cannot declare it.
    """
    function = resources(folder, stage)[SCHEDULED]["lambda_arn"]
    client = account.session.client("lambda", endpoint_url=account.endpoint)
    client.put_function_event_invoke_config(
        FunctionName=function, MaximumRetryAttempts=0, MaximumEventAgeInSeconds=SWEEP_SECONDS
    )


def bound_logs(account: Account, folder: Path, stage: str) -> None:
    """Make the REST API's log group as short-lived as the others.

    Chalice makes one for each function, and for this one by a name that the function does not have.
    """
    days = json.loads((folder / "config.json").read_text())["stages"][stage]["log_retention_in_days"]
    logs = account.session.client("logs", endpoint_url=account.endpoint)
    name = f"/aws/lambda/{APP}-{stage}"
    with contextlib.suppress(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_group(logGroupName=name)
    logs.put_retention_policy(logGroupName=name, retentionInDays=days)


def open_answers(account: Account, folder: Path, stage: str, origin: str) -> None:
    """Let pages of an origin read what API Gateway answers by itself: a 401, a 403, a 504.

    Chalice's CORS adds its headers to what the application answers, and no others. Each of its deployments
    replaces the whole API, so that this comes after each. A stage serves it once it is deployed.
    """
    gateway = account.session.client("apigateway", endpoint_url=account.endpoint)
    api_id = resources(folder, stage)["rest_api"]["rest_api_id"]
    allow = {"gatewayresponse.header.Access-Control-Allow-Origin": f"'{origin}'"}
    for kind in ("DEFAULT_4XX", "DEFAULT_5XX"):
        gateway.put_gateway_response(
            restApiId=api_id,
            responseType=kind,
            responseParameters=allow,
        )
    for deployed in gateway.get_stages(restApiId=api_id)["item"]:
        gateway.create_deployment(restApiId=api_id, stageName=deployed["stageName"])


def urls(account: Account, folder: Path, stage: str, ready_file: Path) -> Urls:
    """Return the addresses of the two APIs: Chalice knows those on AWS, a local cloud its own.

    Raises
    ------
    ProjectError
        Nothing is deployed, or the local cloud has no addresses yet.
    """
    deployed = resources(folder, stage)
    if "rest_api" not in deployed or "websocket_api" not in deployed:
        raise ProjectError(f"stage {stage} is not deployed: python tools/companion.py deploy --stage {stage}")
    rest, websocket = deployed["rest_api"], deployed["websocket_api"]
    if not account.is_local:
        return Urls(rest["rest_api_url"].rstrip("/"), websocket["websocket_api_url"].rstrip("/"))
    try:
        ready = json.loads(ready_file.read_text())
    except FileNotFoundError as error:
        raise ProjectError(
            f"{ready_file} is not there: a local cloud writes its addresses to its ready file, once it is "
            "ready; name it by --ready-file"
        ) from error
    addresses = {
        api["id"]: str(api["url"]) for api in [*ready.get("rest_apis", []), *ready.get("websocket_apis", [])]
    }
    try:
        return Urls(addresses[rest["rest_api_id"]], addresses[websocket["websocket_api_id"]])
    except KeyError as error:
        raise ProjectError(f"{ready_file} is of another cloud: it does not name API {error}") from error
