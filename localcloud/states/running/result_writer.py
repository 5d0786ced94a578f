"""ResultWriter: where a distributed Map leaves its results."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from localcloud.states.language.errors import StatesError
from localcloud.states.language.jsonata import compile_jsonata
from localcloud.states.language.scope import Evaluator, Json
from localcloud.states.language.templates import compile_template
from localcloud.states.language.text import to_text
from localcloud.states.running.child import Child
from localcloud.states.running.frame import Frame
from localcloud.states.running.map_run import MapRun
from localcloud.states.running.objects import Objects
from localcloud.states.running.results import pending_record, record, transformed

WRITER_FAILED: Final = "States.ResultWriterFailed"


class ResultWriter:
    """A compiled ResultWriter.

    Parameters
    ----------
    definition
        The field's value.

    Attributes
    ----------
    exports
        Whether it writes to a bucket; else it only gives the results another form.
    lines
        Whether the results are lines of JSON.
    """

    def __init__(self, definition: dict[str, Json], *, jsonata: bool) -> None:
        config: dict[str, Json] = definition.get("WriterConfig") or {}
        self.exports = "Resource" in definition
        self._transformation: str = config.get("Transformation", "NONE" if self.exports else "COMPACT")
        self.lines = config.get("OutputType") == "JSONL"
        field = "Arguments" if jsonata else "Parameters"
        template = definition.get(field, {})
        self._arguments: Evaluator = (
            compile_jsonata(template, field=field) if jsonata else compile_template(template, field=field)
        )

    @classmethod
    def read(cls, definition: dict[str, Json], *, jsonata: bool) -> ResultWriter | None:
        """Read a Map's ResultWriter; None where it has none."""
        writer = definition.get("ResultWriter")
        return None if writer is None else cls(writer, jsonata=jsonata)

    async def write(
        self,
        frame: Frame,
        effective: Json,
        run: MapRun,
        children: Sequence[Child],
        pending: Iterable[Json] = (),
    ) -> Json:
        """Write the results; return what the Map's result is then.

        Parameters
        ----------
        pending
            The inputs for which no child execution was started: a run that fails has some.

        Raises
        ------
        StatesError
            S3 refuses, or a field is of no use.
        """
        if not self.exports:
            results = transformed(run, children, self._transformation)
            return self._formatted(results) if self.lines else results
        arguments = self._arguments(frame.scope(effective))
        bucket, directory = _place(arguments, run)
        objects = Objects(frame.execution.host.transport, WRITER_FAILED)
        owner = arguments.get("ExpectedBucketOwner")
        contents = self._contents(run, children, pending)
        files: dict[str, list[Json]] = {}
        for status, records in contents.items():
            files[status] = []
            if records:
                # AWS names lines of JSON so, too.
                key = f"{directory}{status}_0.json"
                content = self._formatted(records).encode()
                await objects.write(bucket, key, content, owner)
                files[status].append({"Key": key, "Size": len(content)})
        manifest = {"DestinationBucket": bucket, "MapRunArn": run.arn, "ResultFiles": files}
        key = f"{directory}manifest.json"
        await objects.write(bucket, key, to_text(manifest).encode(), owner)
        for counts, number in ((run.execution_counts, len(children)), (run.item_counts, _ended(run))):
            counts.results_written = number
        return {"MapRunArn": run.arn, "ResultWriterDetails": {"Bucket": bucket, "Key": key}}

    def _contents(
        self, run: MapRun, children: Sequence[Child], pending: Iterable[Json]
    ) -> dict[str, list[Json]]:
        """Return what goes to which file; its name begins with the status."""
        succeeded = [child for child in children if child.status == "SUCCEEDED"]
        return {
            "FAILED": [record(run, child) for child in children if child.status != "SUCCEEDED"],
            "PENDING": [pending_record(data) for data in pending],
            "SUCCEEDED": transformed(run, succeeded, self._transformation),
        }

    def _formatted(self, results: list[Json]) -> str:
        return "\n".join(map(to_text, results)) if self.lines else to_text(results)


def _place(arguments: Json, run: MapRun) -> tuple[str, str]:
    """Return the bucket, and what the keys of a run's files begin with."""
    bucket = arguments.get("Bucket") if isinstance(arguments, dict) else None
    prefix = arguments.get("Prefix") or "" if isinstance(arguments, dict) else ""
    if not isinstance(bucket, str) or not bucket or not isinstance(prefix, str):
        raise StatesError(WRITER_FAILED, "The ResultWriter's Bucket and Prefix must be strings.")
    directory = f"{run.arn.rpartition(':')[2]}/"
    return bucket, f"{prefix.removesuffix('/')}/{directory}" if prefix else directory


def _ended(run: MapRun) -> int:
    counts = run.item_counts
    return counts.succeeded + counts.failed + counts.timed_out + counts.aborted
