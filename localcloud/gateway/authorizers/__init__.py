"""Who may call: user pool tokens, functions that answer policies, IAM signatures."""
