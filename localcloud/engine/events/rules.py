"""PutRule, PutTargets and RemoveTargets: what EventBridge checks before MiniStack keeps it."""

from __future__ import annotations

from localcloud.deliveries.facade import (
    MOST_TARGETS,
    EventsError,
    NoSuchResource,
    check_rule,
    parse_target,
)
from localcloud.engine.ministack.eventbridge import EventBridge
from localcloud.engine.patching import Function, Record, Response


class LimitExceeded(EventsError):
    """A quota is reached."""

    code = "LimitExceededException"


class Rules:
    """Checks rules and targets.

    Parameters
    ----------
    events
        MiniStack's module.
    """

    def __init__(self, events: EventBridge) -> None:
        self._events = events
        self._rules, self._targets = events.rules, events.targets
        self._buses = events.event_buses
        self._bus_name = events.event_bus_name_from_ref
        self._keep = events.put_rule
        self._key = events.rule_key

    def install(self) -> None:
        """Let every operation take a bus by its ARN as well as by its name."""

        @EventBridge.rule_key.wrap
        def _(before: Function) -> Function:
            def key(rule_name: str, bus_name: str) -> str:
                name, _problem = self._bus_name(bus_name or "default")
                return str(before(rule_name, name or bus_name))

            return key

        @EventBridge.list_rules.wrap
        def _(before: Function) -> Function:
            def list_rules(request: Record) -> Response:
                response: Response = before({**request, "EventBusName": self.bus(request)})
                return response

            return list_rules

    def bus(self, request: Record) -> str:
        """Return the name of the bus that a request names.

        Raises
        ------
        NoSuchResource
        """
        identifier = str(request.get("EventBusName") or "default")
        name, problem = self._bus_name(identifier)
        if problem or (name != "default" and name not in self._buses):
            raise NoSuchResource(f"Event bus {name or identifier} does not exist.")
        return str(name)

    def put_rule(self, request: Record) -> Response:
        """Keep a rule that is complete.

        Raises
        ------
        EventsError
        """
        bus = self.bus(request)
        check_rule(request, bus)
        response: Response = self._keep(enabled({**request, "EventBusName": bus}))
        return response

    def put_targets(self, request: Record) -> Record:
        """Keep a rule's targets, in the place of those with the same ids.

        Raises
        ------
        EventsError
        """
        key = self._rule(request)
        documents = request.get("Targets") or []
        self.check_targets(documents)
        ids = {document["Id"] for document in documents}
        remaining = [target for target in self._targets.get(key) or () if target["Id"] not in ids]
        if len(remaining) + len(documents) > MOST_TARGETS:
            raise LimitExceeded("The requested resource exceeds the maximum number allowed.")
        self._targets[key] = [*remaining, *documents]
        return {"FailedEntryCount": 0, "FailedEntries": []}

    def remove_targets(self, request: Record) -> Record:
        """Forget targets; ids that the rule does not have fail.

        Raises
        ------
        NoSuchResource
        """
        key = self._rule(request)
        ids = list(request.get("Ids") or ())
        targets = self._targets.get(key) or []
        absent = sorted(set(ids) - {target["Id"] for target in targets})
        self._targets[key] = [target for target in targets if target["Id"] not in ids]
        failed = [
            {
                "TargetId": name,
                "ErrorCode": "ResourceNotFoundException",
                "ErrorMessage": f"Rule {request.get('Rule')} does not have a target with the Id {name}.",
            }
            for name in absent
        ]
        return {"FailedEntryCount": len(failed), "FailedEntries": failed}

    @staticmethod
    def check_targets(documents: list[Record]) -> None:
        """Refuse targets that AWS refuses.

        Raises
        ------
        EventsError
        """
        for number, document in enumerate(documents, 1):
            parse_target(document, f"targets.{number}.member")

    def _rule(self, request: Record) -> str:
        bus = self.bus(request)
        key = str(self._key(str(request.get("Rule") or ""), bus))
        if key not in self._rules:
            raise NoSuchResource(f"Rule {request.get('Rule')} does not exist on EventBus {bus}.")
        return key


def enabled(rule: Record) -> Record:
    """Return a rule whose state says on or off: there are no events of CloudTrail that it could want besides.

    Examples
    --------
    >>> enabled({"State": "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"})
    {'State': 'ENABLED'}
    """
    state = rule.get("State")
    return {**rule, "State": "ENABLED"} if str(state).startswith("ENABLED_") else rule
