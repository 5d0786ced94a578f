"""AWS's own DynamoDB for one machine, in a network namespace of its own."""
