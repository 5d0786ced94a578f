"""CloudFormation's resources of Step Functions: machines, versions, aliases and activities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from localcloud.engine.ministack.provisioners import Provisioners, provisioners
from localcloud.engine.patching import Record
from localcloud.states.facade import ApiError

if TYPE_CHECKING:
    from localcloud.engine.states.adapter import StatesAdapter

MACHINE = "AWS::StepFunctions::StateMachine"
VERSION = "AWS::StepFunctions::StateMachineVersion"
ALIAS = "AWS::StepFunctions::StateMachineAlias"
ACTIVITY = "AWS::StepFunctions::Activity"
NO_ROLE = "arn:aws:iam::{}:role/StepFunctionsRole"

Created = tuple[str, dict[str, Any]]


def form(adapter: StatesAdapter) -> None:
    """Let CloudFormation create, update and delete resources of Step Functions."""
    handlers = provisioners.resource_handlers
    formation = StatesFormation(adapter, provisioners)
    for kind in (MACHINE, VERSION, ALIAS, ACTIVITY):
        name = kind.rpartition("::")[2]
        verbs = {verb: getattr(formation, f"{verb}_{name}") for verb in ("create", "update", "delete")}
        handlers[kind] = {**handlers.get(kind, {}), **verbs}


class StatesFormation:
    """Carries out what CloudFormation asks for, by the API's own operations."""

    def __init__(self, adapter: StatesAdapter, provisioners: Provisioners) -> None:
        self._adapter = adapter
        self._provisioners = provisioners
        self._definition = provisioners.sfn_definition
        self._name = provisioners.physical_name

    def _call(self, operation: str, request: Record) -> Record:
        try:
            answer: Record = self._adapter.call(operation, request)
        except ApiError as error:
            code = f"Status Code: {error.status}, Error Code: {error.code}"
            raise ValueError(f"{error.message} (Service: Sfn, {code})") from error
        return answer

    # State machines.

    def create_StateMachine(self, logical_id: str, props: Record, stack: str) -> Created:  # noqa: N802
        """Create a machine; its name is generated where the template gives none."""
        name = props.get("StateMachineName") or self._name(stack, logical_id, max_len=80)
        request = {
            "name": name,
            "type": props.get("StateMachineType", "STANDARD"),
            "tags": _tags(props),
            **self._revision(props),
        }
        arn = str(self._call("CreateStateMachine", request)["stateMachineArn"])
        return arn, self._attributes(arn)

    def update_StateMachine(  # noqa: N802
        self, physical_id: str, old: Record, new: Record, stack: str, logical_id: str | None = None
    ) -> Created:
        """Update a machine in place; another name or type replaces it."""
        renamed = any(old.get(name) != new.get(name) for name in ("StateMachineName", "StateMachineType"))
        if renamed:
            return self.create_StateMachine(logical_id or physical_id, new, stack)
        self._call("UpdateStateMachine", {"stateMachineArn": physical_id, **self._revision(new)})
        before, after = _tags(old), _tags(new)
        dropped = sorted({tag["key"] for tag in before} - {tag["key"] for tag in after})
        if dropped:
            self._call("UntagResource", {"resourceArn": physical_id, "tagKeys": dropped})
        if after != before and after:
            self._call("TagResource", {"resourceArn": physical_id, "tags": after})
        return physical_id, self._attributes(physical_id)

    def delete_StateMachine(self, physical_id: str, _props: Record) -> None:  # noqa: N802
        """Delete a machine."""
        self._call("DeleteStateMachine", {"stateMachineArn": physical_id})

    def _revision(self, props: Record) -> Record:
        account = self._adapter.region().account
        logging = props.get("LoggingConfiguration")
        revision: Record = {
            "definition": self._definition({**props, "DefinitionSubstitutions": _substitutions(props)}),
            "roleArn": props.get("RoleArn") or NO_ROLE.format(account),
            "loggingConfiguration": _camel(logging) if logging else {"level": "OFF"},
            "tracingConfiguration": _camel(props.get("TracingConfiguration") or {"Enabled": False}),
        }
        revision["loggingConfiguration"].setdefault("includeExecutionData", False)
        if props.get("EncryptionConfiguration"):
            revision["encryptionConfiguration"] = _camel(props["EncryptionConfiguration"])
        return revision

    def _attributes(self, arn: str) -> dict[str, Any]:
        machine = self._adapter.region().machines[arn]
        return {"Arn": arn, "Name": machine.name, "StateMachineRevisionId": machine.revision.id}

    # Versions.

    def create_StateMachineVersion(self, _logical_id: str, props: Record, _stack: str) -> Created:  # noqa: N802
        """Publish a version."""
        request = {"stateMachineArn": props["StateMachineArn"]}
        if props.get("StateMachineRevisionId"):
            request["revisionId"] = props["StateMachineRevisionId"]
        if props.get("Description"):
            request["description"] = props["Description"]
        arn = str(self._call("PublishStateMachineVersion", request)["stateMachineVersionArn"])
        return arn, {"Arn": arn}

    def update_StateMachineVersion(  # noqa: N802
        self, physical_id: str, old: Record, new: Record, stack: str, logical_id: str | None = None
    ) -> Created:
        """Publish another version when the revision is another."""
        if old == new:
            return physical_id, {"Arn": physical_id}
        return self.create_StateMachineVersion(logical_id or physical_id, new, stack)

    def delete_StateMachineVersion(self, physical_id: str, _props: Record) -> None:  # noqa: N802
        """Delete a version."""
        self._call("DeleteStateMachineVersion", {"stateMachineVersionArn": physical_id})

    # Aliases.

    def create_StateMachineAlias(self, logical_id: str, props: Record, stack: str) -> Created:  # noqa: N802
        """Create an alias."""
        name = props.get("Name") or self._name(stack, logical_id, max_len=80)
        request = {"name": name, **_routing(props)}
        arn = str(self._call("CreateStateMachineAlias", request)["stateMachineAliasArn"])
        return arn, {"Arn": arn}

    def update_StateMachineAlias(  # noqa: N802
        self, physical_id: str, old: Record, new: Record, stack: str, logical_id: str | None = None
    ) -> Created:
        """Update an alias in place; another name replaces it."""
        if old.get("Name") != new.get("Name"):
            return self.create_StateMachineAlias(logical_id or physical_id, new, stack)
        self._call("UpdateStateMachineAlias", {"stateMachineAliasArn": physical_id, **_routing(new)})
        return physical_id, {"Arn": physical_id}

    def delete_StateMachineAlias(self, physical_id: str, _props: Record) -> None:  # noqa: N802
        """Delete an alias; one that went with its machine is no error."""
        base, _, name = physical_id.rpartition(":")
        machine = self._adapter.region().machines.get(base)
        if machine is not None and name in machine.aliases:
            self._call("DeleteStateMachineAlias", {"stateMachineAliasArn": physical_id})

    # Activities.

    def create_Activity(self, _logical_id: str, props: Record, _stack: str) -> Created:  # noqa: N802
        """Create an activity."""
        request = {"name": props["Name"], "tags": _tags(props)}
        arn = str(self._call("CreateActivity", request)["activityArn"])
        return arn, {"Arn": arn, "Name": props["Name"]}

    def update_Activity(  # noqa: N802
        self, physical_id: str, old: Record, new: Record, stack: str, logical_id: str | None = None
    ) -> Created:
        """Replace an activity whose name is another."""
        if old.get("Name") != new.get("Name"):
            return self.create_Activity(logical_id or physical_id, new, stack)
        return physical_id, {"Arn": physical_id, "Name": new["Name"]}

    def delete_Activity(self, physical_id: str, _props: Record) -> None:  # noqa: N802
        """Delete an activity."""
        self._call("DeleteActivity", {"activityArn": physical_id})


