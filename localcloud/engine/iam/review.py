"""What AWS does in a function's or a machine's role by itself: logs, traces, polling, dead letters.

Nothing of it is a call that the function makes, and without the right it is missing all the same: no log, no
trace, a mapping that AWS refuses to create.
"""

from __future__ import annotations

from typing import Final

from localcloud.engine.iam.guard import Guard
from localcloud.engine.iam.identities import Identity, role_identity
from localcloud.engine.ministack.lambda_svc import lambda_svc
from localcloud.engine.patching import Record
from localcloud.iam.actions import Need

_POLLING: Final = {
    "sqs": ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes"),
    "dynamodb": ("DescribeStream", "GetRecords", "GetShardIterator"),
    "kinesis": ("GetRecords", "GetShardIterator", "ListShards"),
}
# What AWS's guides grant as well, and needs for some of a service's uses.
_USEFUL: Final = {
    "dynamodb": ("ListStreams",),
    "kinesis": ("DescribeStream", "DescribeStreamSummary", "ListStreams", "SubscribeToShard"),
}
_SENDING: Final = {
    "sqs": "sqs:SendMessage",
    "sns": "sns:Publish",
    "lambda": "lambda:InvokeFunction",
    "events": "events:PutEvents",
    "s3": "s3:PutObject",
}
_DELIVERING: Final = (
    *("CreateLogDelivery", "GetLogDelivery", "UpdateLogDelivery", "DeleteLogDelivery", "ListLogDeliveries"),
    *("PutResourcePolicy", "DescribeResourcePolicies", "DescribeLogGroups"),
)
_TRACING: Final = ("xray:PutTraceSegments", "xray:PutTelemetryRecords")
_KEEPS_NOTHING: Final = "keeps nothing of what fails"
_SAMPLING: Final = ("xray:GetSamplingRules", "xray:GetSamplingTargets")


class Review:
    """Looks at the functions and machines that there are.

    Parameters
    ----------
    guard
        Decides, and keeps the ledger.
    """

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    def run(self) -> None:
        """Decide on what AWS does for each function and machine; what lacks is said once."""
        silent: dict[str, list[tuple[str, str, list[Need]]]] = {}
        for (account, region, name), function in lambda_svc.functions.all_items():
            config = function.get("config") or {}
            role = config.get("Role")
            logging = _logging(account, region, name, config)
            silent.setdefault(str(role), []).append((name, region, logging))
            if (config.get("TracingConfig") or {}).get("Mode") == "Active":
                tracing = [Need(action, "*") for action in _TRACING]
                self._decide(role, name, region, tracing, "has no traces")
            self._decide_sending(role, name, region, function)
        for shared, functions in silent.items():
            self._decide_logs(shared, functions)
        for (_account, region, _uuid), mapping in lambda_svc.event_source_mappings.all_items():
            self._mapping(region, mapping)
        workflows = self._guard.lookups.workflows
        for (_account, region), machines in () if workflows is None else workflows.regions.items():
            for machine in machines.machines.values():
                useful = [Need(action, "*") for action in (*_TRACING, *_SAMPLING)]
                useful += [Need(f"logs:{name}", "*") for name in _DELIVERING]
                self._use(machine.revision.role, machine.name, region, useful)

    def _mapping(self, region: str, mapping: Record) -> None:
        source = str(mapping.get("EventSourceArn") or "")
        service = source.split(":")[2] if source.count(":") >= 5 else ""
        name = str(mapping.get("FunctionArn") or "").partition(":function:")[2].partition(":")[0]
        account = source.split(":")[4] if service else ""
        function = lambda_svc.functions.get_scoped(account, region, name) or {}
        role = (function.get("config") or {}).get("Role")
        polling = [Need(f"{service}:{action}", source) for action in _POLLING.get(service, ())]
        self._decide(role, name, region, polling, f"gets nothing of {source}")
        useful = [Need(f"{service}:{action}", source) for action in _USEFUL.get(service, ())]
        self._use(role, name, region, useful)
        failed = ((mapping.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")
        self._decide(role, name, region, _sending(failed), _KEEPS_NOTHING)

    def _decide_sending(self, role: object, name: str, region: str, function: Record) -> None:
        config = function.get("config") or {}
        dead_letters = _sending((config.get("DeadLetterConfig") or {}).get("TargetArn"))
        self._decide(role, name, region, dead_letters, _KEEPS_NOTHING)
        configs = function.get("event_invoke_configs") or {}
        for invoking in (function.get("event_invoke_config"), *configs.values()):
            for destination in ((invoking or {}).get("DestinationConfig") or {}).values():
                outcome = _sending((destination or {}).get("Destination"))
                self._decide(role, name, region, outcome, _KEEPS_NOTHING)

    def _decide(self, role: object, name: str, region: str, required: list[Need], without: str) -> None:
        """Say in one line what is missing of a function on AWS, whose role lacks what that needs."""
        identity = _identity(role, name)
        if identity is None:
            return
        lacking = [need for need in required if not self._guard.look(identity, need, region)]
        actions = ", ".join(need.action for need in lacking)
        self._guard.lack(identity, lacking, f"on AWS {name} {without}: its role lacks {actions}")

    def _decide_logs(self, role: str, functions: list[tuple[str, str, list[Need]]]) -> None:
        """Say in one line which functions of a role have no log on AWS: they run all the same."""
        names: list[str] = []
        lacking: list[Need] = []
        for name, region, logging in sorted(functions, key=lambda item: item[:2]):
            identity = _identity(role, name)
            if identity is not None:
                lacks = [need for need in logging if not self._guard.look(identity, need, region)]
                names += [name] if lacks else []
                lacking += lacks
        identity = _identity(role, names[0]) if names else None
        if identity is not None:
            actions = ", ".join(sorted({need.action for need in lacking}))
            have = f"{names[0]} has" if len(names) == 1 else f"{', '.join(names)} have"
            whose = "its" if len(names) == 1 else "their"
            self._guard.lack(identity, lacking, f"on AWS {have} no log: {whose} role lacks {actions}")

    def _use(self, role: object, session: str, region: str, useful: list[Need]) -> None:
        """Take note of what is allowed; nothing is said of what is not."""
        identity = _identity(role, session)
        if identity is not None:
            for need in useful:
                self._guard.look(identity, need, region)


def _identity(role: object, session: str) -> Identity | None:
    return role_identity(role, session) if isinstance(role, str) and role.count(":") >= 5 else None


def _logging(account: str, region: str, name: str, config: Record) -> list[Need]:
    group = (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{name}"
    stream = f"arn:aws:logs:{region}:{account}:log-group:{group}:log-stream:2026/01/01/[$LATEST]"
    return [Need("logs:CreateLogStream", stream), Need("logs:PutLogEvents", stream)]


def _sending(target: object) -> list[Need]:
    service = target.split(":")[2] if isinstance(target, str) and target.count(":") >= 5 else ""
    if not isinstance(target, str) or service not in _SENDING:
        return []
    return [Need(_SENDING[service], f"{target}/*" if service == "s3" else target)]
