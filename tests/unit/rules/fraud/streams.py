"""Small streams for the tests of this folder: a draw as the events that a scorer may see."""

from collections import deque

from benchmarks.fraud.desks import attempt, label
from benchmarks.fraud.patterns import draw

DAY = 86_400


def events(rows, delay_days=7):
    """Attempts in order, each label when it is due. The transaction is the row's number."""
    due = deque()
    for number, row in enumerate(rows):
        while due and due[0][0] <= row.seconds:
            at, past, truth = due.popleft()
            yield label(at, past, str(truth.card), fraud=truth.fraud == 1)
        yield attempt(row.seconds, str(number), str(row.card), str(row.terminal), row.cents)
        due.append((row.seconds + delay_days * DAY, str(number), row))


def village(name, seed=3):
    return draw(name, seed, cards=150, terminals=100, days=40, share=0.015)


def verdicts(desks, stream):
    return [verdict for event in stream for verdict in desks.send(event)]


def scores(desks, stream):
    """The score of each attempt, in order of number."""
    found = [v.data for v in verdicts(desks, stream) if not getattr(v.data, "clears", None)]
    by_number = {int(data.transaction_id): data.score for data in found}
    return [by_number[number] for number in range(len(by_number))]


def average_precision(truth, score):
    ranked = [fraud for _, fraud in sorted(zip(score, truth, strict=True), key=lambda pair: -pair[0])]
    hits, total = 0, 0.0
    for place, fraud in enumerate(ranked, 1):
        if fraud:
            hits += 1
            total += hits / place
    return total / hits
