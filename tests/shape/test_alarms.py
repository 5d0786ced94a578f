"""Whatever can fail has a place for its failures, and an alarm.

The rules are about kinds of resources, so they hold for those that are added later.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.shape import shape
from tools.alarms import INTRODUCTION, PAGE, alarms, render, whole_template

ALARMS = shape.resources("AWS::CloudWatch::Alarm")
QUEUES = shape.resources("AWS::SQS::Queue")
FUNCTIONS = shape.resources("AWS::Lambda::Function")
MAPPINGS = shape.resources("AWS::Lambda::EventSourceMapping")
RULES = shape.resources("AWS::Events::Rule")
INVOCATIONS = {
    shape.reference(body["FunctionName"]): body
    for body in shape.resources("AWS::Lambda::EventInvokeConfig").values()
}
MACHINES = shape.resources("AWS::StepFunctions::StateMachine")
# Conditions that ask for another one.
IMPLIED = {"BusWebhooksOn": "BusOn"}
# The account's, since concurrency is shared by all functions in it.
OF_THE_ACCOUNT = {"Throttles"}


def condition(name: str) -> object:
    return shape.everything()[name].get("Condition")


def watched(metric: str) -> set[str]:
    """Return the resources that have an alarm of a metric."""
    return {
        shape.reference(dimension["Value"])
        for body in ALARMS.values()
        if body["MetricName"] == metric
        for dimension in body.get("Dimensions", [])
        if not isinstance(dimension["Value"], str)
    }


def places_of_failures() -> set[str]:
    """Return the queues where something puts what it could not do."""
    watched = {
        shape.reference(body["RedrivePolicy"]["deadLetterTargetArn"])
        for body in QUEUES.values()
        if "RedrivePolicy" in body
    }
    watched |= {
        shape.reference(body["DeadLetterConfig"]["TargetArn"])
        for body in FUNCTIONS.values()
        if "DeadLetterConfig" in body
    }
    for body in [*MAPPINGS.values(), *INVOCATIONS.values()]:
        if "DestinationConfig" in body:
            watched.add(shape.reference(body["DestinationConfig"]["OnFailure"]["Destination"]))
    watched |= {
        shape.reference(t["DeadLetterConfig"]["Arn"]) for rule in RULES.values() for t in rule["Targets"]
    }
    # The function that subscribes endpoints gives them this queue.
    variables = FUNCTIONS["ManageWebhooksFunction"]["Environment"]["Variables"]
    return watched | {shape.reference(variables["WEBHOOK_DEAD_LETTERS_ARN"]["Fn::If"][1])}


def asynchronous() -> set[str]:
    """Return the functions that callers invoke without waiting."""
    targets = {shape.reference(target["Arn"]) for rule in RULES.values() for target in rule["Targets"]}
    subscribed = {
        shape.reference(body["Endpoint"])
        for body in shape.resources("AWS::SNS::Subscription").values()
        if body["Protocol"] == "lambda"
    }
    # What AppSync and the queues' workers start by an Event.
    durable = {name for name, body in FUNCTIONS.items() if "DurableConfig" in body}
    return (targets | subscribed | durable) & FUNCTIONS.keys()


def test_every_dead_letter_queue_has_an_alarm_and_the_suffix_of_its_kind() -> None:
    places = places_of_failures()
    assert places == {name for name in QUEUES if name.endswith("DeadLetters")}
    assert places <= watched("ApproximateNumberOfMessagesVisible")


def test_staff_may_read_and_redrive_every_dead_letter_queue() -> None:
    body = FUNCTIONS["ManageDeadLettersFunction"]
    lines = json.dumps(body["Environment"]["Variables"]["DEAD_LETTERS"])
    assert set(re.findall(r"\$\{(\w+DeadLetters)\}", lines)) == places_of_failures()
    role = shape.resources("AWS::IAM::Role")[shape.reference(body["Role"])]
    statements = json.dumps(role["Policies"])
    assert set(re.findall(r"\w+DeadLetters(?=\", \"Arn)", statements)) == places_of_failures()


def test_dead_letter_alarm_names_the_place_as_the_command_line_does() -> None:
    lines = json.dumps(FUNCTIONS["ManageDeadLettersFunction"]["Environment"]["Variables"]["DEAD_LETTERS"])
    names = {queue: name for name, queue in re.findall(r"([\w-]+) [A-Z]+ \$\{(\w+DeadLetters)\}", lines)}
    assert names.keys() == places_of_failures()
    for body in ALARMS.values():
        if body["MetricName"] == "ApproximateNumberOfMessagesVisible":
            queue = shape.reference(body["Dimensions"][0]["Value"])
            if queue in names:
                assert f"orderwire dlq redrive {names[queue]}" in body["AlarmDescription"], queue


def test_every_queue_has_alarms_of_age_and_depth() -> None:
    assert watched("ApproximateAgeOfOldestMessage") == set(QUEUES)
    assert watched("ApproximateNumberOfMessagesVisible") == set(QUEUES)


def test_old_letter_fires_its_alarm_before_it_is_deleted() -> None:
    for body in ALARMS.values():
        if body["MetricName"] == "ApproximateAgeOfOldestMessage":
            [dimension] = body["Dimensions"]
            kept = QUEUES[shape.reference(dimension["Value"])].get("MessageRetentionPeriod", 345_600)
            assert body["Threshold"] <= kept - 3 * 86_400


def test_asynchronous_function_has_a_maximum_age_retries_and_a_destination() -> None:
    assert asynchronous() == set(INVOCATIONS)
    for name, body in INVOCATIONS.items():
        assert 60 <= body["MaximumEventAgeInSeconds"] <= 21_600
        assert 0 <= body["MaximumRetryAttempts"] <= 2
        # An execution of a durable function is kept when it fails, has an alarm, and is redriven.
        kept = "DurableConfig" in FUNCTIONS[name]
        assert kept or ("DestinationConfig" in body) != ("DeadLetterConfig" in FUNCTIONS[name]), name


def test_stream_mapping_gives_up_on_a_record_with_a_destination() -> None:
    streams = {name: body for name, body in MAPPINGS.items() if "StartingPosition" in body}
    assert streams
    for name, body in streams.items():
        assert body["BisectBatchOnFunctionError"] is True, name
        assert body["MaximumRetryAttempts"] >= 1, name
        assert 60 <= body["MaximumRecordAgeInSeconds"] <= 86_400, name
        assert "OnFailure" in body["DestinationConfig"], name
    assert watched("IteratorAge") == {shape.reference(body["FunctionName"]) for body in streams.values()}


def test_queue_mapping_reads_a_queue_with_dead_letters() -> None:
    for name, body in MAPPINGS.items():
        source = shape.reference(body["EventSourceArn"])
        assert source not in QUEUES or "RedrivePolicy" in QUEUES[source], name


def test_rule_target_has_retries_and_a_dead_letter_queue_with_a_policy() -> None:
    policies = {
        shape.reference(queue): body["PolicyDocument"]["Statement"]
        for body in shape.resources("AWS::SQS::QueuePolicy").values()
        for queue in body["Queues"]
    }
    for name, rule in RULES.items():
        for target in rule["Targets"]:
            assert set(target["RetryPolicy"]) == {"MaximumRetryAttempts", "MaximumEventAgeInSeconds"}, name
            [statement] = policies[shape.reference(target["DeadLetterConfig"]["Arn"])]
            assert statement["Principal"] == {"Service": "events.amazonaws.com"}
            sources = statement["Condition"]["ArnEquals"]["aws:SourceArn"]
            sources = sources if isinstance(sources, list) else [sources]
            assert name in map(shape.reference, sources)
    assert losses_watched() == set(RULES)


def losses_watched() -> set[str]:
    """Return the rules whose losses have an alarm: those of a bus of ours are named with their bus."""
    names = {
        (rule.get("EventBusName", {}).get("Ref"), rule.get("Name")): name for name, rule in RULES.items()
    }
    alarmed = set()
    for body in ALARMS.values():
        if body["MetricName"] == "InvocationsFailedToBeSentToDlq":
            dimensions = {each["Name"]: each["Value"] for each in body["Dimensions"]}
            rule = dimensions["RuleName"]
            if isinstance(rule, dict):
                assert "EventBusName" not in dimensions
                alarmed.add(shape.reference(rule))
            else:
                alarmed.add(names[dimensions["EventBusName"]["Ref"], rule])
    return alarmed


def test_function_that_cannot_write_dead_letters_has_an_alarm() -> None:
    destinations = {name for name, body in INVOCATIONS.items() if "DestinationConfig" in body}
    destinations |= {
        shape.reference(body["FunctionName"]) for body in MAPPINGS.values() if "DestinationConfig" in body
    }
    assert watched("DestinationDeliveryFailures") == destinations
    assert watched("DeadLetterErrors") == {n for n, body in FUNCTIONS.items() if "DeadLetterConfig" in body}
    topics = set(shape.resources("AWS::SNS::Topic")) - {"AlarmTopic"}
    assert watched("NumberOfNotificationsFailedToRedriveToDlq") == topics


def test_every_function_and_workflow_has_its_alarms() -> None:
    assert watched("Errors") == set(FUNCTIONS)
    for metric in ("ExecutionsFailed", "ExecutionsTimedOut", "ExecutionThrottled"):
        assert watched(metric) == set(MACHINES)
    standard = {name for name, body in MACHINES.items() if body["StateMachineType"] == "STANDARD"}
    assert watched("ExecutionsAborted") == standard  # an Express execution cannot be stopped
    assert {body["MetricName"] for body in ALARMS.values() if "Dimensions" not in body} == OF_THE_ACCOUNT


def test_every_api_has_an_alarm() -> None:
    assert watched("5XXError") == set(shape.resources("AWS::AppSync::GraphQLApi"))
    named = [
        (dimension["Name"], dimension["Value"])
        for body in ALARMS.values()
        if body["MetricName"] == "5XXError"
        for dimension in body["Dimensions"]
    ]
    for api in shape.resources("AWS::ApiGateway::RestApi").values():
        assert ("ApiName", api["Name"]) in named


@pytest.mark.parametrize("name", sorted(ALARMS))
def test_alarm_announces_when_it_fires_and_clears(name: str) -> None:
    body = ALARMS[name]
    assert body["AlarmActions"] == body["OKActions"] == [{"Ref": "AlarmTopic"}]
    assert body["TreatMissingData"] in {"notBreaching", "breaching"}
    assert len(body["AlarmDescription"]) <= 1024  # AWS takes no more
    assert name.endswith("Alarm")
    for dimension in body.get("Dimensions", []):
        if not isinstance(dimension["Value"], str):
            needed = condition(shape.reference(dimension["Value"]))
            assert needed in {condition(name), IMPLIED.get(str(condition(name)))}


def test_log_text_named_by_an_alarm_is_logged() -> None:
    folders = ("resolvers", "chalice_app/chalicelib", "appsync/js")
    paths = [path for folder in folders for path in (shape.ROOT / folder).rglob("*.[pj][ys]*")]
    logged = "\n".join(path.read_text(encoding="utf-8") for path in paths if path.suffix in {".py", ".js"})
    phrases = {
        phrase for body in ALARMS.values() for phrase in re.findall('"(.*?)"', body["AlarmDescription"])
    }
    assert len(phrases) > 8
    assert [phrase for phrase in sorted(phrases) if phrase not in logged] == []


def test_log_group_named_by_an_alarm_exists() -> None:
    groups = shape.resources("AWS::Logs::LogGroup").keys()
    named = {
        name for body in ALARMS.values() for name in re.findall(r"\b\w+Logs\b", body["AlarmDescription"])
    }
    assert named <= groups


def test_cloudwatch_of_this_account_alone_may_publish_alarms() -> None:
    policy = shape.resources("AWS::SNS::TopicPolicy")["AlarmTopicPolicy"]
    [statement] = policy["PolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_alarms_page_is_generated_from_the_template() -> None:
    page = render(whole_template(), INTRODUCTION.read_text(encoding="utf-8"))
    assert PAGE.read_text(encoding="utf-8") == page, "run `make alarms`"
    assert all(f"### {alarm.name}\n" in page for alarm in alarms(whole_template()))


SWITCHES = ("WebhookOn", "ExtraIntakesOn", "IotOn", "SseOn", "BusOn", "ImportsOn")


def with_composed(conditions: dict[str, bool]) -> dict[str, bool]:
    return conditions | {"BusWebhooksOn": conditions["BusOn"] and conditions["WebhookOn"]}


def dashboard(conditions: Mapping[str, bool]) -> Any:
    """Return the dashboard's body as CloudWatch gets it, each reference as its own name."""
    [body] = shape.resources("AWS::CloudWatch::Dashboard").values()
    text, pieces = body["DashboardBody"]["Fn::Sub"]
    for name, piece in pieces.items():
        switch, on, otherwise = piece["Fn::If"]
        chosen = on if conditions[switch] else otherwise
        chosen = chosen["Fn::Sub"] if isinstance(chosen, dict) else chosen
        text = text.replace(f"${{{name}}}", chosen)
    return json.loads(text)


