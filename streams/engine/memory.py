"""How a worker's process uses memory: rarely asked of the system, rarely given back, rarely searched for cycles.

Chunks and record batches take and free megabytes many times a second. By default glibc gives such memory back to the
system and gets it anew, page by page, each of them faulted in and zeroed.
"""

from __future__ import annotations

import ctypes
import gc
from typing import Final

GC_THRESHOLD: Final = 100_000  # allocations between young collections: what rules make has no cycles

# glibc's numbers: man 3 mallopt
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3
_ALLOCATOR: Final = {
    _MMAP_THRESHOLD: 32 << 20,  # the most that it takes: what is smaller comes from the heap
    _TRIM_THRESHOLD: 64 << 20,  # so much free memory at the heap's end is kept
    _TOP_PAD: 16 << 20,  # by so much the heap grows at a time
}


def tune() -> None:
    """Called once a worker has started: what is there by then stays."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD, 20, 100)
    _keep_freed_memory()


def _keep_freed_memory() -> None:
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # None: another C library, whose own ways are fine
    if mallopt is not None:
        for parameter, value in _ALLOCATOR.items():
            mallopt(parameter, value)
