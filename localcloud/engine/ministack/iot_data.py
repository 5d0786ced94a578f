"""What the engine reads and patches of MiniStack's `services.iot_data`."""

from __future__ import annotations

from collections.abc import Callable

from localcloud.engine.ministack.facade import Facade, Name, Patch
from localcloud.engine.ministack.types import Response


class IoTData(Facade, module="ministack.services.iot_data"):
    """MiniStack's `services.iot_data`."""

    validate_topic: Patch[Callable[[str], Response]] = Patch("_validate_topic", "iot.topic_slashes")

    error_response_json: Name[Callable[..., Response]] = Name("error_response_json")


iot_data = IoTData()
