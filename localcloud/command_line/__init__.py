"""What a person types and reads: the commands, their options, and the console."""
