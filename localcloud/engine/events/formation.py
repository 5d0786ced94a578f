"""CloudFormation's resources of EventBridge, by the API's own operations."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from localcloud.deliveries.facade import EventsError, InvalidPattern, InvalidRequest, check_rule
from localcloud.engine.events.connections import secret_arn
from localcloud.engine.events.rules import Rules, enabled
from localcloud.engine.ministack.eventbridge import EventBridge
from localcloud.engine.ministack.facade import Name
from localcloud.engine.ministack.provisioners import provisioners
from localcloud.engine.ministack.types import Response
from localcloud.engine.patching import Function, Record, wrap_handler

BUS: Final = "AWS::Events::EventBus"
RULE: Final = "AWS::Events::Rule"
ARCHIVE: Final = "AWS::Events::Archive"
CONNECTION: Final = "AWS::Events::Connection"
DESTINATION: Final = "AWS::Events::ApiDestination"
POLICY: Final = "AWS::Events::EventBusPolicy"

Created = tuple[str, dict[str, Any]]
Operation = Callable[[Record], tuple[int, Any, bytes]]


class EventsFormation:
    """Carries out what CloudFormation asks for.

    Parameters
    ----------
    events
        MiniStack's module.
    """

    def __init__(self, events: EventBridge, rules: Rules) -> None:
        self._events, self._rules = events, rules
        self._provisioners = provisioners
        self._name = provisioners.physical_name

    def install(self) -> None:
        """Put the handlers in their place."""
        handlers = self._provisioners.resource_handlers
        for kind in (ARCHIVE, CONNECTION, DESTINATION):
            verbs = NamedResources(self, kind)
            handlers[kind] = {"create": verbs.create, "update": verbs.update, "delete": verbs.delete}
        handlers[POLICY] = {
            "create": self._create_policy,
            "update": self._update_policy,
            "delete": self._delete_policy,
        }
        self._check_rules()
        self._finish_buses()

    def call(self, operation: Callable[[Record], Response], request: Record) -> Record:
        """Carry an operation out.

        Raises
        ------
        ValueError
            In CloudFormation's words.
        """
        status, _headers, body = operation(request)
        document: Record = json.loads(body or b"{}")
        if status >= 300:
            code = f"Status Code: {status}, Error Code: {document.get('__type')}"
            raise ValueError(f"{document.get('message')} (Service: EventBridge, {code})")
        return document

    def physical_name(self, stack: str, logical_id: str, longest: int) -> str:
        """Return a made-up name."""
        return str(self._name(stack, logical_id, max_len=longest))

    def _check_rules(self) -> None:
        """Refuse rules and targets that PutRule and PutTargets refuse."""

        def check(props: Record, logical_id: str) -> None:
            try:
                bus = self._rules.bus(props)
                check_rule({**props, "Name": props.get("Name") or logical_id}, bus)
                self._rules.check_targets(props.get("Targets") or [])
                self._check_match(props)
            except EventsError as error:
                code = f"Status Code: 400, Error Code: {error.code}"
                raise ValueError(f"{error.message} (Service: EventBridge, {code})") from error

        @wrap_handler(RULE, "create")
        def _(before: Function) -> Function:
            def create(logical_id: str, props: Record, stack: str) -> Created:
                check(props, logical_id)
                created: Created = before(logical_id, enabled(props), stack)
                return created

            return create

        @wrap_handler(RULE, "update")
        def _(before: Function) -> Function:
            def update(
                physical_id: str, old: Record, new: Record, stack: str, logical_id: str | None = None
            ) -> Created:
                check(new, logical_id or physical_id)
                updated: Created = before(physical_id, old, enabled(new), stack, logical_id)
                return updated

            return update

    def _check_match(self, props: Record) -> None:
        """Refuse patterns and schedules that MiniStack's own operation refuses, and its handler takes."""
        pattern = props.get("EventPattern") or ""
        text = pattern if isinstance(pattern, str) else json.dumps(pattern)
        reason = self._events.event_pattern_error(text)
        if reason:
            raise InvalidPattern(str(reason))
        if not self._events.validate_schedule_expression(props.get("ScheduleExpression") or ""):
            raise InvalidRequest("Parameter ScheduleExpression is not valid.")

    def _finish_buses(self) -> None:
        """Give a bus the properties that MiniStack leaves out."""

        def finish(created: Created, props: Record) -> Created:
            bus = self._events.event_buses.get(created[0])
            for name in ("DeadLetterConfig", "KmsKeyIdentifier", "LogConfig"):
                if bus is not None and props.get(name):
                    bus[name] = props[name]
            policies = self._events.event_bus_policies
            if props.get("Policy"):
                policy = props["Policy"]
                policies[created[0]] = json.loads(policy) if isinstance(policy, str) else policy
            return created

        @wrap_handler(BUS, "create")
        def _(before: Function) -> Function:
            return lambda logical_id, props, stack: finish(before(logical_id, props, stack), props)

        @wrap_handler(BUS, "update")
        def _(before: Function) -> Function:
            def update(
                physical_id: str, old: Record, new: Record, stack: str, _logical_id: str | None = None
            ) -> Created:
                return finish(before(physical_id, old, new, stack), new)

            return update

    # Statements of a bus's policy.

    def _create_policy(self, _logical_id: str, props: Record, _stack: str) -> Created:
        bus = self._bus(props)
        name = str(props.get("StatementId") or "")
        if not name:
            raise ValueError("AWS::Events::EventBusPolicy: StatementId is required")
        if props.get("Statement"):
            policies = self._events.event_bus_policies
            policy = policies.get(bus) or {"Version": "2012-10-17", "Statement": []}
            others = [item for item in policy["Statement"] if item.get("Sid") != name]
            policies[bus] = {**policy, "Statement": [*others, {**props["Statement"], "Sid": name}]}
        else:
            request: Record = {
                key: props[key] for key in ("Action", "Principal", "Condition") if key in props
            }
            self.call(self._events.put_permission, {**request, "EventBusName": bus, "StatementId": name})
        return f"{bus}|{name}", {}

    def _update_policy(
        self, physical_id: str, old: Record, new: Record, stack: str, logical_id: str | None = None
    ) -> Created:
        created = self._create_policy(logical_id or "", new, stack)
        if created[0] != physical_id:
            self._delete_policy(physical_id, old)
        return created

    def _delete_policy(self, physical_id: str, _props: Record) -> None:
        bus, _, name = physical_id.partition("|")
        self.call(self._events.remove_permission, {"EventBusName": bus, "StatementId": name})

    def _bus(self, props: Record) -> str:
        try:
            return self._rules.bus(props)
        except EventsError as error:
            raise ValueError(f"{error.message} (Service: EventBridge, Status Code: 400)") from error


