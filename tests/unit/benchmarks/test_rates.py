"""From samples to figures: markers are no events, start and tail are left out, warm-ups too."""

import numpy as np
import pytest

from benchmarks.probe import Sample
from benchmarks.rates import rates, records_below, window

OFFSETS = [np.array([0, 1, 3, 4]), np.array([0, 2])]
"""Two partitions; offset 2 of the first and 1 of the second are markers."""


def steady(seconds, per_second, cpu_per_second=0.5):
    """One sample a second of one partition without markers."""
    samples = [
        Sample(100.0 + t, (t * per_second,), (max(t - 1, 0) * per_second,), t * cpu_per_second, t * 0.25, 50.0 + t)
        for t in range(seconds + 1)
    ]
    return samples, [np.arange(seconds * per_second)]


@pytest.mark.parametrize(("ends", "records"), [((0, 0), 0), ((3, 0), 2), ((5, 0), 4), ((5, 3), 6), ((2, 2), 3)])
def test_only_records_count(ends, records):
    assert records_below(OFFSETS, ends) == records


def test_a_steady_engine_has_its_rate():
    samples, offsets = steady(20, 1_000)
    found = rates(samples, offsets)
    assert found.events_per_second == pytest.approx(1_000)
    assert found.engine_cpu_s_per_million == pytest.approx(500)
    assert found.broker_cpu_s_per_million == pytest.approx(250)
    assert (found.peak_rss_mb, found.start_s) == (70.0, 2.0)


def test_a_slow_start_does_not_count():
    samples, offsets = steady(20, 1_000)
    late = [samples[0], *(Sample(s.at + 60, *list(vars(s).values())[1:]) for s in samples[1:])]
    assert rates(late, offsets).events_per_second == pytest.approx(1_000)
    assert rates(late, offsets).start_s == pytest.approx(62.0)


@pytest.mark.parametrize(("warm_up_s", "begin"), [(0.0, 2), (5.0, 6), (1_000.0, 16)])
def test_a_warm_up_is_left_out_but_never_the_last_fifth(warm_up_s, begin):
    samples, _ = steady(20, 1_000)
    records = [sample.ends[0] for sample in samples]
    found = window(samples, records, 2_000, 19_000, warm_up_s=warm_up_s)
    assert found.first is samples[begin]
    assert found.last is samples[19]


def test_a_run_that_is_over_between_two_samples_has_a_lower_bound():
    samples, _ = steady(1, 1_000)
    assert window(samples, [0, 1_000], 100, 950).per_second == pytest.approx(1_000)


def test_no_output_has_no_rate():
    samples, _ = steady(3, 1_000)
    with pytest.raises(ValueError, match="nothing was put out"):
        rates(samples, [np.empty(0)])
