"""Event time, pure: watermarks, windows, aggregations and joins over rows. No clock, no I/O, no store of its own.

Start with `docs/time.md`; the story continues in `instants.py`, `watermarks.py` and `windowed.py`.
"""

from streams.windows.aggregations import Aggregation, Count, Distinct, Max, Mean, Min, Sum, Together, TopK
from streams.windows.hopping import Hopping, Tumbling
from streams.windows.instants import BEGINNING, END
from streams.windows.joins import Interval, Pair
from streams.windows.quantiles import Quantiles
from streams.windows.results import Late, Result, Window
from streams.windows.rows import MemoryRows, Rows
from streams.windows.session import Session
from streams.windows.sliding import Sliding
from streams.windows.versions import Versions
from streams.windows.watermarks import Bounds, Highs, Watermarks
from streams.windows.windowed import EACH_CHANGE, Windowed

__all__ = [
    "BEGINNING",
    "EACH_CHANGE",
    "END",
    "Aggregation",
    "Bounds",
    "Count",
    "Distinct",
    "Highs",
    "Hopping",
    "Interval",
    "Late",
    "Max",
    "Mean",
    "MemoryRows",
    "Min",
    "Pair",
    "Quantiles",
    "Result",
    "Rows",
    "Session",
    "Sliding",
    "Sum",
    "Together",
    "TopK",
    "Tumbling",
    "Versions",
    "Watermarks",
    "Window",
    "Windowed",
]
