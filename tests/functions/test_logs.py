"""Lines out of a pipe, the tail of a log, and the REPORT line."""

from __future__ import annotations

import json
import os

from hypothesis import given
from hypothesis import strategies as st

from localcloud.functions.logs import LOG_TAIL_BYTES, LONGEST_LINE, LogPipe, LogTail, report_line
from localcloud.functions.model import FunctionDefinition
from localcloud.functions.platform_log import Report, end_lines


@given(st.lists(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]))))
async def test_log_lines_arrive_whole_however_they_are_written(lines: list[str]) -> None:
    received: list[str] = []
    pipe = LogPipe(received.append)
    data = "".join(line + "\n" for line in lines).encode()
    for start in range(0, len(data), 7):
        os.write(pipe.writer, data[start : start + 7])
        pipe.drain()
    pipe.close()
    assert received == lines


async def test_last_line_without_a_line_end_is_kept() -> None:
    lines: list[str] = []
    pipe = LogPipe(lines.append)
    os.write(pipe.writer, b"one\rtwo\nthree \xff")
    pipe.drain()
    pipe.close()
    pipe.close()
    pipe.drain()
    assert lines == ["one\ntwo", "three \ufffd"]


@given(st.lists(st.text(max_size=3000), max_size=12))
def test_tail_is_the_end_of_the_log(lines: list[str]) -> None:
    tail = LogTail()
    for line in lines:
        tail.add(line)
    whole = "".join(line + "\n" for line in lines).encode("utf-8", "surrogatepass")
    assert tail.text().encode() in whole
    assert len(tail.text().encode()) <= LOG_TAIL_BYTES
    if len(whole) <= LOG_TAIL_BYTES:
        assert tail.text().encode() == whole


def test_report_line_has_the_format_of_aws() -> None:
    assert report_line("r-1", duration=1.234, memory=128, used=33, init=None) == (
        "REPORT RequestId: r-1\tDuration: 1.23 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\t"
        "Max Memory Used: 33 MB"
    )
    assert report_line("r-1", duration=2, memory=128, used=None, init=30.1, status="timeout") == (
        "REPORT RequestId: r-1\tDuration: 2.00 ms\tBilled Duration: 33 ms\tMemory Size: 128 MB\t"
        "Init Duration: 30.10 ms\tStatus: timeout"
    )


async def test_line_without_a_line_end_belongs_to_its_invocation() -> None:
    lines: list[str] = []
    pipe = LogPipe(lines.append)
    os.write(pipe.writer, b"first\nZeroDivisionError: division by zero")
    pipe.end_line()
    os.write(pipe.writer, b"START\n")
    pipe.end_line()
    assert lines == ["first", "ZeroDivisionError: division by zero", "START"]
    pipe.close()


async def test_endless_line_is_passed_on_in_parts() -> None:
    lines: list[str] = []
    pipe = LogPipe(lines.append)
    for _ in range(2 * LONGEST_LINE // 65536):
        os.write(pipe.writer, b"x" * 65536)
        pipe.drain()
    assert [len(line) for line in lines] == [LONGEST_LINE, LONGEST_LINE]
    pipe.close()


def test_failed_invocation_is_an_error_in_a_json_log() -> None:
    function = FunctionDefinition(
        *("pay", "arn", "python3.12", "pay.handler", "role"), log_format="JSON", system_log_level="DEBUG"
    )
    report = Report("r-1", duration=2, used=None, init=None, failed=True)
    assert [json.loads(line)["record"]["status"] for line in end_lines(function, report)] == ["error"] * 2
