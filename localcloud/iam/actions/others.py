"""Parameter Store, Secrets Manager, KMS, CloudWatch, Cognito, STS, IoT and the rest that functions call."""

from __future__ import annotations

from typing import Final
from urllib.parse import unquote

from localcloud.iam.actions.call import ApiCall, Json, Lookups, Need
from localcloud.iam.conditions import Context

# Logs' operations on streams; the rest is on groups.
_STREAMS: Final = frozenset({"PutLogEvents", "CreateLogStream", "DeleteLogStream", "GetLogEvents"})
_GROUPLESS: Final = frozenset({"DescribeLogGroups", "GetQueryResults", "StopQuery", "DescribeQueries"})


def ssm(call: ApiCall, _lookups: Lookups) -> tuple[Need, ...]:
    """Return what a call of Systems Manager's Parameter Store needs."""
    names = call.document.get("Names")
    listed = [str(name) for name in names] if isinstance(names, list) else []
    listed = listed or [name for name in (call.text("Name", "Path"),) if name]
    action = f"ssm:{call.operation}"
    return tuple(Need(action, _parameter(call, name)) for name in listed) or (Need(action, "*"),)


def _parameter(call: ApiCall, name: str) -> str:
    if name.startswith("arn:"):
        return name
    # A version or a label follows the name behind a colon.
    return call.arn(f"parameter/{name.partition(':')[0].strip('/')}")


def secretsmanager(call: ApiCall, lookups: Lookups) -> tuple[Need, ...]:
    """Return what a call of Secrets Manager needs."""
    name = call.text("SecretId", "Name")
    if not name:
        return (Need(f"secretsmanager:{call.operation}", "*"),)
    arn = lookups.secret_arn(name) or (name if name.startswith("arn:") else call.arn(f"secret:{name}"))

    def context() -> Context:
        stage = call.text("VersionStage") or "AWSCURRENT"
        return {"secretsmanager:secretid": arn, "secretsmanager:versionstage": stage}

    return (Need(f"secretsmanager:{call.operation}", arn, context),)


def kms(call: ApiCall, lookups: Lookups) -> tuple[Need, ...]:
    """Return what a call of KMS needs; an alias stands for its key."""
    key = call.text("KeyId", "TargetKeyId")
    if key and not key.startswith("arn:") and not key.startswith("alias/"):
        key = call.arn(f"key/{key}")
    alias = key.rpartition(":")[2] if ":alias/" in key else key
    if alias.startswith("alias/"):
        key = lookups.key_arn(alias) or call.arn(alias)

    def context() -> Context:
        pairs = call.document.get("EncryptionContext")
        written = pairs if isinstance(pairs, dict) else {}
        values: dict[str, str | tuple[str, ...]] = {
            f"kms:encryptioncontext:{name.lower()}": str(value) for name, value in written.items()
        }
        if written:
            values["kms:encryptioncontextkeys"] = tuple(written)
        return {**values, "kms:calleraccount": call.account}

    return (Need(f"kms:{call.operation}", key or "*", context),)


def logs(call: ApiCall, _lookups: Lookups) -> tuple[Need, ...]:
    """Return what a call of CloudWatch Logs needs."""
    action = f"logs:{call.operation}"
    groups = call.document.get("logGroupNames") or call.document.get("logGroupIdentifiers")
    names = [str(name) for name in groups] if isinstance(groups, list) else []
    names = names or [name for name in (call.text("logGroupName", "logGroupIdentifier"),) if name]
    if call.operation in _GROUPLESS or not names:
        arn = call.text("resourceArn")
        return (
            Need(action, arn or (call.arn("log-group:*") if call.operation == "DescribeLogGroups" else "*")),
        )
    needs = []
    for name in names:
        group = name if name.startswith("arn:") else call.arn(f"log-group:{name}")
        # AWS names a group with an empty stream behind it, so that policies end in `:*`.
        stream = call.text("logStreamName") if call.operation in _STREAMS else ""
        needs.append(Need(action, f"{group.removesuffix(':*')}:log-stream:{stream}"))
    return tuple(needs)


