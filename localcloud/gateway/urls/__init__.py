"""Function URLs: functions that are HTTP endpoints by themselves, without an API in front of them."""
