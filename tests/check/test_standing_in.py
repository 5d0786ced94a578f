"""Stand-ins: what the start says of them, and that the check says the same."""

from __future__ import annotations

import json
from pathlib import Path

from localcloud.check.run import check
from localcloud.check.standing_in import standing_in
from localcloud.contracts.stand_ins import StandIn, stand_in_of
from localcloud.stack.template import read_template

TEMPLATE = {
    "Parameters": {"Big": {"Type": "String", "Default": "no"}},
    "Conditions": {"IsBig": {"Fn::Equals": [{"Ref": "Big"}, "yes"]}},
    "Resources": {
        "Queue": {"Type": "AWS::SQS::Queue"},
        "Graph": {"Type": "AWS::Neptune::DBCluster"},
        "Other": {"Type": "AWS::Neptune::DBCluster", "Condition": "IsBig"},
    },
}


def write(folder: Path) -> Path:
    path = folder / "template.json"
    path.write_text(json.dumps(TEMPLATE))
    return path


def test_start_says_what_the_check_says_of_the_same_values(tmp_path: Path) -> None:
    path = write(tmp_path)
    for values, names in (({}, ("Graph",)), ({"Big": "yes"}, ("Graph", "Other"))):
        start = standing_in(read_template(path), path, values)
        warnings = [item.message for item in check(path, values=values) if item.rule == "unserved-type"]
        assert start.names == names
        assert [message.partition(": ")[0] for message in warnings] == list(names)
        [sentence] = start.sentences
        assert {f"{message.partition(': ')[2]} ({', '.join(names)})" for message in warnings} == {sentence}
    assert start.summary() == "2 of 3 resources are stand-ins: Graph, Other"
    assert sentence == (
        "AWS::Neptune::DBCluster: there is no graph database here; it is created as a stand-in, and calls to "
        "it fail (Graph, Other)"
    )


def test_template_without_stand_ins_has_no_summary(tmp_path: Path) -> None:
    path = tmp_path / "template.json"
    path.write_text(json.dumps({"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}))
    start = standing_in(read_template(path), path, {})
    assert (start.sentences, start.summary()) == ((), "")


def test_attributes_have_the_form_that_their_names_promise() -> None:
    values = {"Engine": "aurora-postgresql", "DBClusterIdentifier": "orders"}
    database = StandIn(
        *("AWS::RDS::DBCluster", "local-Db-1F", values, ("DBClusterIdentifier",)),
        *("eu-west-1", "000000000000"),
    )
    assert database.ref == "orders"
    assert database.attribute("Endpoint.Port") == "5432"
    assert database.attribute("Engine") == "aurora-postgresql"
    assert database.attribute("DBClusterArn") == "arn:aws:rds:eu-west-1:000000000000:cluster:local-db-1f"
    address = database.attribute("Endpoint.Address")
    assert isinstance(address, str)
    assert stand_in_of(address) == "local-db-1f"
    server = StandIn("AWS::EC2::Instance", "s", {}, ("InstanceId",), "eu-west-1", "000000000000")
    assert server.ref.startswith("i-")
    assert len(server.ref) == 19
