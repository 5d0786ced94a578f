"""What is loaded into programs before they start, so that AWS's own addresses lead to the local cloud."""
