"""Traces for an OpenTelemetry collector: an option, off by default."""
