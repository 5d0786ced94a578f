#!/usr/bin/env bash
# jsonata-python 0.7.1: a null in an array of the input is not the null that an expression writes.
#
# One would expect: [1, null, 2] is the same array whether it comes with the input or stands in the
#   expression; JSONata has null as a value, and "undefined" for what is absent.
# What happens: a null that an expression writes is a value. One in an array of the input is undefined as soon
#   as the array is walked: $map drops it, its $type is nothing, it equals nothing, and the input's array is
#   not equal to the same array written out. $count still counts it, and so does an index reach it.
# Why it matters: results of tasks hold nulls in arrays, and JSONata is the language of Step Functions'
#   newer machines. Items vanish without an error, and numbers of items no longer agree.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check jsonata-python==0.7.1
(cd "$folder" && npm install --silent --no-audit --no-fund --ignore-scripts jsonata@2.0.6)

cat > "$folder/expressions.json" <<'JSON'
[
  "$count(items)",
  "items[1] = null",
  "$map(items, function($v) { $v })",
  "$map([1, null, 2], function($v) { $v })",
  "$map(items, $type)",
  "null in items",
  "items = [1, null, 2]"
]
JSON
cat > "$folder/try.py" <<'PYTHON'
import json
import sys
from importlib.metadata import version

from jsonata import Jsonata

print("jsonata-python", version("jsonata-python"))
for text in json.load(open(sys.argv[1])):
    value = Jsonata(text).evaluate({"items": [1, None, 2]})
    print(f"  {text} -> {json.dumps(value, separators=(',', ':'))}")
PYTHON
cat > "$folder/try.mjs" <<'JAVASCRIPT'
import { readFileSync } from 'node:fs';
import jsonata from 'jsonata';

const { version } = JSON.parse(readFileSync('node_modules/jsonata/package.json'));
console.log('jsonata of npm', version);
for (const text of JSON.parse(readFileSync('expressions.json'))) {
  const value = await jsonata(text).evaluate({ items: [1, null, 2] });
  console.log(`  ${text} -> ${JSON.stringify(value)}`);
}
JAVASCRIPT

{
  "$folder/venv/bin/python" "$folder/try.py" "$folder/expressions.json"
  (cd "$folder" && node try.mjs)
} | tee "$folder/output"
diff - "$folder/output" <<'EXPECTED'
jsonata-python 0.7.1
  $count(items) -> 3
  items[1] = null -> true
  $map(items, function($v) { $v }) -> [1,2]
  $map([1, null, 2], function($v) { $v }) -> [1,null,2]
  $map(items, $type) -> ["number","number"]
  null in items -> false
  items = [1, null, 2] -> false
jsonata of npm 2.0.6
  $count(items) -> 3
  items[1] = null -> true
  $map(items, function($v) { $v }) -> [1,null,2]
  $map([1, null, 2], function($v) { $v }) -> [1,null,2]
  $map(items, $type) -> ["number","null","number"]
  null in items -> true
  items = [1, null, 2] -> true
EXPECTED
