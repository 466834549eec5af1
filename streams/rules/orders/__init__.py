"""Orders: each ends exactly once, completed or cancelled, whatever comes in whatever order.

`learning.py` notes what each event says about an order, `deciding.py` draws the conclusion as soon as there is one,
`timing.py` ends what waits too long. Every rule takes an event and the `Memory`.

`OrderConfirmed` is the point of no return: shipping may have sent the parcel by the time anybody changes their mind. A
cancellation that comes later is too late, and a reservation that is broken later is inventory's to sort out
(`streams/rules/inventory/consuming.py`). So a cancelled order ships nothing, and a confirmed one is completed.
"""
