"""A burst of orders by several ways in: sent at a rate whatever becomes of them, and what became of them."""

from clients.burst.doors import DOORS, Door
from clients.burst.figures import Figures, figures
from clients.burst.load import Load, send_openly
from clients.burst.records import Outcome, Record
from clients.burst.running import Burst, BurstPlan

__all__ = [
    "DOORS",
    "Burst",
    "BurstPlan",
    "Door",
    "Figures",
    "Load",
    "Outcome",
    "Record",
    "figures",
    "send_openly",
]
