"""EventBridge Pipes on the pollers of event source mappings: filter, enrichment, template, target."""
