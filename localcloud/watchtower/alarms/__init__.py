"""Alarms: when one changes its state, and what it says then."""
