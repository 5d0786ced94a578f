"""Regions that a template holds for its own resources."""

from __future__ import annotations

import pytest

from localcloud.stack.regions import replaced_regions, with_local_regions
from localcloud.stack.template import Json, properties, resources

HERE: Json = {"Ref": "AWS::Region"}


def template(region: Json, pool: Json) -> dict[str, Json]:
    config: Json = {"UserPoolId": pool, "AwsRegion": region}
    api: Json = {"Type": "AWS::AppSync::GraphQLApi", "Properties": {"Name": "a", "UserPoolConfig": config}}
    return {"Resources": {"Api": api, "Pool": {"Type": "AWS::Cognito::UserPool"}}}


def region_of(local: dict[str, Json]) -> Json:
    config = properties(resources(local)["Api"])["UserPoolConfig"]
    assert isinstance(config, dict)
    return config["AwsRegion"]


def test_pool_of_the_template_is_found_in_the_region_of_the_start() -> None:
    local = with_local_regions(template("eu-west-1", {"Ref": "Pool"}), {})
    assert region_of(local) == HERE
    [(logical_id, sentence)] = replaced_regions(local)
    assert (logical_id, "is written for eu-west-1" in sentence) == ("Api", True)


@pytest.mark.parametrize(
    ("region", "pool"),
    [("us-east-1", {"Ref": "Pool"}), (HERE, {"Ref": "Pool"}), ("eu-west-1", "eu-west-1_abc")],
)
def test_region_stays_when_it_is_right_or_another_pools(region: Json, pool: Json) -> None:
    whole = template(region, pool)
    assert with_local_regions(whole, {}) is whole
    assert not list(replaced_regions(whole))


def test_region_that_is_written_out_stays_when_it_is_that_of_the_start() -> None:
    whole = template("eu-west-1", {"Ref": "Pool"})
    assert with_local_regions(whole, {"AWS::Region": "eu-west-1"}) is whole
