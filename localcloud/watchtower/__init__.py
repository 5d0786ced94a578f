"""What was seen: logs, metrics, alarms and traces. ``facade`` is what other services use."""
