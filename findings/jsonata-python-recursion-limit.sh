#!/usr/bin/env bash
# jsonata-python 0.7.1: importing it lets the whole process recurse ten times as deep.
#
# One would expect: a library for expressions changes nothing outside of its own evaluations.
# What happens: `import jsonata` sets Python's recursion limit to 10,000 for every thread and every other
#   library of the process, and leaves it there; whatever limit a program had set itself is lost as well.
# Why it matters: services that answer documents which are nested too deeply with an error rely on the usual
#   limit (RecursionError). In a process that only checks JSONata definitions beside, that guard is gone.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check jsonata-python==0.7.1

cat > "$folder/try.py" <<'PYTHON'
import sys
from importlib.metadata import version

sys.setrecursionlimit(1500)
print("jsonata-python", version("jsonata-python"))
print("  before the import:", sys.getrecursionlimit())
import jsonata

print("  after the import:", sys.getrecursionlimit())
jsonata.Jsonata("1 + 1").evaluate(None)
print("  after an evaluation:", sys.getrecursionlimit())
PYTHON
cat > "$folder/expected" <<'TEXT'
jsonata-python 0.7.1
  before the import: 1500
  after the import: 10000
  after an evaluation: 10000
TEXT
"$folder/venv/bin/python" "$folder/try.py" | tee "$folder/seen"
diff "$folder/expected" "$folder/seen"
echo "as it was found"
