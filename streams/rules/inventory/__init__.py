"""Stock: promised when an order is placed, gone when it ships, free again when it is cancelled or too late.

In the order's partition `splitting.py` turns an order into commands, one per line. They travel to the partitions of the
products, where `reserving.py`, `releasing.py` and `consuming.py` answer them, and `receiving.py` books deliveries and
audits. `book.py` is the only writer of counts; `breaking.py` is for when there is less than was promised, and
`forgetting.py` keeps it all bounded. Every rule takes an event and the `Memory`.
"""
