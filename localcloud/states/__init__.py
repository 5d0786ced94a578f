"""Step Functions: the Amazon States Language, whole, on one event loop."""
