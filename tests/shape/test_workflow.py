"""The state machine's definition against the transition table, and against the States Language."""

from __future__ import annotations

import json
import re

import pytest

from orders.status import FINAL, TRANSITIONS, FailureReason, OrderStatus, allowed_from
from tests.shape import shape
from tests.shape.shape import Document
from tools import workflow

WRITES = {
    name: state
    for name, state in shape.states().items()
    if state.get("Resource") == "arn:aws:states:::dynamodb:updateItem"
}


FROM_THE_WORKFLOW_ALONE = {"MarkConfirmed": ["VALIDATED"]}
"""Only a decision leaves AWAITING_APPROVAL for CONFIRMED."""


REDRIVEN = {"ReleaseStock", "VoidPayment", "MarkFailed"}
"""What gives up here is for a redrive to go on from, so the execution fails in the state itself."""


def target(state: Document) -> OrderStatus:
    return OrderStatus(state["Parameters"]["ExpressionAttributeValues"][":status"]["S"])


def successors(state: Document) -> set[str]:
    rules = [*state.get("Choices", []), *state.get("Catch", []), state]
    return {rule[key] for rule in rules for key in ("Next", "Default") if key in rule}


def test_workflow_writes_every_status_except_those_of_others() -> None:
    assert {target(state) for state in WRITES.values()} == set(OrderStatus) - {
        OrderStatus.RECEIVED,  # written when the order is recorded
        OrderStatus.CANCELLED,  # by its customer
        OrderStatus.REJECTED,  # by staff
    }


@pytest.mark.parametrize("name", sorted(WRITES))
def test_status_write_requires_an_allowed_previous_status(name: str) -> None:
    parameters = WRITES[name]["Parameters"]
    values = parameters["ExpressionAttributeValues"]
    match = re.fullmatch(r"#status IN \((.+)\)", parameters["ConditionExpression"])
    assert match
    sources = [values[placeholder]["S"] for placeholder in match.group(1).split(", ")]
    allowed = [status.value for status in allowed_from(target(WRITES[name]))]
    assert sources == FROM_THE_WORKFLOW_ALONE.get(name, allowed)


@pytest.mark.parametrize("name", sorted(WRITES))
def test_status_write_is_one_change_with_version_and_origin(name: str) -> None:
    parameters = WRITES[name]["Parameters"]
    values = parameters["ExpressionAttributeValues"]
    status = target(WRITES[name])
    reasons = {
        OrderStatus.FAILED: {"S.$": "$.failure.reason"},
        OrderStatus.EXPIRED: {"S": "APPROVAL_TIMEOUT"},
    }
    ended = status in reasons
    at = {"S.$": "$$.State.EnteredTime"}
    why = {"reason": reasons[status]} if ended else {}
    assert name == f"Mark{status.title().replace('_', '')}"
    assert parameters["TableName"] == "${OrdersTable}"
    assert parameters["Key"] == {
        "pk": {"S.$": "States.Format('ORDER#{}', $.orderId)"},
        "sk": {"S": "STATE"},
    }
    assert parameters["UpdateExpression"] == (
        "SET #status = :status, version = version + :one, history = list_append(history, :entry), "
        f"updatedAt = :at, {'reason = :reason, ' if ended else ''}lastChange = :change "
        "REMOVE pendingKey, pendingSince"
    )
    assert values[":one"] == {"N": "1"}
    assert values[":at"] == at
    assert values[":entry"] == {"L": [{"M": {"status": {"S": status.value}, "at": at, **why}}]}
    assert values[":change"] == {
        "M": {"execution": {"S.$": "$$.Execution.Id"}, "state": {"S.$": "$$.State.Name"}}
    }
    # DynamoDB refuses a value that no expression uses.
    expressions = parameters["UpdateExpression"] + parameters["ConditionExpression"]
    assert set(re.findall(r":\w+", expressions)) == set(values)


@pytest.mark.parametrize("name", sorted(WRITES))
def test_failed_condition_of_a_write_is_examined_and_not_retried(name: str) -> None:
    state = WRITES[name]
    lost = ["DynamoDB.ConditionalCheckFailedException"]
    assert state["Retry"][0] == {"ErrorEquals": lost, "MaxAttempts": 0}
    assert state["Catch"][0]["ErrorEquals"] == lost
    assert state["Catch"][0]["Next"] == ("Finish" if name == "MarkFailed" else "ReadOrder")


def test_write_with_a_lost_answer_continues_on_its_route() -> None:
    routes = {}
    for rule in shape.states()["WhoseChange"]["Choices"]:
        if "And" not in rule or "StringEqualsPath" not in rule["And"][1]:
            continue
        present, ours, which = rule["And"]
        assert present == {"Variable": "$.read.Item.lastChange.M.execution.S", "IsPresent": True}
        assert ours["StringEqualsPath"] == "$$.Execution.Id"
        routes[which["StringEquals"]] = rule["Next"]
    assert routes == {name: state["Next"] for name, state in WRITES.items() if name != "MarkFailed"}


