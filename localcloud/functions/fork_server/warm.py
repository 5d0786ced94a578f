"""What the prepared parent prepares, in steps: AWS's packages first, then each service's models."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

from localcloud.functions.fork_server.hidden import HiddenModules, ImportRecord

PACKAGES = ("urllib3", "botocore.session", "boto3", "boto3.dynamodb.conditions")
# What functions call most. Each costs the parent's memory, once, and saves a cold start some 10 to 40 ms.
SERVICES = ("dynamodb", "sqs", "sns", "stepfunctions", "events")


def steps(record: ImportRecord, hidden: HiddenModules) -> Iterator[None]:
    """Import, load, and run what a function's first call runs, without a socket."""
    for package in PACKAGES:
        with record.noting():
            importlib.import_module(package)
        yield
    from localcloud.functions.fork_server.documents import Documents  # noqa: PLC0415 - it imports botocore
    from localcloud.functions.fork_server.rehearsal import rehearse  # noqa: PLC0415 - so do these
    from localcloud.functions.fork_server.remembered import Remembered  # noqa: PLC0415

    documents, remembered = Documents(), Remembered()
    documents.serve()
    remembered.serve()
    for service in SERVICES:
        with record.noting():
            loader, emitters = rehearse(service)
        documents.keep(loader)
        for emitter in emitters:
            remembered.keep(emitter)
        yield
    hidden.hide()  # once for all forks, that would each have a copy of what this writes
