"""Sums that do not depend on the order of their terms.

Why: final results must be the same bytes whatever the partitions and the chunk size, and float addition is not
associative. A sum of floats is held as a few floats that do not overlap, whose true sum is the exact one: Shewchuk,
"Adaptive Precision Floating-Point Arithmetic" (1997), the method of `math.fsum`. Sums of ints are ints.
"""

import math

Exact = int | tuple[float, ...]
"""An exact sum: of ints, an int; as soon as there is a float, the parts described above."""


def plus(left: Exact | float, right: Exact | float) -> Exact:
    """The exact sum of two. ValueError for NaN and infinity, OverflowError when a float cannot hold the sum."""
    if isinstance(left, int) and isinstance(right, int):
        return left + right
    parts: tuple[float, ...] = ()
    for term in (*_floats(left), *_floats(right)):
        parts = _grow(parts, term)
    return parts


def rounded(total: Exact) -> int | float:
    """The sum as a number: the int, or the float nearest to the exact sum."""
    return total if isinstance(total, int) else math.fsum(total)


def _floats(total: Exact | float) -> tuple[float, ...]:
    if isinstance(total, tuple):
        return total
    if isinstance(total, float):
        return (_finite(total),)
    nearest = float(total)
    rest = total - int(nearest)
    return (nearest, *_floats(rest)) if rest else (nearest,)


def _grow(parts: tuple[float, ...], term: float) -> tuple[float, ...]:
    grown = []
    for part in parts:
        big, small = (term, part) if abs(term) >= abs(part) else (part, term)
        term = big + small
        if math.isinf(term):
            raise OverflowError("the sum is beyond what a float can hold")
        rest = small - (term - big)
        if rest:
            grown.append(rest)
    return (*grown, term)


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError(f"{value} cannot be summed")
    return value
