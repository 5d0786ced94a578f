"""Presto's functions that DuckDB has under other names, or not at all."""

from __future__ import annotations

import re
from typing import Final

_STEPS: Final = (*("millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year"),)
_ADDED: Final = " ".join(
    f"WHEN '{step}' THEN to_{step}s(CAST(n AS BIGINT))" for step in _STEPS if step != "quarter"
)

_DEFINITIONS: Final = (
    f"presto_interval(u, n) AS CASE lower(u) {_ADDED} "
    "WHEN 'quarter' THEN to_months(CAST(n AS INTEGER) * 3) END",
    "presto_date_add(u, n, t) AS t + main.presto_interval(u, n)",
    # DuckDB's date_diff counts the bounds that are crossed, Presto's the whole units.
    "presto_date_diff(u, a, b) AS date_sub(u, a, b)",
    "from_unixtime(n) AS to_timestamp(CAST(n AS DOUBLE))",
    "to_unixtime(t) AS epoch(t)",
    "from_iso8601_timestamp(s) AS CAST(s AS TIMESTAMP WITH TIME ZONE)",
    "from_iso8601_date(s) AS CAST(s AS DATE)",
    "to_iso8601(t) AS strftime(t, '%Y-%m-%dT%H:%M:%S.%g') || 'Z'",
    "at_timezone(t, z) AS t AT TIME ZONE z",
    "presto_date_format(t, f) AS strftime(t, f)",
    "presto_date_parse(s, f) AS strptime(s, f)",
    "day_of_week(t) AS isodow(t)",
    "dow(t) AS isodow(t)",
    "day_of_month(t) AS day(t)",
    "day_of_year(t) AS dayofyear(t)",
    "doy(t) AS dayofyear(t)",
    "week_of_year(t) AS weekofyear(t)",
    "year_of_week(t) AS isoyear(t)",
    "json_extract_scalar(j, p) AS CASE json_type(json_extract(j, p)) "
    "WHEN 'OBJECT' THEN NULL WHEN 'ARRAY' THEN NULL ELSE json_extract_string(j, p) END",
    "json_parse(s) AS CAST(s AS JSON)",
    "json_format(j) AS CAST(j AS VARCHAR)",
    "json_array_get(j, n) AS json_extract(j, CAST(n AS BIGINT))",
    "json_size(j, p) AS json_array_length(j, p)",
    "regexp_like(s, p) AS regexp_matches(s, p)",
    # DuckDB answers with an empty text where nothing matches.
    "presto_regexp_extract(s, p, g := 0) AS CASE WHEN regexp_matches(s, p) THEN regexp_extract(s, p, g) END",
    "presto_regexp_replace(s, p, r := '') AS regexp_replace(s, p, r, 'g')",
    "approx_distinct(x) AS approx_count_distinct(x)",
    "approx_percentile(x, p) AS approx_quantile(x, p)",
    "every(x) AS bool_and(x)",
    "truncate(x) AS trunc(x)",
    "bitwise_and(a, b) AS a & b",
    "bitwise_or(a, b) AS a | b",
    "is_nan(x) AS isnan(x)",
    "is_finite(x) AS isfinite(x)",
    "is_infinite(x) AS isinf(x)",
    "map_agg(k, v) AS map_from_entries(list(struct_pack(k := k, v := v)))",
    "sequence(a, b) AS generate_series(a, b)",
    "array_join(a, d) AS array_to_string(a, d)",
    "array_max(a) AS list_max(a)",
    "array_min(a) AS list_min(a)",
    "array_sum(a) AS list_sum(a)",
)
# By their names: what each is.
MACROS: Final = {definition.partition("(")[0]: definition for definition in _DEFINITIONS}
_CALL: Final = re.compile(r"\bmain\.(\w+)\(")


def macros_in(*statements: str) -> list[str]:
    """Return what creates the functions that statements call, and those that these call.

    Examples
    --------
    >>> macros_in("SELECT awsdatacatalog.main.every(x) FROM t")
    ['CREATE MACRO main.every(x) AS bool_and(x)']
    """
    names: list[str] = []
    for statement in statements:
        for name in _CALL.findall(statement):
            if name in MACROS and name not in names:
                names = [
                    *(inner for inner in _CALL.findall(MACROS[name]) if inner not in names),
                    *names,
                    name,
                ]
    return [f"CREATE MACRO main.{MACROS[name]}" for name in names]
