"""What was seen: logs, metrics, alarms and traces. ``front`` is what other services use."""
