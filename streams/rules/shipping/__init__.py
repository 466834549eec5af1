"""Parcels: one per order, prepared when it is placed, sent when it is confirmed, dropped when it is cancelled."""
