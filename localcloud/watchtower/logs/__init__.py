"""Logs: what functions print, where CloudWatch Logs finds it."""
