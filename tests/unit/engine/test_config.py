"""What follows from the settings of a worker."""

from streams.engine.config import Limits


def test_a_transaction_waits_longer_where_commits_are_slow_but_not_for_ever():
    limits = Limits(linger_commits=4, shortest_linger_seconds=0.015, longest_linger_seconds=0.2)
    assert [limits.linger(seconds) for seconds in (0, 0.003, 0.02, 5)] == [0.015, 0.015, 0.08, 0.2]
