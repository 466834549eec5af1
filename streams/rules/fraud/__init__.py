"""The fraud service's decisions: one verdict for each attempt, with a score, its reasons, and the rules that spoke.

An attempt makes two hops: `desk_card.py` measures what the card knows, `desk_terminal.py` adds the terminal, scores,
decides and learns from labels when they return. `features.py` names what is measured, `prior.py` is the opinion of
day one, `forest.py` the model that replaces it, `threshold.py` the line, `live.py` the analysts' own rules.
"""
