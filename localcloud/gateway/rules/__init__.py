"""What a REST API asks of requests beside authorizers, and how it words its own answers.

``definition``  what control planes say: validators, keys, plans, limits, gateway responses, access logs
``schemas``     JSON Schema draft 4, with the messages of API Gateway's own validator
``validation``  required parameters and models
``keys``        API keys, usage plans, throttling and quotas
``responses``   gateway responses
``logs``        access logs
"""
