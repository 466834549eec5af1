"""What lies on disk: the rows of every RocksDB of a state directory, and how far each says it has come.

Read with rocksdict alone, after the workers have ended: the keys are those of the changelog, beside the engine's own
notes, which begin with NUL (see streams/engine/store.py). Compared with the changelog by `judge.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import rocksdict

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OFFSET = b"\0changelog-offset"


class Stored(NamedTuple):
    """One partition's store of one worker; `offset`: the changelog records before it are in."""

    path: Path
    partition: int
    offset: int
    rows: dict[bytes, bytes]


def stored(state: Path, service: str) -> Iterator[Stored]:
    """Every store of a service that any worker has left behind; one that was being made at its death holds nothing."""
    for path in sorted((state / service).glob("*/*/")):
        if path.name.isdigit() and (path / "CURRENT").exists():
            rows = _read(path)
            offset = int(rows.pop(OFFSET, b"0"))
            yield Stored(path, int(path.name), offset, {key: row for key, row in rows.items() if key[:1] != b"\0"})


def _read(path: Path) -> dict[bytes, bytes]:
    options = rocksdict.Options(raw_mode=True)
    store = rocksdict.Rdict(str(path), options=options, access_type=rocksdict.AccessType.read_only())
    try:
        return dict(store.items())
    finally:
        store.close()
