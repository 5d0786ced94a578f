"""S3 in the journal: buckets, and the parts of uploads; MiniStack itself writes objects to files."""

from __future__ import annotations

import errno
from typing import Any

from localcloud.engine.ministack.facade import read_all
from localcloud.engine.ministack.s3 import S3, s3
from localcloud.engine.patching import Function, Record
from localcloud.journal import end_the_process

UPLOADS = ("multipart_uploads", "completed_multipart_uploads")
# The folder is of no use any more; a key that cannot be a file's name is another matter.
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS}


class Objects:
    """S3's buckets and uploads."""

    def __init__(self) -> None:
        self._s3 = s3
        self._get_state = s3.get_state

    def state(self) -> Record:
        """Return the buckets' records, and the uploads that are under way."""
        uploads = read_all(self._s3, UPLOADS)
        state: Record = self._get_state()
        return {**state, **uploads}

    def load(self, state: Record) -> None:
        """Restore them."""
        for name, store in read_all(self._s3, UPLOADS).items():
            uploads = state.pop(name, None)
            if uploads is not None:
                store._data.update(uploads._data)
        self._s3.load_persisted_state(state)

    def install(self) -> None:
        """Acknowledge no object that could not be written: MiniStack notes it in its log and goes on."""

        @S3.atomic_write.wrap
        def _(before: Function) -> Function:
            def write(*arguments: Any, **keywords: Any) -> None:
                try:
                    before(*arguments, **keywords)
                except OSError as error:
                    if error.errno in FULL:
                        end_the_process(error)
                    raise

            return write
