"""Durable functions, measured: executions of the local cloud beside those of AWS's local runner."""
