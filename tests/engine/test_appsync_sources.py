"""AppSync's data sources as a template declares them are what the data plane asks."""

from __future__ import annotations

from localcloud.appsync.definition import DeltaSyncConfig, DynamoDBConfig, EventBridgeConfig
from localcloud.appsync.parts import load_data_sources
from tests.engine.appsync_stack import ID, api_with
from tests.engine.world import World

BUS = "arn:aws:events:us-east-1:000000000000:event-bus/orders"


def test_event_bus_and_versioned_table_are_data_sources(world: World) -> None:
    resources = api_with(
        world,
        Bus=(
            "DataSource",
            {"Name": "Bus", "Type": "AMAZON_EVENTBRIDGE", "EventBridgeConfig": {"EventBusArn": BUS}},
        ),
        Table=(
            "DataSource",
            {
                "Name": "Table",
                "Type": "AMAZON_DYNAMODB",
                "DynamoDBConfig": {
                    "TableName": "orders",
                    "AwsRegion": "us-east-1",
                    "Versioned": True,
                    "DeltaSyncConfig": {
                        "BaseTableTTL": "43200",
                        "DeltaSyncTableName": "changes",
                        "DeltaSyncTableTTL": "30",
                    },
                },
            },
        ),
    )
    stack = world.deploy(resources, ID)
    assert stack.status == "CREATE_COMPLETE", stack.reasons()
    data_sources = load_data_sources(world.client("appsync"), stack.outputs["Id"], "us-east-1")
    configs = {source.name: source.config for source in data_sources}
    assert configs["Bus"] == EventBridgeConfig(BUS)
    assert configs["Table"] == DynamoDBConfig("orders", "us-east-1", DeltaSyncConfig("changes", 43_200, 30))