_OPERATIONS: Final[Mapping[str, tuple[Name[Operation], Name[Operation], Name[Operation]]]] = {
    ARCHIVE: (EventBridge.create_archive, EventBridge.update_archive, EventBridge.delete_archive),
    CONNECTION: (EventBridge.create_connection, EventBridge.update_connection, EventBridge.delete_connection),
    DESTINATION: (
        EventBridge.create_api_destination,
        EventBridge.update_api_destination,
        EventBridge.delete_api_destination,
    ),
}


class NamedResources:
    """Archives, connections and API destinations: created, updated and deleted by their names."""

    def __init__(self, formation: EventsFormation, kind: str) -> None:
        self._formation = formation
        self._kind = kind
        self._create, self._update, self._delete = _OPERATIONS[kind]
        self._member, self._longest = ("ArchiveName", 48) if kind == ARCHIVE else ("Name", 64)

    def create(self, logical_id: str, props: Record, stack: str) -> Created:
        """Create the resource; its name is generated where the template gives none."""
        name = props.get(self._member) or self._formation.physical_name(stack, logical_id, self._longest)
        document = self._formation.call(self._create.value, self._request(str(name), props))
        return str(name), self._attributes(document)

    def update(
        self, physical_id: str, old: Record, new: Record, stack: str, logical_id: str | None = None
    ) -> Created:
        """Update in place; another name, or another bus of an archive, replaces the resource."""
        name = new.get(self._member) or physical_id
        if name != physical_id or old.get("SourceArn") != new.get("SourceArn"):
            return self.create(logical_id or physical_id, new, stack)
        document = self._formation.call(self._update.value, self._request(physical_id, new))
        return physical_id, self._attributes(document)

    def delete(self, physical_id: str, _props: Record) -> None:
        """Delete the resource; one that has gone already is no error."""
        try:
            self._formation.call(self._delete.value, {self._member: physical_id})
        except ValueError as error:
            if "ResourceNotFoundException" not in str(error):
                raise

    def _request(self, name: str, props: Record) -> Record:
        request = {**props, self._member: name}
        if self._kind == ARCHIVE:
            request["EventSourceArn"] = request.pop("SourceArn", "")
            if isinstance(request.get("EventPattern"), dict):
                request["EventPattern"] = json.dumps(request["EventPattern"])
        return request

    def _attributes(self, document: Record) -> dict[str, Any]:
        if self._kind == ARCHIVE:
            return {"Arn": document["ArchiveArn"]}
        if self._kind == CONNECTION:
            arn = str(document["ConnectionArn"])
            return {"Arn": arn, "ArnForPolicy": arn, "SecretArn": secret_arn(arn)}
        arn = str(document["ApiDestinationArn"])
        return {"Arn": arn, "ArnForPolicy": arn}
