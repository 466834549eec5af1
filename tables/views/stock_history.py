"""`/stock/{product_id}?as_of=` of the insights service: what there was of a product at a time, and so what there is.

The stock itself is inventory's (`stock.py`), which this costs nothing; here are its versions, as far back as
`STOCK_RETENTION_MS` in `streams/rules/insights/measures.py`.
"""

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from streams.rules.insights.desk import LEVELS
from streams.rules.insights.measures import stock_levels
from streams.windows import END
from tables.insights import windows as tables
from tables.views.asking import Looking
from tables.views.documents import refusals
from tables.views.problems import NoSuchRowError
from tables.views.stock import ProductStock
from tables.views.windows import milliseconds

if TYPE_CHECKING:
    from streams.rules.insights.rows import Levels

router = APIRouter(tags=["stock"])


@router.get("/stock/{product_id:path}", responses=refusals(400, 404, 504))
async def stock_as_of(
    product_id: str,
    look: Looking,
    as_of: Annotated[AwareDatetime | None, Query(description="event time; without it, the newest")] = None,
) -> ProductStock:
    """What there was of a product at a time: on hand, reserved for orders, available."""
    time = milliseconds(as_of)
    rows = await look.rows(tables[LEVELS], product_id)
    levels: Levels | None = stock_levels.as_of(product_id, END if time is None else time, rows)
    if levels is None:
        raise NoSuchRowError(f"nothing is known of {product_id!r} at that time")
    return ProductStock(
        product_id=product_id,
        on_hand=levels.on_hand,
        reserved=levels.reserved,
        available=levels.on_hand - levels.reserved,
        version=levels.version,
    )
