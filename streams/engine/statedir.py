"""A worker's place on disk: its own, locked, with an identity that outlives a crash.

Workers of a service on one machine take the slots 0, 1, 2 … A restarted worker finds its slot free again, and with it
its rows, its transactional id (so that what it left open is aborted at once, not after a time-out) and the name that
its predecessor had in the consumer group, which it can sign off.
"""

from __future__ import annotations

import fcntl
import logging
import uuid
from typing import IO, TYPE_CHECKING

from aiokafka.client import ConnectionGroup
from aiokafka.errors import KafkaError
from aiokafka.protocol.group import LeaveGroupRequest

from streams.engine.errors import StateLockedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aiokafka.client import AIOKafkaClient

log = logging.getLogger(__name__)

MAX_SLOTS = 256  # workers of one service on one machine


class StateDirectory:
    """`<root>/<service>/<slot>/`, held by one process at a time."""

    def __init__(self, path: Path, lock: IO[str]) -> None:
        self.path, self._lock = path, lock
        self.worker_id = self._identity()

    @classmethod
    def claim(cls, root: Path, service: str) -> StateDirectory:
        """The first slot that no living process holds.

        Raises:
            StateLockedError: the directory cannot be written, or all slots are taken.
        """
        for slot in range(MAX_SLOTS):
            path = root / service / str(slot)
            try:
                path.mkdir(parents=True, exist_ok=True)
                lock = (path / "lock").open("w")
            except OSError as error:
                raise StateLockedError(f"state directory {path}: {error.strerror}") from error
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                lock.close()
                continue
            return cls(path, lock)
        raise StateLockedError(f"{root / service}: {MAX_SLOTS} workers hold state here already")

    def _identity(self) -> str:
        file = self.path / "worker-id"
        if not file.exists() or not file.read_text().strip():
            file.write_text(uuid.uuid4().hex)
        return file.read_text().strip()

    def remember_member(self, member_id: str) -> None:
        """This worker's name in the consumer group, for its successor."""
        (self.path / "member-id").write_text(member_id)

    async def take_leave_for_predecessor(self, client: AIOKafkaClient, group: str) -> None:
        """If the last owner of this slot was killed, sign it off, so that the group need not wait for its time-out."""
        file = self.path / "member-id"
        if not file.exists():
            return
        try:
            node = await client.coordinator_lookup(0, group)
            await client.ready(node, group=ConnectionGroup.COORDINATION)
            await client.send(node, LeaveGroupRequest(group, file.read_text()), group=ConnectionGroup.COORDINATION)
        except (KafkaError, AssertionError) as error:
            log.info("the predecessor could not be signed off (%s); its session will time out", error)
        file.unlink()

    def forget_member(self) -> None:
        """Left the group in an orderly way."""
        (self.path / "member-id").unlink(missing_ok=True)

    def partitions(self) -> Iterator[Path]:
        """Where rows of partitions lie, owned now or once."""
        return (entry for entry in self.path.iterdir() if entry.name.isdigit())

    def release(self) -> None:
        self._lock.close()
