#!/usr/bin/env bash
# jsonata-python 0.7.1: the remainder of a division loses its fraction.
#
# One would expect: JSONata's numbers are those of JSON, and 7.75 % 0.5 is 0.25, as in JavaScript and Python.
# What happens: the remainder is cut to an integer: 0.25 is 0, 1.5 is 1. The other operators keep fractions,
#   a division of the same numbers among them, and no error reports it.
# Why it matters: "is there a rest" is asked of prices and weights in JSONata machines of Step Functions, and
#   the wrong answer is "no".
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check jsonata-python==0.7.1
(cd "$folder" && npm install --silent --no-audit --no-fund --ignore-scripts jsonata@2.0.6)

cat > "$folder/expressions.json" <<'JSON'
["7.75 / 0.5", "7.75 % 0.5", "5.5 % 2", "-5.5 % 2", "7.75 % 0.5 = 0"]
JSON
cat > "$folder/try.py" <<'PYTHON'
import json
import sys
from importlib.metadata import version

from jsonata import Jsonata

print("jsonata-python", version("jsonata-python"))
for text in json.load(open(sys.argv[1])):
    print(f"  {text} -> {json.dumps(Jsonata(text).evaluate(None))}")
PYTHON
cat > "$folder/try.mjs" <<'JAVASCRIPT'
import { readFileSync } from 'node:fs';
import jsonata from 'jsonata';

const { version } = JSON.parse(readFileSync('node_modules/jsonata/package.json'));
console.log('jsonata of npm', version);
for (const text of JSON.parse(readFileSync('expressions.json'))) {
  console.log(`  ${text} -> ${JSON.stringify(await jsonata(text).evaluate(null))}`);
}
JAVASCRIPT

{
  "$folder/venv/bin/python" "$folder/try.py" "$folder/expressions.json"
  (cd "$folder" && node try.mjs)
} | tee "$folder/output"
diff - "$folder/output" <<'EXPECTED'
jsonata-python 0.7.1
  7.75 / 0.5 -> 15.5
  7.75 % 0.5 -> 0
  5.5 % 2 -> 1
  -5.5 % 2 -> -1
  7.75 % 0.5 = 0 -> true
jsonata of npm 2.0.6
  7.75 / 0.5 -> 15.5
  7.75 % 0.5 -> 0.25
  5.5 % 2 -> 1.5
  -5.5 % 2 -> -1.5
  7.75 % 0.5 = 0 -> false
EXPECTED
