"""What a driven world is made of when nothing is on its way: rows and offsets. Records are not part of it."""

from __future__ import annotations

import msgspec


class WorkerState(msgspec.Struct, frozen=True):
    """One app: the next offset of each source partition, and the rows of each of its own."""

    offsets: list[tuple[str, int, int]]  # topic, partition, offset
    stores: dict[int, dict[bytes, bytes]]


class Snapshot(msgspec.Struct, frozen=True):
    """All apps by name, and where each topic ends."""

    ends: list[tuple[str, int, int]]  # topic, partition, offset
    workers: dict[str, WorkerState]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Snapshot)


def packed(snapshot: Snapshot) -> bytes:
    return _encoder.encode(snapshot)


def unpacked(content: bytes) -> Snapshot:
    """Raises msgspec.DecodeError: that is no snapshot."""
    return _decoder.decode(content)
