"""The smoke's own judgement; that it passes is shown in tests/stack, on a local cloud."""
