"""A customer, keyed by customer id, and all that a customers rule works on."""

from typing import NamedTuple

import msgspec

from streams.rules import Rows


class Customer(msgspec.Struct, frozen=True, gc=False):
    """The latest word about a customer."""

    name: str
    phone: str
    locale: str | None
    at: int  # event time of that word, milliseconds


class Memory(NamedTuple):
    """Customers are kept for as long as the compacted topic keeps them."""

    customers: Rows[Customer]