def test_changes_of_others_are_distinguished() -> None:
    choice = shape.states()["WhoseChange"]
    approved, missing, final = choice["Choices"][-3:]
    assert [rule.get("StringEquals") for rule in approved["And"]] == [None, "decideOrder", "CONFIRMED"]
    assert approved["Next"] == shape.states()["MarkConfirmed"]["Next"]
    assert (missing["Variable"], missing["IsPresent"]) == ("$.read.Item", False)
    # Delivered is final too, and keeps what it has.
    ends = {rule["StringEquals"] for rule in final["Or"]}
    assert ends == set(FINAL) - {OrderStatus.DELIVERED}
    assert (missing["Next"], final["Next"], choice["Default"]) == ("Overtaken", "Overtaken", "Finish")


def test_outside_fulfilment_leaves_the_order_when_it_is_confirmed() -> None:
    text = (shape.APPSYNC / "workflow" / "order.asl.json").read_text(encoding="utf-8")
    assert json.loads(text)["States"]["MarkConfirmed"]["Next"] == "${AfterConfirmed}"
    first = shape.states()["WhoseChange"]["Choices"][0]
    assert [rule.get("StringEquals") for rule in first["And"]] == [None, "CONFIRMED", "external"]
    assert first["Next"] == "Done"
    machines = shape.resources("AWS::StepFunctions::StateMachine")
    for name in ("OrderWorkflow", "ExpressWorkflow"):
        values = machines[name]["DefinitionSubstitutions"]
        assert values["AfterConfirmed"] == {"Fn::If": ["FulfilledOutside", "Done", "WaitToPack"]}, name
        assert values["Fulfilment"] == {"Ref": "Fulfilment"}, name


def test_task_token_is_stored_only_while_the_order_waits() -> None:
    state = shape.states()["AwaitDecision"]
    assert state["Resource"] == "arn:aws:states:::aws-sdk:dynamodb:transactWriteItems.waitForTaskToken"
    check, put = state["Parameters"]["TransactItems"]
    assert check["ConditionCheck"]["ConditionExpression"] == "#status = :awaiting"
    assert put["Put"]["Item"]["sk"] == {"S": "APPROVAL"}
    assert put["Put"]["Item"]["taskToken"] == {"S.$": "$$.Task.Token"}
    assert json.dumps(shape.workflow()).count("$$.Task.Token") == 1
    assert state["TimeoutSecondsPath"] == "$.settings.approvalSeconds"
    assert [rule["Next"] for rule in state["Catch"]] == ["MarkExpired", "ReadOrder", "InternalError"]


def test_workflow_requests_allowed_transitions_alone() -> None:
    """Walk it: whatever path leads from one write to the next, the table has that step."""
    table = shape.workflow()["States"]
    for name, state in WRITES.items():
        received: set[str] = set()
        todo = {state["Next"]} - {"Overtaken"}
        while todo:
            following = todo.pop()
            if following in WRITES and name != following:
                assert target(WRITES[following]) in TRANSITIONS[target(state)], f"{name} -> {following}"
            elif following not in received:
                received.add(following)
                # ReadOrder is entered by a write that failed, so it does not continue this one's path.
                # (After a wait for a human it continues one, and leads where the status says.)
                # Overtaken leads past MarkFailed: the order has its end.
                todo |= successors(table[following]) - {"ReadOrder", "Overtaken"}


def test_every_reason_is_in_the_schema() -> None:
    text = json.dumps(shape.workflow())
    reasons = set(re.findall(r'"reason": "(\w+)"', text)) - {"NONE", "OVERTAKEN"}
    reasons |= set(re.findall(r'":reason": {"S": "(\w+)"}', text))
    assert reasons == {reason.value for reason in FailureReason} - {"CUSTOMER_REQUEST", "NOT_APPROVED"}


def test_overtaken_is_never_written_as_a_reason() -> None:
    compensated = shape.states()["Compensated"]
    assert compensated["Choices"] == [
        {"Variable": "$.failure.reason", "StringEquals": "OVERTAKEN", "Next": "Finish"}
    ]


def test_state_names_are_unique_and_every_transition_has_a_target() -> None:
    names = [name for _, machine in shape.machines() for name in machine["States"]]
    assert len(names) == len(set(names))
    for _, machine in shape.machines():
        inside = set(machine["States"])
        reached = {machine["StartAt"]}
        for state in machine["States"].values():
            assert successors(state) <= inside
            reached |= successors(state)
        assert reached == inside, "a state that nothing leads to"


def test_every_unsuccessful_path_passes_through_the_last_step() -> None:
    table = shape.workflow()["States"]
    ends = {name for name, state in table.items() if state["Type"] in {"Succeed", "Fail"}}
    assert successors(table["Finish"]) == ends
    for name, state in table.items():
        if name in {"MarkDelivered", "WhoseChange"}:  # a delivered order needs no judgement
            assert successors(state) & ends == {"Done"}
        elif name != "Finish":
            assert not successors(state) & ends
        assert "End" not in state


