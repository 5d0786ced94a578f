"""Templates as AWS's console and tutorials write them: DynamoDB's, a pipeline, an API on its endpoints."""

from __future__ import annotations

import json
from dataclasses import replace

from localcloud.appsync.definition import JSON, Resolver
from tests.appsync.endpoint_support import definition, running
from tests.appsync.resolvers import NONE, FakeFunctions, engine
from tests.appsync.test_realtime_protocol import connected, start_subscription
from tests.appsync.vtl import RESULT, pipeline, render, resolve, step, templates

# What the console makes of a type with keys: note the commas that nothing follows.
CREATE = """{
  "version": "2017-02-28",
  "operation": "PutItem",
  "key": {
    "id": $util.dynamodb.toDynamoDBJson($ctx.args.input.id),
  },
  "attributeValues": $util.dynamodb.toMapValuesJson($ctx.args.input),
  "condition": {
    "expression": "attribute_not_exists(#id)",
    "expressionNames": {
      "#id": "id",
    },
  },
}
"""
LIST = """{
  "version": "2017-02-28",
  "operation": "Scan",
  "filter": #if($context.args.filter)
    $util.transform.toDynamoDBFilterExpression($ctx.args.filter)
  #else null #end,
  "limit": $util.defaultIfNull($ctx.args.limit, 20),
  "nextToken": $util.toJson($util.defaultIfNullOrEmpty($ctx.args.nextToken, null)),
}
"""
UPDATE = """{
    "version" : "2018-05-29",
    "operation" : "UpdateItem",
    "key" : { "id" : $util.dynamodb.toDynamoDBJson($ctx.args.input.id) },

    ## What is updated **
    #set( $names  = {} )
    #set( $values = {} )
    #set( $set = {} )
    #set( $remove = [] )
    $!{values.put(":one", $util.dynamodb.toDynamoDB(1))}

    #foreach( $entry in $util.map.copyAndRemoveAllKeys($ctx.args.input, ["id","expectedVersion"]).entrySet() )
        #if( $util.isNull($entry.value) )
            #set( $discard = ${remove.add("#${entry.key}")} )
            $!{names.put("#${entry.key}", "${entry.key}")}
        #else
            $!{set.put("#${entry.key}", ":${entry.key}")}
            $!{names.put("#${entry.key}", "${entry.key}")}
            $!{values.put(":${entry.key}", $util.dynamodb.toDynamoDB($entry.value))}
        #end
    #end

    #set( $expression = "" )
    #if( !${set.isEmpty()} )
        #set( $expression = "SET" )
        #foreach( $entry in $set.entrySet() )
            #set( $expression = "${expression} ${entry.key} = ${entry.value}" )
            #if ( $foreach.hasNext() )
                #set( $expression = "${expression}," )
            #end
        #end
    #end
    #set( $expression = "${expression} ADD version :one" )
    #if( !${remove.isEmpty()} )
        #set( $expression = "${expression} REMOVE" )
        #foreach( $entry in $remove )
            #set( $expression = "${expression} ${entry}" )
            #if ( $foreach.hasNext )
                #set( $expression = "${expression}," )
            #end
        #end
    #end

    "update" : {
        "expression" : "${expression}",
        #if( !${names.isEmpty()} )
            "expressionNames" : $utils.toJson($names),
        #end
        #if( !${values.isEmpty()} )
            "expressionValues" : $utils.toJson($values),
        #end
    },
    "condition" : {
        "expression"       : "version = :expectedVersion",
        "expressionValues" : {
            ":expectedVersion" : $util.dynamodb.toDynamoDBJson($ctx.args.input.expectedVersion)
        }
    }
}
"""


async def document(request: str, arguments: dict[str, JSON]) -> JSON:
    """What a data source would be asked: here a function, which answers with what it got."""
    request_template = f'{{"version": "2018-05-29", "operation": "Invoke", "payload": {request}}}'
    outcome = await resolve(
        templates(request_template, source="lambda"),
        functions=FakeFunctions({"f": lambda event: event}),
        arguments=arguments,
    )
    assert outcome.errors == []
    return outcome.value


async def test_tutorial_template_puts_an_item() -> None:
    assert await document(CREATE, {"input": {"id": "7", "text": "a, }"}}) == {
        "version": "2017-02-28",
        "operation": "PutItem",
        "key": {"id": {"S": "7"}},
        "attributeValues": {"id": {"S": "7"}, "text": {"S": "a, }"}},
        "condition": {"expression": "attribute_not_exists(#id)", "expressionNames": {"#id": "id"}},
    }


async def test_tutorial_template_lists_items() -> None:
    assert await document(LIST, {"filter": {"title": {"contains": "x"}}}) == {
        "version": "2017-02-28",
        "operation": "Scan",
        "filter": {
            "expression": "(contains(#title,:title_contains))",
            "expressionNames": {"#title": "title"},
            "expressionValues": {":title_contains": {"S": "x"}},
        },
        "limit": 20,
        "nextToken": None,
    }
    listed = await document(LIST, {"limit": 5, "nextToken": "t"})
    assert isinstance(listed, dict)
    assert (listed["filter"], listed["limit"], listed["nextToken"]) == (None, 5, "t")


