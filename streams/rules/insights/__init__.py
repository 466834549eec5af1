"""Insights: what sequences of events amount to, by product, customer and card.

Sources are keyed by order, product or card; what is counted has a key of its own. So `selling.py` and `paying.py` first
send each event to the task of its key (`facts.py`), and then measure it there; `stocking.py` needs no such detour.
`measures.py` lists the windows, `desk.py` is what rules work on, `closing.py` says final results once.
"""