def metrics_on(document: Any) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for widget in document["widgets"]:
        for namespace, name, *rest in widget["properties"]["metrics"]:
            yield namespace, name, tuple(part for part in rest if isinstance(part, str))


@pytest.mark.parametrize("switched", list(itertools.product([True, False], repeat=len(SWITCHES))))
def test_dashboard_refers_to_existing_resources(switched: tuple[bool, ...]) -> None:
    conditions = with_composed(dict(zip(SWITCHES, switched, strict=True)))
    document = dashboard(conditions)
    for name in re.findall(r"\$\{(\w+)[.}]", json.dumps(document)):
        assert conditions.get(str(condition(name)), True), name
    corners = [(w["x"], w["y"]) for w in document["widgets"]]
    assert len(set(corners)) == len(corners)


def test_dashboard_shows_every_metric_with_an_alarm() -> None:
    shown = set(metrics_on(dashboard(with_composed(dict.fromkeys(SWITCHES, True)))))
    # The analytics' own stack has its alarms alone.
    for name in ALARMS.keys() & shape.template()["Resources"].keys():
        body = ALARMS[name]
        namespace = body["Namespace"]
        namespace = namespace["Fn::Sub"] if isinstance(namespace, dict) else namespace
        dimensions: list[str] = []
        for dimension in body.get("Dimensions", []):
            value = dimension["Value"]
            if isinstance(value, dict):
                value = f"${{{'.'.join(value['Fn::GetAtt']) if 'Fn::GetAtt' in value else value['Ref']}}}"
            dimensions += [dimension["Name"], value]
        assert (namespace, body["MetricName"], tuple(dimensions)) in shown, name


def test_alarms_page_shows_commands_as_code_on_one_line() -> None:
    code = re.compile(r"`orderwire dlq redrive [a-z-]+`|redrive PLACE`")
    typed = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if "rderwire dlq re" in line]
    assert typed
    assert not [line for line in typed if not code.search(line)]
