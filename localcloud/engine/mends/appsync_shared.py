"""AppSync: what GraphQL and Event APIs both have, keys and data sources, for Event APIs too."""

from __future__ import annotations

import json
from types import FunctionType
from typing import Any

from localcloud.engine.ministack.appsync import AppSync, appsync
from localcloud.engine.ministack.appsync_events import AppSyncEvents
from localcloud.engine.ministack.appsync_events import appsync_events as events
from localcloud.engine.ministack.facade import Patch
from localcloud.engine.patching import (
    Context,
    Function,
    Record,
    Response,
    mend,
    wrap_handler,
)

KEY = "AWS::AppSync::ApiKey"
# The last one calls the first, so its place matters.
SOURCE_CALLS: tuple[Patch[Any], ...] = (
    *(AppSync.create_data_source, AppSync.get_data_source, AppSync.list_data_sources),
    *(AppSync.delete_data_source, AppSync.update_data_source),
)


@mend("appsync.event_keys")
def event_apis_have_keys(context: Context) -> None:
    """Let Event APIs' keys be declared by CloudFormation and changed.

    AWS::AppSync::ApiKey and UpdateApiKey are for both kinds of API. MiniStack creates, lists and
    deletes an Event API's keys by calls alone; to the rest it knows no such API.
    """

    @AppSync.create_api_key.wrap
    def _(before: Function) -> Function:
        def create(api_id: str, body: Record) -> Response:
            response: Response = (
                events.create_api_key(api_id, json.dumps(body).encode())
                if api_id in events.apis
                else before(api_id, body)
            )
            return response

        return create

    @AppSync.update_api_key.wrap
    def _(before: Function) -> Function:
        def update(api_id: str, key_id: str, body: Record) -> Response:
            key = events.api_keys.get(api_id, {}).get(key_id)
            answer: Response
            if key is None:
                answer = before(api_id, key_id, body)
            else:
                key |= {member: body[member] for member in ("description", "expires") if member in body}
                answer = events.json_response({"apiKey": events.api_key_response(api_id, key_id)})
            return answer

        return update

    @wrap_handler(KEY, "delete")
    def _(before: Function) -> Function:
        def delete(physical_id: str, props: Record) -> None:
            before(physical_id, props)
            events.api_keys.get(props.get("ApiId", ""), {}).pop(physical_id.rpartition("/")[2], None)

        return delete


@mend("appsync.event_sources")
def event_apis_have_data_sources(context: Context) -> None:
    """Let Event APIs have data sources: AWS's calls and AWS::AppSync::DataSource are for both kinds.

    MiniStack looks for the API among the GraphQL ones alone and says that there is none.
    """

    class Both:
        """The APIs of both kinds, as far as the calls ask: whether there is one, and its ARN."""

        def __contains__(self, api_id: str) -> bool:
            return api_id in appsync.apis or api_id in events.apis

        def __getitem__(self, api_id: str) -> Record:
            if api_id in events.apis:
                return {"arn": events.apis[api_id]["apiArn"]}
            api: Record = appsync.apis[api_id]
            return api

    names = {**vars(AppSync.load()), "_apis": Both()}
    for call in SOURCE_CALLS:
        function = call.value
        names[call.name] = FunctionType(function.__code__, names, call.name, function.__defaults__)
        call.replace(names[call.name])

    @AppSyncEvents.delete_api.wrap
    def _(before: Function) -> Function:
        def delete(api_id: str) -> Response:
            appsync.data_sources.pop(api_id, None)
            response: Response = before(api_id)
            return response

        return delete
