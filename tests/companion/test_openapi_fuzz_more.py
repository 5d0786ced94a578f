"""Schemathesis with ten times as many requests.

A module of its own, since its cases are generated when it is collected: a quick run does not even import it.
"""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis

from tests.companion.conftest import Shop
from tests.companion.test_openapi_fuzz import checked, fuzzed, schema

pytestmark = pytest.mark.slow


@schema.parametrize()  # type: ignore[untyped-decorator]
@fuzzed(200)
def test_many_generated_requests_get_described_answers(case: schemathesis.Case[Any], shop: Shop) -> None:
    checked(case, shop)
