"""Lambda durable functions: executions that checkpoint, wait, and are replayed.

Pure parts know neither clocks nor sockets: what an execution is (`execution`), which updates it takes
(`updates`), and its documents (`documents`). `service` runs them, `api` answers AWS's twelve operations.

Source: https://docs.aws.amazon.com/lambda/latest/dg/durable-functions.html
"""
