"""Notifications: one SMS for each parcel that leaves, or one word why not.

`OrderShipped` asks for a message, which travels to the partition of its customer (`addressing.py`). There it gets a
phone and a text, or waits for a customer who is not known yet (`waiting.py`, `welcoming.py`). Posting it is the agent's
work, outside of any transaction; `reporting.py` tells what came of it. Killed after the post and before the commit, the
agent posts again with the same message id, which the gateway knows. Every rule takes an event and the `Memory`.
"""
