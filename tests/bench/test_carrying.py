"""What became of orders, and what a burst and a cold start amount to."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bench.benchmarks import burst, memory, modules, orders_burst, throughput
from bench.carrying import Carried, outcomes, synthetic
from bench.model import Figure, NotMeasured
from demo.shop import CUSTOMERS


def carried(
    outcome: str = "DELIVERED",
    *,
    sent: float = 100.0,
    ended: float | None = None,
    versions: tuple[int, ...] = (1, 2, 3, 4, 5, 6),
    refused: str | None = None,
) -> Carried:
    return Carried("o", sent, sent + 0.5, ended, outcome, versions, refused)


def by_name(figures: Sequence[Figure]) -> dict[str, Figure]:
    return {figure.name: figure for figure in figures}


def test_orders_are_counted_by_their_final_status() -> None:
    orders = [carried(), carried(), carried("FAILED PAYMENT_TIMEOUT"), carried("under way (PACKED)")]
    assert outcomes(orders) == {"DELIVERED": 2, "FAILED PAYMENT_TIMEOUT": 1, "under way (PACKED)": 1}


def test_orders_rotate_over_all_customers() -> None:
    orders = synthetic(5)
    assert [customer for customer, _ in orders] == [*CUSTOMERS, CUSTOMERS[0]]
    assert len({order.client_token for _, order in orders}) == 5


def test_burst_reports_lost_orders_and_the_rate_of_the_others() -> None:
    orders = [
        carried(ended=110.0),
        carried(ended=120.0),
        carried("FAILED PAYMENT_TIMEOUT", ended=104.0),
        carried("refused", refused="Unavailable: no answer"),
    ]
    figures = by_name(orders_burst.figures(orders, "4 orders by 2 clients"))
    assert (
        figures["4 orders by 2 clients: delivered"].value,
        figures["4 orders by 2 clients: delivered"].met,
    ) == (
        2,
        False,
    )
    assert figures["of them FAILED PAYMENT_TIMEOUT"].value == 1
    refused = figures["refused, or not answered in a client's four attempts"]
    assert (refused.value, refused.note) == (1, "Unavailable: no answer")
    assert figures["rate to the last order delivered"].value == pytest.approx(2 / 20)
    assert figures["rate to the last order's end, however it ended"].value == pytest.approx(3 / 20)


def test_burst_without_finished_orders_has_no_rate() -> None:
    figures = by_name(orders_burst.figures([carried("under way (VALIDATED)")], "1 order"))
    assert figures["rate to the last order delivered"].value == 0
    assert "submission to DELIVERED" not in figures


def test_throughput_counts_finished_orders_and_versions() -> None:
    orders = [
        carried(sent=100.0, ended=101.0),
        carried(sent=101.0, ended=103.0, versions=(1, 2, 6, 3, 4, 5)),
        carried(sent=102.0, ended=104.0, versions=(1, 2, 3, 5, 6)),
        carried("FAILED PAYMENT_TIMEOUT", sent=102.0, ended=110.0, versions=(1, 2, 3)),
    ]
    figures = by_name(throughput.figures(orders))
    assert figures["rate from the first order sent to the last one's end"].value == pytest.approx(4 / 10)
    assert (figures["delivered"].value, figures["delivered"].note) == (3, "1 FAILED PAYMENT_TIMEOUT")
    assert figures["received with every version"].value == 2


def test_throughput_without_finished_orders_is_not_measured() -> None:
    with pytest.raises(NotMeasured, match="under way"):
        throughput.figures([carried("under way (VALIDATED)")])


def test_cost_divides_by_finished_orders_alone() -> None:
    assert throughput.ended_count([carried(ended=101.0), carried("not sent in time")]) == 1


def test_cost_of_an_order_excludes_the_load() -> None:
    figures = by_name(throughput.costs({"engine": 2.0, "local cloud": 1.0, "load and subscribers": 5.0}, 100))
    assert figures["processor time an order"].value == pytest.approx(30)
    assert figures["processor time an order: engine"].value == pytest.approx(20)
    assert figures["processor time an order: load and subscribers"].value == pytest.approx(50)


def test_cost_of_a_start_includes_its_parent() -> None:
    seconds = {"engine": 9.0, "local cloud": 9.0, "load and subscribers": 9.0, "prepared parent": 0.03}
    assert burst.preparing({**seconds, "functions, forked": 0.05}) == pytest.approx(0.03)
    assert burst.preparing({"local cloud": 9.0, "ask": 0.4}) == 0


def test_cold_start_is_read_from_the_log_of_the_function() -> None:
    log = "START RequestId: r\nREPORT RequestId: r\tDuration: 8.41 ms\tInit Duration: 50.62 ms\n"
    assert modules.init_duration(log) == 50.62


def test_warm_environment_has_no_cold_start() -> None:
    with pytest.raises(NotMeasured, match=r"no Init Duration in .*8\.41 ms"):
        modules.init_duration("REPORT RequestId: r\tDuration: 8.41 ms\n")


def test_there_are_44_sample_orders() -> None:
    assert len(memory.samples(memory.EXAMPLES / "orders.jsonl")) == 44
