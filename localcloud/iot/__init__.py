"""The endpoint to the engine's MQTT broker: who may connect, what each may do, and AWS IoT Core's limits.

The broker itself is the engine's and knows neither credentials nor policies. Clients come here: MQTT over
WebSockets and the HTTP data plane on one port, which a browser reaches as well.
"""

from localcloud.iot.service import IotAddress, IotService

__all__ = ["IotAddress", "IotService"]
