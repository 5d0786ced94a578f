"""What can be wrong with a filter expression."""


class FilterError(Exception):
    """An expression has no meaning; the message says where and why."""
