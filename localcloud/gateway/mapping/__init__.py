"""Requests mapped to what is behind a gateway, and answers mapped back; for REST and WebSocket APIs alike.

``definition``   what an integration says: backend, parameters, templates, responses
``targets``      the service of AWS that a URI names
``sources``      where the value of a mapped parameter comes from
``rendering``    mapping templates, and what their failures mean
``outgoing``     the request to the backend
``conversion``   bodies as text and as bytes
``backends``     calls services of AWS, functions, web addresses and mocks
``responses``    the response that an answer becomes

``localcloud.gateway.loading.integrations`` reads such an integration from a control plane's document.
"""