async def test_tutorial_template_builds_an_update_expression() -> None:
    arguments: JSON = {
        "id": "7",
        "expectedVersion": 3,
        "title": "new",
        "done": True,
        "note": None,
        "by": None,
    }
    request = await document(UPDATE, {"input": arguments})
    assert isinstance(request, dict)
    assert request["update"] == {
        "expression": "SET #title = :title, #done = :done ADD version :one REMOVE #note, #by",
        "expressionNames": {"#title": "title", "#done": "done", "#note": "note", "#by": "by"},
        "expressionValues": {":one": {"N": 1}, ":title": {"S": "new"}, ":done": {"BOOL": True}},
    }
    assert request["condition"] == {
        "expression": "version = :expectedVersion",
        "expressionValues": {":expectedVersion": {"N": 3}},
    }


def test_tutorial_response_template_maps_each_item() -> None:
    template = """#if($context.error)
      $util.error($context.error.message, $context.error.type)
    #else
      #foreach($item in $context.result.items)
        $util.qr($item.put("title", "$item.title!"))
      #end
      $util.toJson($context.result.items)
    #end"""
    items: JSON = {"items": [{"title": "a"}, {"title": "b"}]}
    assert json.loads(render(template, result=items)) == [{"title": "a!"}, {"title": "b!"}]


async def test_pipeline_tutorial_shows_a_picture_to_owner_and_friends_alone() -> None:
    """A user's picture, for the owner and for friends alone."""
    before = """#set($result = { "owner": $ctx.args.id, "callerId": $ctx.args.caller })
        $util.toJson($result)"""
    is_friend = """#set($ownerId = $ctx.prev.result.owner)
        #set($callerId = $ctx.prev.result.callerId)
        ## no check of the owner
        #if($ownerId == $callerId)
            #return($ctx.prev.result)
        #end
        { "operation": "Invoke", "payload": { "userId": "$callerId", "friendId": "$ownerId" } }"""
    check = """#if($ctx.error)
            $util.error("Unable to retrieve friend mapping message: ${ctx.error.message}", $ctx.error.type)
        #end
        ## no friend
        #if(!$ctx.result)
            $util.unauthorized()
        #end
        $util.toJson($ctx.prev.result)"""
    picture = '{"payload": {"owner": "$ctx.prev.result.owner", "src": "picture"}}'
    friends = FakeFunctions({"f": lambda event: {"ok": 1} if event["userId"] == "friend" else None})  # type: ignore[index, call-overload]
    first, two = step("isFriend", is_friend, check, "lambda"), step("getPicture", picture)
    results = {"owner": "me", "src": "picture"}
    for caller, expected in (("me", results), ("friend", results), ("stranger", None)):
        outcome = await resolve(
            pipeline(before, RESULT, first, two),
            first,
            two,
            functions=friends,
            arguments={"id": "me", "caller": caller},
        )
        assert outcome.value == expected
        assert [error.error_type for error in outcome.errors] == ([] if expected else ["Unauthorized"])
    assert len(friends.events) == 2


async def test_api_of_templates_is_served_over_http_and_websocket() -> None:
    say = '{"version": "2018-05-29", "payload": $util.toJson($ctx.args)}'
    template = """#if($ctx.args.text == "bad")
      $util.error("No such word", "BadWord", {"text": "bad", "other": 1}, {"code": 7})
    #end
    $util.toJson($ctx.result)"""
    guard = """#if($ctx.args.room == "closed")$util.unauthorized()#end
    $extensions.setSubscriptionFilter({"filterGroup": [{"filters": [
      {"fieldName": "room", "operator": "eq", "value": $ctx.args.room} ] }] })
    $util.toJson($ctx.result)"""
    resolvers = (
        templates(say, template, on="Mutation.say"),
        templates('{"version": "2018-05-29", "payload": null}', guard, on="Subscription.onGuarded"),
        templates("\n\n#set($none = [])$none.get(0)", on="Query.broken"),
    )
    api = replace(
        definition(),
        data_sources={"none": NONE},
        resolvers={(resolver.type_name, resolver.field_name): resolver for resolver in resolvers},
    )
    async with engine(api) as real:
        assert real.warnings == []
        async with running(api, real) as cloud, connected(cloud) as socket:  # type: ignore[arg-type]
            await start_subscription(cloud, socket, 'subscription { onGuarded(room: "a") { text room } }')
            for room in ("b", "a"):
                await cloud.query(
                    f'mutation {{ say(id: 1, text: "hello", room: "{room}") {{ id text room }} }}'
                )
            frame = await socket.receive_json()
            assert frame["payload"] == {"data": {"onGuarded": {"text": "hello", "room": "a"}}}
            bad = await cloud.query('mutation { say(id: 1, text: "bad") { text } }')
            (error,) = bad["errors"]
            assert (error["errorType"], error["data"], error["errorInfo"]) == (
                "BadWord",
                {"text": "bad"},
                {"code": 7},
            )
            (error,) = (await cloud.query("{ broken { id } }"))["errors"]
            assert error["errorType"] == "MappingTemplate"
            assert error["message"].endswith("Index: 0, Size: 0 (Query.broken.request.vtl:3)")
    assert isinstance(resolvers[0], Resolver)
