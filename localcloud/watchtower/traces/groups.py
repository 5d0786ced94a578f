"""The operations on groups: filter expressions with a name."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Final

from localcloud.watchtower.traces.documents import JSON
from localcloud.watchtower.traces.filters import Expression, FilterError, parse_filter
from localcloud.watchtower.traces.requests import InvalidRequest, RequestFields

DEFAULT: Final = "Default"


@dataclass(frozen=True)
class Group:
    """A group, with AWS's own members."""

    name: str
    arn: str
    filter: str = ""
    insights: bool = False

    def described(self) -> dict[str, JSON]:
        """Return it as GetGroup does."""
        document: dict[str, JSON] = {"GroupName": self.name, "GroupARN": self.arn}
        if self.filter:
            document["FilterExpression"] = self.filter
        document["InsightsConfiguration"] = {"InsightsEnabled": self.insights, "NotificationsEnabled": False}
        return document


class Groups:
    """The account's groups.

    Parameters
    ----------
    place
        What ARNs begin with.
    """

    def __init__(self, place: str) -> None:
        self._place = place
        self._groups = {DEFAULT: Group(DEFAULT, f"{place}:group/{DEFAULT}")}

    def expression(self, request: RequestFields) -> Expression:
        """Return what the group of a request selects; everything where it names none."""
        if not (request.has("GroupName") or request.has("GroupARN")):
            return parse_filter("")
        return parse_filter(self._group(request).filter)

    def listed(self, _request: RequestFields) -> dict[str, JSON]:
        """GetGroups."""
        return {"Groups": [group.described() for group in self._groups.values()]}

    def get(self, request: RequestFields) -> dict[str, JSON]:
        """GetGroup."""
        return {"Group": self._group(request).described()}

    def create(self, request: RequestFields) -> dict[str, JSON]:
        """CreateGroup."""
        name = request.text("GroupName")
        if not 0 < len(name) <= 32:
            raise InvalidRequest("GroupName must have 1 to 32 characters")
        if name in self._groups:
            raise InvalidRequest(f"The group {name} already exists")
        # AWS ends the ARN in a random part.
        group = Group(name, f"{self._place}:group/{name}/{os.urandom(13).hex().upper()}")
        return self._put(group, request)

    def update(self, request: RequestFields) -> dict[str, JSON]:
        """UpdateGroup."""
        return self._put(self._group(request), request)

    def delete(self, request: RequestFields) -> dict[str, JSON]:
        """DeleteGroup."""
        group = self._group(request)
        if group.name == DEFAULT:
            raise InvalidRequest("The Default group cannot be deleted")
        del self._groups[group.name]
        return {}

    def _group(self, request: RequestFields) -> Group:
        name, arn = request.text("GroupName", ""), request.text("GroupARN", "")
        for group in self._groups.values():
            if group.name == name or group.arn == arn:
                return group
        raise InvalidRequest(f"The group {name or arn} does not exist")

    def _put(self, group: Group, request: RequestFields) -> dict[str, JSON]:
        text = request.text("FilterExpression", group.filter)
        try:
            parse_filter(text)
        except FilterError as error:
            raise InvalidRequest(f"Invalid filter expression: {error}") from error
        insights = request.inner("InsightsConfiguration").flag("InsightsEnabled", default=group.insights)
        if insights:
            raise InvalidRequest("Insights are not served by the local X-Ray")
        self._groups[group.name] = replace(group, filter=text, insights=insights)
        return {"Group": self._groups[group.name].described()}