def cloudwatch(call: ApiCall, _lookups: Lookups) -> tuple[Need, ...]:
    """Return what a call of CloudWatch needs."""

    def context() -> Context:
        namespace = call.text("Namespace") or call.form.get("Namespace", "")
        return {"cloudwatch:namespace": namespace} if namespace else {}

    names = call.document.get("AlarmNames")
    alarms = [str(name) for name in names] if isinstance(names, list) else []
    name = call.text("AlarmName") or call.form.get("AlarmName", "") or (alarms[0] if len(alarms) == 1 else "")
    resource = call.arn(f"alarm:{name}", "cloudwatch") if name else "*"
    return (Need(f"cloudwatch:{call.operation}", resource, context),)


def cognito_idp(call: ApiCall, _lookups: Lookups) -> tuple[Need, ...]:
    """Return what a call of Cognito's user pools needs."""
    pool = call.text("UserPoolId")
    resource = call.text("ResourceArn") or (call.arn(f"userpool/{pool}") if pool else "*")
    return (Need(f"cognito-idp:{call.operation}", resource),)


def sts(call: ApiCall, _lookups: Lookups) -> tuple[Need, ...]:
    """Return what a call of STS needs; every holder of credentials may ask whose they are."""
    if call.operation in {"GetCallerIdentity", "GetSessionToken", "GetAccessKeyInfo"}:
        return ()
    form = call.form

    def context() -> Context:
        conditions = {
            "sts:externalid": form.get("ExternalId"),
            "sts:rolesessionname": form.get("RoleSessionName"),
        }
        return {key: value for key, value in conditions.items() if value}

    return (Need(f"sts:{call.operation}", form.get("RoleArn") or "*", context),)


def iot_data(call: ApiCall, _lookups: Lookups) -> tuple[Need, ...]:
    """Return what a request of IoT's data plane needs."""
    kind, _, name = unquote(call.path).strip("/").partition("/")
    match kind, call.method:
        case "topics", _:
            topic = call.arn(f"topic/{name}", "iot")
            publishing = (Need("iot:Publish", topic),)
            retained = call.parameters.get("retain", "").lower() == "true"
            return (*publishing, Need("iot:RetainPublish", topic)) if retained else publishing
        case "things", method:
            action = {"GET": "GetThingShadow", "DELETE": "DeleteThingShadow"}.get(method, "UpdateThingShadow")
            return (Need(f"iot:{action}", call.arn(f"thing/{name.partition('/')[0]}", "iot")),)
        case "retainedMessage", _:
            return (Need("iot:GetRetainedMessage", call.arn(f"topic/{name}", "iot")),)
    return ()


def athena(call: ApiCall, _lookups: Lookups) -> tuple[Need, ...]:
    """Return what a call of Athena needs; a query's rights on Glue and S3 are its caller's too."""
    group = call.text("WorkGroup") or "primary"
    listing = call.operation in {"ListWorkGroups", "ListDataCatalogs", "ListEngineVersions"}
    return (Need(f"athena:{call.operation}", "*" if listing else call.arn(f"workgroup/{group}")),)


def scheduler(call: ApiCall, _lookups: Lookups) -> tuple[Need, ...]:
    """Return what a request of EventBridge Scheduler needs."""
    kind, _, name = unquote(call.path).strip("/").partition("/")
    verb = {"POST": "Create", "PUT": "Update", "DELETE": "Delete", "GET": "Get"}.get(call.method, "Get")
    if kind not in {"schedules", "schedule-groups"}:
        return ()
    noun = "Schedule" if kind == "schedules" else "ScheduleGroup"
    if not name:
        return (Need(f"scheduler:List{noun}s", "*"),)
    group = call.text("GroupName") or call.parameters.get("groupName") or "default"
    resource = f"schedule/{group}/{name}" if kind == "schedules" else f"schedule-group/{name}"
    needs = (Need(f"scheduler:{verb}{noun}", call.arn(resource)),)
    target: Json = call.document.get("Target")
    role = target.get("RoleArn") if isinstance(target, dict) else None
    if not isinstance(role, str):
        return needs
    passed = "scheduler.amazonaws.com"
    return (*needs, Need("iam:PassRole", role, lambda: {"iam:passedtoservice": passed}))


def xray(call: ApiCall, _lookups: Lookups) -> tuple[Need, ...]:
    """Return what a request of X-Ray needs."""
    return (Need(f"xray:{call.operation}", "*"),)
