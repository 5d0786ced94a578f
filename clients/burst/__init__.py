"""A burst of orders by several ways in: sent at a rate whatever becomes of them, and what became of them."""

from clients.burst.figures import Figures, figures
from clients.burst.intakes import INTAKES, Intake
from clients.burst.load import Load, send_openly
from clients.burst.records import Outcome, Record
from clients.burst.running import Burst, BurstPlan

__all__ = [
    "INTAKES",
    "Burst",
    "BurstPlan",
    "Figures",
    "Intake",
    "Load",
    "Outcome",
    "Record",
    "figures",
    "send_openly",
]
