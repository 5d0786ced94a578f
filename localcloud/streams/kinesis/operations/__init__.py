"""The operations of Kinesis, a module for each group of them; ``catalog`` lists them."""
