"""`/stock/{product_id}`: what there is of a product, and what of it can still be promised."""

from fastapi import APIRouter

from tables.inventory import stock
from tables.views.answers import Answer
from tables.views.asking import Looking
from tables.views.documents import refusals

router = APIRouter(tags=["stock"])


class ProductStock(Answer):
    """The counts of one product."""

    product_id: str
    on_hand: int
    reserved: int
    available: int
    version: int


@router.get("/stock/{product_id:path}", responses=refusals(400, 404, 504))
async def stock_of_product(product_id: str, look: Looking) -> ProductStock:
    """What there is of a product: on hand, reserved for orders, still available."""
    row = await look(stock, product_id)
    return ProductStock(
        product_id=product_id,
        on_hand=row.on_hand,
        reserved=row.reserved,
        available=row.available,
        version=row.version,
    )
