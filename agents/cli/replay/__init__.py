"""A recorded stream through the fraud service, without a broker: the same topology, under the test driver.

`stream.py` reads what was recorded, `scorer.py` runs it, `progress.py` writes verdicts and makes a killed run go on
where it was. The command is `agents/cli/fraud.py`.
"""
