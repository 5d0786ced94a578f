"""What a template has elsewhere: objects in buckets, and regions that are not the start's."""

from __future__ import annotations

from collections.abc import Iterator

from localcloud.check.finding import Finding, Severity
from localcloud.check.model import Located
from localcloud.stack.buckets import missing_objects
from localcloud.stack.copies import local_copies
from localcloud.stack.regions import replaced_regions

MISSING = "file-missing"


def check_locations(located: Located) -> Iterator[Finding]:
    """Find objects that nothing on this machine stands for, and say what stands for the others."""
    part, places = located.part, located.places
    for logical_id, sentence in replaced_regions(part.template):
        yield Finding(places.of(logical_id), Severity.WARNING, "region-elsewhere", sentence)
    for copied in local_copies(part.template):
        severity, rule = (Severity.NOTE, "local-copy") if copied.path else (Severity.WARNING, "code-missing")
        yield Finding(places.of(copied.logical_id, copied.pattern), severity, rule, copied.message)
    for missing in missing_objects(part.template, part.base, part.values):
        yield Finding(
            places.of(missing.logical_id, missing.pattern), Severity.ERROR, MISSING, missing.message
        )
