"""Customers: who they are, as they said last."""
