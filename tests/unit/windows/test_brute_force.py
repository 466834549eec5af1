"""For every kind of window: what it says of a random history is what a look at the whole history says."""

import random
from collections import Counter, defaultdict

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.windows import EACH_CHANGE, Hopping, Late, Result, Session, Sliding, Tumbling, Window
from tests.unit.windows.histories import History, Moment, Task, decode, finals, lates, live

HISTORIES = settings(
    max_examples=2500, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None, print_blob=True
)
A_HISTORY = st.binary(min_size=45, max_size=80)

Expected = tuple[list[Result], list[Late]]


def expect_aligned(size: int, step: int, offset: int, grace: int, moments: list[Moment]) -> Expected:
    """Every event in every window of its time that is open; late if there is none."""
    held, late = defaultdict(list), []
    for moment in moments:
        starts = [s for s in range(moment.time - size + 1, moment.time + 1) if (s - offset) % step == 0]
        still_open = [s for s in starts if s + size + grace > moment.watermark]
        for start in still_open:
            held[start + size, moment.key].append(moment.value)
        if not still_open:
            late.append(Late(moment.key, Window(starts[-1], starts[-1] + size), moment.time, moment.watermark))
    return [Result(key, Window(end - size, end), held[end, key], "final") for end, key in sorted(held)], late


def expect_sliding(size: int, grace: int, moments: list[Moment]) -> Expected:
    """For every time of an event on time, all events on time that are at most a size older."""
    on_time = [m for m in moments if m.time + 1 + grace > m.watermark]
    late = [m for m in moments if m not in on_time]
    said = []
    for time, key in sorted({(m.time, m.key) for m in on_time}):
        held = [m.value for m in on_time if m.key == key and time - size <= m.time <= time]
        said.append(Result(key, Window(time - size, time + 1), held, "final"))
    return said, [Late(m.key, Window(m.time - size, m.time + 1), m.time, m.watermark) for m in late]


def expect_sessions(gap: int, grace: int, moments: list[Moment]) -> Expected:
    """Remember all events whose session has not closed; group them anew whenever one comes."""
    remembered: dict[str, list[Moment]] = defaultdict(list)
    said, late = [], []

    def close(boundary: int) -> None:
        for key, events in remembered.items():
            for group in bursts(gap, events):
                if group[-1].time + gap <= boundary:
                    window = Window(group[0].time, group[-1].time + gap)
                    said.append(Result(key, window, sorted(m.value for m in group), "final"))
                    remembered[key] = [m for m in remembered[key] if m not in group]

    for moment in moments:
        boundary = moment.watermark - grace
        close(boundary)
        session = next(group for group in bursts(gap, [*remembered[moment.key], moment]) if moment in group)
        if session[-1].time + gap <= boundary:
            late.append(Late(moment.key, Window(moment.time, moment.time + gap), moment.time, moment.watermark))
        else:
            remembered[moment.key].append(moment)
    close(1 << 60)
    return sorted(said, key=lambda result: (result.window.end, result.key)), late


def bursts(gap: int, moments: list[Moment]) -> list[list[Moment]]:
    groups: list[list[Moment]] = []
    for moment in sorted(moments, key=lambda m: m.time):
        if groups and moment.time < groups[-1][-1].time + gap:
            groups[-1].append(moment)
        else:
            groups.append([moment])
    return groups


def check(history: History, task: Task, partition: int, expected: Expected) -> None:
    results, late = expected
    assert finals(task.said) == results
    assert list(lates(task.said)) == late
    assert not [name for name in task.rows if name[0] in "pkt"], "closed windows leave nothing but what is kept to read"
    if history.early == EACH_CHANGE:
        check_that_the_last_early_result_was_the_final_one(task.said)


def check_that_the_last_early_result_was_the_final_one(said: list[Result | Late]) -> None:
    latest: dict[tuple[str, int], Result] = {}
    for result in (one for one in said if isinstance(one, Result)):
        name = result.key, result.window.start
        before = latest.get(name)
        if result.phase == "final":
            assert before is not None
            assert (before.phase, before.value, before.window) == ("early", result.value, result.window)
        latest[name] = result
    assert {result.phase for result in latest.values()} <= {"final", "retracted"}


def of_partition(history: History, partition: int) -> list[Moment]:
    return [moment for moment in history.moments if moment.partition == partition]


@HISTORIES
@given(A_HISTORY, st.integers(1, 30), st.integers(-20, 20))
def test_tumbling_windows_say_what_the_whole_history_says(data, size, offset):
    history = decode(data)
    for partition, task in enumerate(live(Tumbling(size, offset), history)):
        moments = of_partition(history, partition)
        check(history, task, partition, expect_aligned(size, size, offset, history.grace, moments))


@HISTORIES
@given(A_HISTORY, st.integers(1, 30), st.integers(1, 30), st.integers(-20, 20))
def test_hopping_windows_say_what_the_whole_history_says(data, one, other, offset):
    size, step = max(one, other), min(one, other)
    history = decode(data)
    for partition, task in enumerate(live(Hopping(size, step, offset), history)):
        moments = of_partition(history, partition)
        check(history, task, partition, expect_aligned(size, step, offset, history.grace, moments))


@HISTORIES
@given(A_HISTORY, st.integers(1, 30))
def test_sliding_windows_say_what_the_whole_history_says(data, size):
    history = decode(data)
    for partition, task in enumerate(live(Sliding(size), history)):
        check(history, task, partition, expect_sliding(size, history.grace, of_partition(history, partition)))


@HISTORIES
@given(A_HISTORY, st.integers(1, 30))
def test_session_windows_say_what_the_whole_history_says(data, gap):
    history = decode(data)
    for partition, task in enumerate(live(Session(gap), history)):
        check(history, task, partition, expect_sessions(gap, history.grace, of_partition(history, partition)))


def test_the_histories_hold_what_windows_find_hard():
    shaken = random.Random(1)
    histories = [decode(shaken.randbytes(60)) for _ in range(300)]
    steps = Counter(name for history in histories for name, _ in history.steps)
    said = [one for history in histories for task in live(Session(10), history) for one in task.said]
    assert min(steps[name] for name in ("event", "chunk", "restart", "silence")) > 100
    assert len(list(lates(said))) > 100
    assert sum(one.phase == "retracted" for one in said if isinstance(one, Result)) > 100
    assert {history.partitions for history in histories} == {1, 2, 3}
