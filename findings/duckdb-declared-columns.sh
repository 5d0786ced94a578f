#!/usr/bin/env bash
# duckdb 2.0.1: a declared BIGINT column of JSON or CSV rounds 1.5 to 2, and a declared column of JSON whose name
#   differs from the key in case is NULL; both without a word.
#
# One would expect: a declared type is a check, and 1.5 is no integer (Trino's and Athena's readers fail the query, or
#   answer NULL); and SQL's names heed no case, so that a column orderid reads the key orderId.
# What happens: 1.5 is read as 2, from either format, and orderid is NULL in every row of JSON.
# Why it matters: JSON lines are what Firehose writes and what Athena's tables declare lower-case columns for. Sums of
#   amounts are wrong or NULL, and nothing says so. (A DOUBLE column reads 1.5 in both.)
# What we do: the local cloud's SQL reads each line itself, finds keys whatever their case, and converts by the
#   catalogue's type: a value that does not fit fails the query, as in Athena.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.1

cat > "$folder/try.py" <<'PYTHON'
import sys
from pathlib import Path

import duckdb

folder = Path(sys.argv[1])
(folder / "a.json").write_text('{"orderId": "A-1", "amount": 1}\n{"orderId": "A-2", "amount": 1.5}\n')
(folder / "a.csv").write_text("orderId,amount\nA-1,1\nA-2,1.5\n")
columns = "columns = {'orderid': 'VARCHAR', 'amount': 'BIGINT'}"


def rows(function, name):
    try:
        return duckdb.sql(f"SELECT * FROM {function}('{folder / name}', {columns})").fetchall()
    except duckdb.Error as error:
        return type(error).__name__


print("duckdb", duckdb.__version__)
print("JSON:", rows("read_json", "a.json"))
print("CSV: ", rows("read_csv", "a.csv"))
PYTHON

"$folder/venv/bin/python" "$folder/try.py" "$folder" 2>&1 | tee "$folder/output"
diff - "$folder/output" <<'EXPECTED'
duckdb 2.0.1
JSON: [(None, 1), (None, 2)]
CSV:  [('A-1', 1), ('A-2', 2)]
EXPECTED
