"""Executions that are written down as they go, and go on after the end of the process."""

from localcloud.states.running.durable.execution import DurableExecution
from localcloud.states.running.durable.frame import DurableFrame
from localcloud.states.running.durable.journal import ExecutionJournal
from localcloud.states.running.durable.pauses import Pauses
from localcloud.states.running.durable.restoring import apply, begin
from localcloud.states.running.durable.store import JournalStore

__all__ = ["DurableExecution", "DurableFrame", "ExecutionJournal", "JournalStore", "Pauses", "apply", "begin"]
