"""Draws of labelled transactions: what the studies of fraud are made with."""

import pytest

from benchmarks.fraud import patterns, shop

SMALL = {"attempts": 6_000, "customers": 200, "days": 30, "share": 0.05}


@pytest.mark.parametrize("name", shop.NAMES)
def test_the_feeds_fraud_is_drawn_in_time_order_with_its_truth_and_about_its_share(name):
    rows = shop.draw(name, 1, **SMALL | {"attempts": 24_000})
    assert rows == sorted(rows)
    assert 0.025 < sum(row.fraud for row in rows) / len(rows) < 0.1
    assert rows[-1].seconds > 28 * patterns.DAY


def test_a_draw_repeats_with_its_seed():
    assert shop.draw("burst", 1, **SMALL) == shop.draw("burst", 1, **SMALL) != shop.draw("burst", 2, **SMALL)


@pytest.mark.parametrize("draws", [patterns, shop])
def test_every_size_is_an_option_of_the_command(draws, monkeypatch, capsys):
    sizes = {"cards": 20, "terminals": 20, "days": 5} if draws is patterns else SMALL | {"attempts": 500}
    options = [word for name, value in sizes.items() for word in (f"--{name}", str(value))]
    monkeypatch.setattr("sys.argv", ["draw", "mix", "--seed", "3", *options])
    patterns.command(draws.__doc__, draws.NAMES, draws.draw)
    header, *rows = capsys.readouterr().out.splitlines()
    assert header == "seconds,card,terminal,cents,fraud"
    assert rows == [",".join(map(str, row)) for row in draws.draw("mix", 3, **sizes)]
