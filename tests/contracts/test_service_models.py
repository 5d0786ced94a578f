"""botocore's models, read without botocore, say what botocore says."""

from __future__ import annotations

import botocore.session
import pytest
from botocore.model import ListShape, MapShape, Shape, StructureShape

from localcloud.contracts.service_models import ModelShape, read_model, services

SESSION = botocore.session.get_session()


def test_services_are_those_that_botocore_lists() -> None:
    assert services() == set(SESSION.get_available_services())


@pytest.mark.parametrize(
    ("service", "operation"), [("firehose", "CreateDeliveryStream"), ("sqs", "SendMessage")]
)
def test_shapes_are_those_of_botocore(service: str, operation: str) -> None:
    theirs = SESSION.get_service_model(service).operation_model(operation).input_shape
    visited: set[str] = set()

    def compare(ours: ModelShape, expected: Shape) -> None:
        assert (ours.name, ours.type_name) == (expected.name, expected.type_name)
        assert expected.metadata.items() <= ours.metadata.items()
        if expected.name in visited:
            return
        visited.add(expected.name)
        match expected:
            case StructureShape():
                assert ours.required_members == expected.required_members
                for name, member in expected.members.items():
                    compare(ours.members[name], member)
            case ListShape():
                compare(ours.member, expected.member)
            case MapShape():
                compare(ours.value, expected.value)

    assert theirs is not None
    compare(ModelShape.of_input(read_model(service), operation), theirs)


def test_unknown_service_has_no_model() -> None:
    with pytest.raises(KeyError):
        read_model("nosuch")
