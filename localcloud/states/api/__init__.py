"""The operations of Step Functions' API, each a function of a region and a request."""
