"""Answers of SQS and SNS in the JSON that API Gateway gets from them."""

from __future__ import annotations

import json

from localcloud.gateway.mapping.query_answers import in_json

RECEIVED = """<?xml version="1.0"?><ReceiveMessageResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/">
<ReceiveMessageResult><Message><MessageId>m</MessageId><Body>b</Body>
<Attribute><Name>SentTimestamp</Name><Value>1</Value></Attribute></Message></ReceiveMessageResult>
<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></ReceiveMessageResponse>"""


def test_received_messages_are_a_list_with_attributes_by_name() -> None:
    ((message,),) = [
        json.loads(in_json(RECEIVED))["ReceiveMessageResponse"]["ReceiveMessageResult"]["messages"]
    ]
    assert message == {
        **{"MessageId": "m", "Body": "b", "Attributes": {"SentTimestamp": "1"}},
        **{"MD5OfMessageAttributes": None, "MessageAttributes": None},
    }


def test_empty_receive_has_null_messages() -> None:
    empty = "<ReceiveMessageResponse><ReceiveMessageResult/></ReceiveMessageResponse>"
    assert json.loads(in_json(empty)) == {
        "ReceiveMessageResponse": {"ReceiveMessageResult": {"messages": None}}
    }


def test_published_message_has_its_id_and_no_sequence_number() -> None:
    answer = "<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>"
    result = json.loads(in_json(answer))["PublishResponse"]["PublishResult"]
    assert result == {"MessageId": "m", "SequenceNumber": None}


def test_error_is_not_wrapped() -> None:
    error = "<ErrorResponse><Error><Code>C</Code></Error><RequestId>r</RequestId></ErrorResponse>"
    assert json.loads(in_json(error)) == {"Error": {"Code": "C"}, "RequestId": "r"}


def test_body_that_is_no_xml_is_unchanged() -> None:
    assert in_json('{"MessageId": "m"}') == '{"MessageId": "m"}'
