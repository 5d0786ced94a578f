"""The interpreter: compiled machines, their executions and what each execution has gone through."""
