"""What was seen: metrics and alarms, logs, traces."""
