"""What a worker answers over HTTP: rows of its tables, its health, its metrics, and the intake of events.

`app.py` puts the pages of a service together. One file per resource holds what it says; `asking.py` finds the row,
wherever it lives; `listing.py` shows any table, so a new service needs no page of its own. Every "no" is a problem
document: `problems.py`. How the owner of a key is found: `streams/engine/queries`.
"""
