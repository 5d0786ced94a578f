"""The deployed application with a gate in front of everything that it calls."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from tests.faults.gate import open_gate
from tests.faults.template import gated_template
from tests.faults.world import World
from tests.integration.conftest import Person
from tests.localcloud.running import running


@pytest.fixture(scope="package")
def one_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("faults")
    with open_gate() as aws, open_gate() as publishing:
        template = gated_template(folder, aws=aws.url, graphql=f"{publishing.url}/graphql")
        arguments = ("--parameter", "PaceSeconds=0", "--parameter", "PaymentTimeoutSeconds=1")
        with running(folder, template, "--artefacts", *arguments) as cloud:
            aws.target = cloud.engine
            publishing.target = cloud.outputs["GraphQLUrl"]
            world = World(cloud, aws, publishing)
            for queue in ("OrderQueue", "RedeliveryQueue"):
                # Messages of a worker that died come back after this: a minute, as deployed.
                world.sqs.set_queue_attributes(
                    QueueUrl=world.physical[queue], Attributes={"VisibilityTimeout": "2"}
                )
            yield world


@pytest.fixture
def world(one_world: World) -> Iterator[World]:
    """The one world, with no fault in it at the end."""
    yield one_world
    one_world.aws.clear()
    one_world.publishing.clear()


@pytest.fixture
def ada(world: World) -> Person:
    """A customer."""
    return world.person("ada")


@pytest.fixture
def tea(world: World) -> str:
    """An item of which there are ten."""
    sku = f"tea-{uuid.uuid4().hex[:8]}"
    world.stock(sku, 10)
    return sku
