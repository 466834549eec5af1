"""How good were the verdicts? One HTML page that needs nothing but itself.

`measures.py` computes, `plots.py` draws, `page.py` puts it together. The command is `agents/cli/fraud.py`.
"""
