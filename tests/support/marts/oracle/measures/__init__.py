"""Every mart with its key, its measures, and the function of the oracle that recomputes them."""

from .amounts import AMOUNTS
from .company import COMPANY
from .desks import TICKETS
from .jobs_and_technicians import JOBS
from .measured import DESKS, FIELD, World
from .staffing import STAFFING

__all__ = ["DESKS", "FIELD", "MEASURES", "World"]

MEASURES = (*TICKETS, *STAFFING, *JOBS, *AMOUNTS, *COMPANY)
