#!/usr/bin/env bash
# opentelemetry-proto 1.45.2, protobuf 7.36.2: OTLP's JSON is read without an error, and every id in it is wrong.
#
# One would expect: OTLP is defined by protobuf messages and has a JSON form, protobuf has a JSON form of its own
#   and a parser for it, so json_format.Parse with the published messages reads what an OTLP/HTTP exporter sends.
# What happens: it does, without a complaint. But OTLP writes traceId and spanId in hexadecimal, protobuf's JSON
#   has bytes in base64, and hexadecimal digits are base64 as well. 16 bytes become 24, 8 become 12. Writing by
#   MessageToJson is wrong the other way round. Parents still match within one document, so that a test of the
#   tree is green; what joins traces of two exporters does not.
# Why it matters: a collector or a test written so stores traces that cannot be found by their id.
# What we do: our tests write the ids in base64 before they hand a document to these messages
#   (tests/watchtower/traces/test_otlp.py), and compare ids as hexadecimal text.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  opentelemetry-proto==1.45.2 protobuf==7.36.2

cat > "$folder/try.py" <<'PYTHON'
import json
from importlib.metadata import version

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

TRACE, SPAN = "5759e988bd862e3fe1be46a994272793", "53995c3f42cd8ad8"
span = {"traceId": TRACE, "spanId": SPAN, "parentSpanId": SPAN, "name": "publish"}
document = {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}

print("opentelemetry-proto", version("opentelemetry-proto"), "protobuf", version("protobuf"))
request = json_format.Parse(json.dumps(document), ExportTraceServiceRequest())
read = request.resource_spans[0].scope_spans[0].spans[0]
print(f"  sent {TRACE}, 16 bytes\n  read {read.trace_id.hex()}, {len(read.trace_id)} bytes, no error")
assert (len(read.trace_id), len(read.span_id)) == (24, 12), "ids are read otherwise now"
assert read.parent_span_id == read.span_id, "ids no longer match each other"

read.trace_id = bytes.fromhex(TRACE)
written = json.loads(json_format.MessageToJson(request))
again = written["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["traceId"]
print(f"  those 16 bytes are written as {again}")
assert again != TRACE, "ids are written in hexadecimal now"
PYTHON
"$folder/venv/bin/python" "$folder/try.py"
echo "as described"
