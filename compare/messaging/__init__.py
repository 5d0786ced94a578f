"""The page docs/messaging-or-streaming.md, from what was measured."""
