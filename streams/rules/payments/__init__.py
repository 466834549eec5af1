"""Payments: a card payment for an order is authorised, declined, or stopped as fraud: one outcome for each attempt."""
