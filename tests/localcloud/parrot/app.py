"""A Chalice application as its documentation writes them: it knows no local cloud."""

from __future__ import annotations

from boto3.session import Session
from chalice.app import Chalice, WebsocketEvent

app = Chalice(app_name="parrot")
app.experimental_feature_flags.update(["WEBSOCKETS"])
app.websocket_api.session = Session()


@app.on_ws_message()
def say_back(event: WebsocketEvent) -> None:
    """Say a message back, say who is there, or hang up."""
    if event.body == "close":
        app.websocket_api.close(event.connection_id)
    elif event.body == "info":
        info = app.websocket_api.info(event.connection_id)
        app.websocket_api.send(event.connection_id, info["Identity"]["SourceIp"])
    else:
        app.websocket_api.send(event.connection_id, f"back: {event.body}")