def test_plain_order_takes_at_most_fifteen_transitions() -> None:
    """Standard Step Functions charges each; an item of the map is one more."""
    table, name, count = shape.workflow()["States"], "Validate", 0
    while name:
        state = table[name]
        count += 1
        if name == "ReserveAndAuthorize":
            count += 3  # map, its one item, payment
        name = "MarkConfirmed" if name == "BothDone" else state.get("Next", "")
    assert count == 15


def test_items_are_mapped_with_limited_concurrency_and_a_result_each() -> None:
    reserve = shape.states()["ReserveStock"]
    assert reserve["Type"] == "Map"
    assert 1 < reserve["MaxConcurrency"] <= 10
    item = reserve["ItemProcessor"]["States"]
    passes = [state for state in item.values() if state["Type"] == "Pass"]
    results = [state.get("Result") or state.get("Parameters") for state in passes]
    assert [result["reason"] for result in results] == ["OUT_OF_STOCK", "INTERNAL_ERROR"]
    assert item["ReserveItem"]["ResultSelector"] == {"reason": "NONE"}


@pytest.mark.parametrize("name", sorted(n for n, s in shape.states().items() if s["Type"] == "Task"))
def test_every_task_is_retried_and_catches_all_errors_except_redriven_ones(name: str) -> None:
    state = shape.states()[name]
    if name not in REDRIVEN:
        assert state["Catch"][-1]["ErrorEquals"] == ["States.ALL"]
    assert any(rule.get("MaxAttempts", 3) > 0 and "BackoffRate" in rule for rule in state["Retry"])
    for rules in (state["Retry"], state.get("Catch", [])):
        for rule in rules:
            # The States Language: States.ALL stands alone, and last.
            assert "States.ALL" not in rule["ErrorEquals"] or rule["ErrorEquals"] == ["States.ALL"]
        assert all("States.ALL" not in rule["ErrorEquals"] for rule in rules[:-1])


@pytest.mark.parametrize(
    ("task", "errors"),
    [
        ("Validate", {"UnknownItem"}),
        ("ReserveItem", {"OutOfStock", "AlreadyCompensated"}),
        ("AuthorizePayment", {"PaymentDeclined", "PaymentTimeout", "AlreadyCompensated"}),
    ],
)
def test_business_error_is_not_retried(task: str, errors: set[str]) -> None:
    rule = shape.states()[task]["Retry"][0]
    assert (set(rule["ErrorEquals"]), rule["MaxAttempts"]) == (errors, 0)


def test_task_input_is_the_same_for_every_attempt() -> None:
    for name, state in shape.states().items():
        if state.get("Resource") == "arn:aws:states:::lambda:invoke":
            item = {"sku.$": "$.sku", "quantity.$": "$.quantity"} if name == "ReserveItem" else {}
            assert state["Parameters"]["Payload"] == {"orderId.$": "$.orderId", **item}


def test_template_fills_every_placeholder() -> None:
    text = (shape.APPSYNC / "workflow" / "order.asl.json").read_text(encoding="utf-8")
    machine = shape.resources("AWS::StepFunctions::StateMachine")["OrderWorkflow"]
    assert set(re.findall(r"\$\{(\w+)\}", text)) == set(machine["DefinitionSubstitutions"])
    assert len(text) < 1_048_576


def test_provider_times_out_before_the_task_and_the_task_before_the_function() -> None:
    """The party that gives up first knows why: a function that is cut off leaves only a timeout."""
    pattern = shape.template()["Parameters"]["PaymentTimeoutSeconds"]["AllowedPattern"]
    longest = max(number for number in range(1_000) if re.fullmatch(pattern, str(number)))
    function = shape.resources("AWS::Lambda::Function")["AuthorizePaymentFunction"]
    seconds = shape.states()["Validate"]["ResultSelector"]["paymentTaskSeconds.$"]
    match = re.fullmatch(
        r"States.MathAdd\(States.StringToJson\('\$\{PaymentTimeoutSeconds\}'\), (\d+)\)", seconds
    )
    assert match
    assert 0 < int(match.group(1)) < function["Timeout"] - longest
    assert shape.states()["AuthorizePayment"]["TimeoutSecondsPath"] == "$.settings.paymentTaskSeconds"


@pytest.mark.parametrize("name", ["PaceSeconds", "PaymentTimeoutSeconds", "ApprovalSeconds"])
def test_parameters_in_seconds_are_whole_numbers(name: str) -> None:
    """A Wait or a task's time limit that is given a fraction fails each order that comes to it."""
    parameter = shape.template()["Parameters"][name]
    assert re.fullmatch(parameter["AllowedPattern"], parameter["Default"])
    for value in ("0.5", "-1", "1e3", "", "007", "1000000000"):
        assert not re.fullmatch(parameter["AllowedPattern"], value)


def test_workflow_files_are_generated_by_their_tool() -> None:
    for path, text in workflow.files().items():
        assert path.read_text(encoding="utf-8") == text, "run tools/workflow.py"
