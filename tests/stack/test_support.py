"""What the local cloud does not do is named, once for each finding."""

from localcloud.stack.support import unsupported
from localcloud.stack.template import Json


def test_supported_property_is_not_named() -> None:
    assert (
        unsupported({"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": 1}}}})
        == []
    )


def test_unsupported_protocols_are_named() -> None:
    away: dict[str, Json] = {"Protocol": "https", "Endpoint": "https://u:p@hooks.example.com/x"}
    inline: dict[str, Json] = {"Subscription": [{"Protocol": "sms"}, {"Protocol": "sqs"}, {"Ref": "X"}]}
    template: dict[str, Json] = {
        "Resources": {
            "A": {"Type": "AWS::SNS::Subscription", "Properties": {"Protocol": "email"}},
            "B": {"Type": "AWS::SNS::Subscription", "Properties": {"Protocol": "https"}},
            "C": {"Type": "AWS::SNS::Subscription", "Properties": away},
            "T": {"Type": "AWS::SNS::Topic", "Properties": inline},
        }
    }
    assert unsupported(template) == [
        "AWS::SNS::Subscription: nothing is delivered by email (A)",
        "AWS::SNS::Subscription: nothing is delivered to hooks.example.com, which is not on this machine (C)",
        "AWS::SNS::Topic: nothing is delivered by sms (T)",
    ]


def test_unsupported_type_is_named_with_its_resources() -> None:
    template: dict[str, Json] = {"Resources": {name: {"Type": "AWS::EC2::Instanze"} for name in ("B", "A")}}
    assert unsupported(template) == [
        "AWS::EC2::Instanze is not served by the local cloud: AWS has no such type (A, B)"
    ]


def test_property_without_effect_has_its_reason() -> None:
    template: dict[str, Json] = {
        "Resources": {
            "T": {
                "Type": "AWS::DynamoDB::Table",
                "UpdatePolicy": {},
                "Properties": {"SSESpecification": {"SSEEnabled": True}, "Bogus": 1, "TableName": "t"},
            }
        }
    }
    assert unsupported(template) == [
        "AWS::DynamoDB::Table: Bogus is not supported (T)",
        "AWS::DynamoDB::Table: the attribute UpdatePolicy is ignored (T)",
        "without effect on one machine: "
        "DynamoDB::Table SSESpecification (there is no disk or backup to keep it on)",
    ]
