"""The companion's one application: what ``chalice deploy`` deploys, and what every function imports.

It is imported at each cold start, so nothing here or below imports what only a request needs: no
boto3, Powertools, Strawberry or pydantic.
"""

from __future__ import annotations

from chalice.app import Chalice

from chalicelib import log, problems, traces, webhooks, websocket, workers
from chalicelib.graphql import routes as graphql
from chalicelib.settings import CORS

app = Chalice(app_name="orderwire", configure_logs=False)
app.log = log.logger
app.experimental_feature_flags.update(["WEBSOCKETS"])
app.api.cors = CORS
app.register_middleware(traces.in_trace, event_type="all")
app.register_middleware(problems.in_our_form, event_type="http")
app.register_blueprint(webhooks.routes)
app.register_blueprint(graphql.routes)
app.register_blueprint(websocket.sockets)
app.register_blueprint(workers.workers)
