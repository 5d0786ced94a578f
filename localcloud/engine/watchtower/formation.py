"""CloudFormation's alarms: metric math, which MiniStack refuses, and composite alarms, which it lacks."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from localcloud.engine.ministack.cloudwatch import CloudWatch
from localcloud.engine.ministack.provisioners import Provisioners, provisioners
from localcloud.engine.ministack.types import Response
from localcloud.engine.patching import Function, Record
from localcloud.engine.watchtower.alarms import complete
from localcloud.watchtower.facade import AlarmError, alarm_of

COMPOSITE: Final = "AWS::CloudWatch::CompositeAlarm"
Created = tuple[str, dict[str, Any]]


def form(cloudwatch: CloudWatch) -> None:
    """Let CloudFormation create these alarms; to be called after MiniStack's alarms are taken over."""

    @Provisioners.cw_metric_alarm_record.wrap
    def _(before: Function) -> Function:
        def record_of(name: str, props: Record) -> Record:
            if props.get("Metrics"):
                # MiniStack insists on a metric; `complete` takes it away again.
                rest = {key: value for key, value in props.items() if key != "Metrics"}
                record: Record = before(name, {**rest, "MetricName": "-", "Namespace": "-"})
            else:
                record = before(name, props)
            complete(record, {**props, "Metrics": [typed(query) for query in props.get("Metrics") or ()]})
            if record.get("ExtendedStatistic"):
                record.pop("Statistic", None)
            try:
                alarm_of(record)
            except AlarmError as error:
                raise refusal(str(error)) from error
            return record

        return record_of

    handlers = provisioners.resource_handlers
    composites = Composites(cloudwatch, provisioners.physical_name)
    handlers[COMPOSITE] = {
        "create": composites.create,
        "update": composites.update,
        "delete": composites.delete,
    }


def typed(query: Record) -> Record:
    """Return a metric query with numbers and flags, which a template may write as text.

    Examples
    --------
    >>> typed({"Id": "a", "Expression": "b / 2", "ReturnData": "false"})
    {'Id': 'a', 'Expression': 'b / 2', 'ReturnData': False}
    """
    changed = dict(query)
    if "ReturnData" in query:
        changed["ReturnData"] = flag(query["ReturnData"])
    if query.get("Period") is not None:
        changed["Period"] = int(query["Period"])
    if query.get("MetricStat"):
        changed["MetricStat"] = {**query["MetricStat"], "Period": int(query["MetricStat"].get("Period", 60))}
    return changed


def flag(value: Any) -> bool:
    """Return a property that is true or false."""
    return value if isinstance(value, bool) else str(value).lower() == "true"


def refusal(message: str) -> ValueError:
    """Return an error as CloudFormation's events show it."""
    code = "Status Code: 400, Error Code: ValidationError"
    return ValueError(f"{message} (Service: CloudWatch, {code})")


class Composites:
    """Carries out what CloudFormation asks for, by the API's own operations."""

    def __init__(self, cloudwatch: CloudWatch, name: Function) -> None:
        self._cloudwatch, self._name = cloudwatch, name

    def create(self, logical_id: str, props: Record, stack: str) -> Created:
        """Create a composite alarm; its name is generated where the template gives none."""
        return self._put(props.get("AlarmName") or self._name(stack, logical_id, max_len=255), props)

    def update(
        self, physical_id: str, old: Record, new: Record, stack: str, logical_id: str | None = None
    ) -> Created:
        """Update it in place; another name replaces it."""
        if old.get("AlarmName") != new.get("AlarmName"):
            created = self.create(logical_id or physical_id, new, stack)
            self.delete(physical_id, old)
            return created
        return self._put(physical_id, new)

    def delete(self, physical_id: str, _props: Record) -> None:
        """Delete it."""
        self._call(self._cloudwatch.delete_alarms, {"AlarmNames": [physical_id]})

    def _put(self, name: str, props: Record) -> Created:
        members = {**props, "AlarmName": name, "ActionsEnabled": flag(props.get("ActionsEnabled", True))}
        self._call(self._cloudwatch.put_composite_alarm, members)
        alarm = self._cloudwatch.composite_alarms[name]
        return name, {"Arn": alarm["AlarmArn"]}

    def _call(self, function: Callable[..., Response], members: Record) -> None:
        status, _, body = function({}, members, False, True)
        if status != 200:
            raise refusal(str(json.loads(body).get("message")))
