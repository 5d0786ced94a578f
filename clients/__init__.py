"""Python clients of Orderwire: submit orders, and follow them live without missing a state.

Start with ``OrderClient``. Nothing in here imports anything of the server's side.
"""

from clients.auth import Credentials
from clients.client import OrderClient
from clients.errors import (
    BadSettings,
    Conflict,
    InvalidOrder,
    NotAllowed,
    NotCancellable,
    NotFound,
    NotSignedIn,
    OrderwireError,
    Refused,
    ServerFault,
    Throttled,
    Unavailable,
)
from clients.follow import Follower
from clients.model import Change, History, Item, NewOrder, Order, Page, Reason, Status
from clients.rest import RestClient
from clients.settings import Settings, load
from clients.traces import Trace, TraceStep
from clients.tracking import Arrival, Pace, State
from clients.traffic import Traffic
from clients.ways import WAYS, Following, Way

__version__ = "0.2.0"

__all__ = [
    "WAYS",
    "Arrival",
    "BadSettings",
    "Change",
    "Conflict",
    "Credentials",
    "Follower",
    "Following",
    "History",
    "InvalidOrder",
    "Item",
    "NewOrder",
    "NotAllowed",
    "NotCancellable",
    "NotFound",
    "NotSignedIn",
    "Order",
    "OrderClient",
    "OrderwireError",
    "Pace",
    "Page",
    "Reason",
    "Refused",
    "RestClient",
    "ServerFault",
    "Settings",
    "State",
    "Status",
    "Throttled",
    "Trace",
    "TraceStep",
    "Traffic",
    "Unavailable",
    "Way",
    "load",
]