def _substitutions(props: Record) -> Record:
    """Return what is put into a definition; CloudFormation writes a boolean as JSON does.

    Examples
    --------
    >>> _substitutions({"DefinitionSubstitutions": {"Flag": True, "N": 5, "Name": "x"}})
    {'Flag': 'true', 'N': 5, 'Name': 'x'}
    """
    values = props.get("DefinitionSubstitutions") or {}
    return {name: str(value).lower() if isinstance(value, bool) else value for name, value in values.items()}


def _tags(props: Record) -> list[Record]:
    return [{"key": tag["Key"], "value": str(tag["Value"])} for tag in props.get("Tags") or ()]


def _routing(props: Record) -> Record:
    """Return an alias's routing: given, or all to the version of the deployment preference."""
    request: Record = {}
    if props.get("Description"):
        request["description"] = props["Description"]
    preference = props.get("DeploymentPreference")
    if preference:
        request["routingConfiguration"] = [
            {"stateMachineVersionArn": preference["StateMachineVersionArn"], "weight": 100}
        ]
    else:
        request["routingConfiguration"] = [
            {"stateMachineVersionArn": route["StateMachineVersionArn"], "weight": int(route["Weight"])}
            for route in props.get("RoutingConfiguration") or ()
        ]
    return request


def _camel(value: Any) -> Any:
    """Return CloudFormation's property names as the API spells them.

    Examples
    --------
    >>> _camel({"Level": "ALL", "Destinations": [{"CloudWatchLogsLogGroup": {"LogGroupArn": "a"}}]})
    {'level': 'ALL', 'destinations': [{'cloudWatchLogsLogGroup': {'logGroupArn': 'a'}}]}
    """
    if isinstance(value, list):
        return [_camel(item) for item in value]
    if not isinstance(value, dict):
        return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value
    return {name[:1].lower() + name[1:]: _camel(item) for name, item in value.items()}
