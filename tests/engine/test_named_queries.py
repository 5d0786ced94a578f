"""Athena's saved questions, by templates."""

from __future__ import annotations

import json
from typing import Any

from tests.engine.world import World


def saved(world: World, workgroup: str) -> list[dict[str, Any]]:
    athena = world.client("athena")
    ids = athena.list_named_queries(WorkGroup=workgroup)["NamedQueryIds"]
    queries: list[dict[str, Any]] = (
        athena.batch_get_named_query(NamedQueryIds=ids)["NamedQueries"] if ids else []
    )
    return queries


def check_named_queries(world: World) -> None:
    """A template's named queries are its workgroup's, change with it, and go with it."""
    cloudformation, stack, workgroup = (
        world.client("cloudformation"),
        world.name("stack"),
        world.name("group"),
    )

    def template(sql: str) -> str:
        query = {"Database": "shop", "QueryString": sql, "Name": "orders", "WorkGroup": {"Ref": "Group"}}
        return json.dumps(
            {
                "Resources": {
                    "Group": {"Type": "AWS::Athena::WorkGroup", "Properties": {"Name": workgroup}},
                    "Query": {"Type": "AWS::Athena::NamedQuery", "Properties": query},
                }
            }
        )

    cloudformation.create_stack(StackName=stack, TemplateBody=template("SELECT 1"))
    cloudformation.get_waiter("stack_create_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})
    [first] = saved(world, workgroup)
    assert (first["Name"], first["Database"], first["QueryString"]) == ("orders", "shop", "SELECT 1")
    cloudformation.update_stack(StackName=stack, TemplateBody=template("SELECT 2"))
    cloudformation.get_waiter("stack_update_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})
    [second] = saved(world, workgroup)
    assert second["QueryString"] == "SELECT 2"
    cloudformation.delete_stack(StackName=stack)
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})
    assert saved(world, workgroup) == []


def check_primary(world: World) -> None:
    """Where a template names no workgroup, a query is the primary one's, which is always there."""
    cloudformation, stack, name = world.client("cloudformation"), world.name("stack"), world.name("query")
    query = {"Database": "shop", "QueryString": "SELECT 1", "Name": name}
    template = {"Resources": {"Query": {"Type": "AWS::Athena::NamedQuery", "Properties": query}}}
    cloudformation.create_stack(StackName=stack, TemplateBody=json.dumps(template))
    cloudformation.get_waiter("stack_create_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})
    assert name in [item["Name"] for item in saved(world, "primary")]


def test_primary_workgroup_exists_before_the_first_request(world: World) -> None:
    check_primary(world)


def test_template_named_query_is_created_updated_and_deleted(world: World) -> None:
    check_named_queries(world)
