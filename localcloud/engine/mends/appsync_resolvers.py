"""AppSync: schema, functions and resolvers read back as the template gave them, S3 included."""

from __future__ import annotations

import json
from typing import Any

from localcloud.engine.mends.objects import text_at
from localcloud.engine.ministack.appsync import AppSync, appsync
from localcloud.engine.ministack.provisioners import provisioners
from localcloud.engine.patching import Context, Function, Record, mend, replace_handlers, wrap_handler

FUNCTION = "AWS::AppSync::FunctionConfiguration"
RESOLVER = "AWS::AppSync::Resolver"
# Property that names a place in S3 -> property that holds what lies there.
LOCATIONS = {
    "CodeS3Location": "Code",
    "RequestMappingTemplateS3Location": "RequestMappingTemplate",
    "ResponseMappingTemplateS3Location": "ResponseMappingTemplate",
    "DefinitionS3Location": "Definition",
}
# Property of a function -> member of CreateFunction.
FUNCTION_MEMBERS = {
    "Name": "name",
    "Description": "description",
    "DataSourceName": "dataSourceName",
    "RequestMappingTemplate": "requestMappingTemplate",
    "ResponseMappingTemplate": "responseMappingTemplate",
    "FunctionVersion": "functionVersion",
    "SyncConfig": "syncConfig",
    "MaxBatchSize": "maxBatchSize",
    "Runtime": "runtime",
    "Code": "code",
}


def _fetched(resource_type: str, props: Record) -> Record:
    """Return the properties with every S3 location replaced by what is there."""
    fetched = dict(props)
    for place, holder in LOCATIONS.items():
        location = fetched.pop(place, None)
        if location:
            fetched[holder] = text_at(location, what=f"{resource_type} {place}")
    return fetched


@mend("appsync.functions")
def functions_are_stored(context: Context) -> None:
    """Store what AWS::AppSync::FunctionConfiguration declares, so that it can be read and run.

    MiniStack gives the resource an id and attributes and keeps nothing: ListFunctions is empty
    and a pipeline that names the id has no such function.
    """

    def body_of(props: Record) -> Record:
        fetched = _fetched(FUNCTION, props)
        body = {
            member: provisioners.pascal_to_camel(fetched[prop])
            for prop, member in FUNCTION_MEMBERS.items()
            if fetched.get(prop) not in (None, "")
        }
        if "maxBatchSize" in body:
            body["maxBatchSize"] = int(body["maxBatchSize"])
        return body

    def stored(response: Any, verb: str) -> tuple[str, dict[str, str]]:
        status, _headers, answer = response
        if status != 200:
            raise ValueError(f"{FUNCTION} {verb} failed: {answer.decode()}")
        function = json.loads(answer)["functionConfiguration"]
        return function["functionArn"], {
            "DataSourceName": function["dataSourceName"],
            "FunctionArn": function["functionArn"],
            "FunctionId": function["functionId"],
            "Name": function["name"],
        }

    def create(_logical_id: str, props: Record, _stack: str) -> tuple[str, dict[str, str]]:
        return stored(appsync.create_function(props.get("ApiId", ""), body_of(props)), "create")

    def update(physical_id: str, old: Record, new: Record, stack: str) -> tuple[str, dict[str, str]]:
        if old.get("ApiId") != new.get("ApiId"):
            delete(physical_id, old)
            return create("", new, stack)
        function_id = physical_id.rsplit("/", 1)[-1]
        return stored(appsync.update_function(new["ApiId"], function_id, body_of(new)), "update")

    def delete(physical_id: str, props: Record) -> None:
        appsync.delete_function(props.get("ApiId", ""), physical_id.rsplit("/", 1)[-1])

    replace_handlers(FUNCTION, create=create, update=update, delete=delete)

    @AppSync.function_record.wrap
    def _(before: Function) -> Function:
        def record(*args: Any) -> Record:
            # As for resolvers: a member that was not given is absent, not empty.
            return {member: value for member, value in before(*args).items() if value != ""}

        return record


@mend("appsync.s3_locations")
def s3_locations_are_fetched(context: Context) -> None:
    """Fetch schema, code and mapping templates that a template names by their place in S3.

    `aws cloudformation package` uploads local files and writes such locations. MiniStack ignores
    DefinitionS3Location and CodeS3Location in silence: the schema is empty, the resolver has no code.
    """

    def fetch_on(resource_type: str) -> None:
        @wrap_handler(resource_type, "create")
        def _(before: Function) -> Function:
            def create(logical_id: str, props: Record, stack: str) -> Any:
                return before(logical_id, _fetched(resource_type, props), stack)

            return create

    fetch_on(RESOLVER)
    fetch_on("AWS::AppSync::GraphQLSchema")
