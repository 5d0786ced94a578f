"""TestState: one state is run alone, with a mock in the place of what it calls."""

from localcloud.states.testing.operation import test_state

__all__ = ["test_state"]
