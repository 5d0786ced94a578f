"""Ports: which ones a browser opens, who listens on which, and how APIs get theirs."""
