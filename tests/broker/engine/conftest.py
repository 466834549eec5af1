"""Worlds: a counting service each, on the session's broker unless a test brings its own."""

import pytest

from tests.broker.engine.world import World


@pytest.fixture
def world(kafka, fresh, tmp_path):
    """A service of its own; its workers do not outlive the test."""
    world = World(kafka.bootstrap, fresh("counting"), tmp_path)
    yield world
    world.close()
