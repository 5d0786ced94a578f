#!/usr/bin/env bash
# aws-lambda-powertools 3.37.0: Tracer costs most where it is off: in tests, more than in Lambda where it traces.
#
# One would expect: outside Lambda Powertools switches its Tracer off by itself, and POWERTOOLS_TRACE_DISABLED=true
#   says so as well. A Tracer that is off needs nothing of X-Ray, so it is the cheapest there.
# What happens: to say that it is off, it imports aws_xray_sdk. That finds that it is not in Lambda, so it
#   prepares to ask a daemon for sampling rules, and for that imports botocore: over 70 modules. In Lambda the
#   decision comes in a header, and an active Tracer without auto_patch loads none of them.
# Why it matters: every test process and every local run that imports a traced handler takes half a second of
#   processor time more, and an import test that says "this handler does not load botocore" passes or fails by
#   where it runs, not by what the handler does.
# What we do: Powertools' Tracer on a provider of ours that writes the documents by itself and loads neither
#   (resolvers/tracer.py); aws-xray-sdk is a witness in the tests.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  aws-lambda-powertools==3.37.0 aws-xray-sdk==2.15.0 botocore==1.44.5 wrapt==2.5.2

cat > "$folder/try.py" <<'PYTHON'
import sys
import time

from aws_lambda_powertools import Logger

Logger(service="orders")
logger_only = time.process_time()

from aws_lambda_powertools import Tracer

tracer = Tracer(service="orders", auto_patch=False)
took = time.process_time() - logger_only
modules = sum(1 for name in sys.modules if name.startswith("botocore."))
print(f"  Tracer {'off' if tracer.disabled else 'on'}, modules of botocore: {modules}")
print(f"{int(tracer.disabled)} {modules} {took:.3f}", file=sys.stderr)
PYTHON

run() { env -i HOME="$folder" PATH="$PATH" "$@" "$folder/venv/bin/python" "$folder/try.py"; }

echo "aws-lambda-powertools 3.37.0, aws-xray-sdk 2.15.0"
run WARM=yes > /dev/null 2>&1 # the first run compiles the modules
echo "in Lambda:"
run LAMBDA_TASK_ROOT="$folder" AWS_XRAY_DAEMON_ADDRESS=127.0.0.1:2000 2> "$folder/on"
echo "elsewhere, with POWERTOOLS_TRACE_DISABLED=true:"
run POWERTOOLS_TRACE_DISABLED=true 2> "$folder/off"

read -r disabled modules on < "$folder/on"
[ "$disabled" = 0 ] && [ "$modules" = 0 ] || { echo "in Lambda it is different now"; exit 1; }
read -r disabled modules off < "$folder/off"
[ "$disabled" = 1 ] && [ "$modules" -gt 50 ] || { echo "a Tracer that is off loads no botocore any more"; exit 1; }
echo "processor time: on $on s, off $off s"
python3 -c "import sys; sys.exit(not float(sys.argv[1]) > 2 * float(sys.argv[2]))" "$off" "$on"
