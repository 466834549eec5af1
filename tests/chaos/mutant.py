"""A worker of the counting service with one thing broken on purpose: `python mutant.py <mutation> '<plan>'`.

The harness must find what each of these does; see test_mutations.py. The engine is patched in this process alone.
"""

import sys
from uuid import uuid4

import msgspec
from aiokafka.client import ConnectionGroup
from aiokafka.protocol.commit import OffsetCommitRequest

from agents.chaos import worker
from agents.chaos.plan import Plan
from streams.engine import store
from streams.engine.group import Group
from streams.engine.writer import Member, TransactionalWriter

commit, finish, open_writer = TransactionalWriter.commit, Group.finish, TransactionalWriter.open


def early_write():
    """RocksDB is written before the transaction, and without a delay."""

    def written(self, now_ms):
        writes = finish(self, now_ms)
        for task, rows in writes.items():
            task.store.write(rows, offset=task.store.offset or 0)
        return writes

    Group.finish = written
    store.MANY_CHANGES = 0


def offsets_before():
    """The source offsets are committed by themselves, before the transaction."""

    async def plain(self, batches, offsets, member=None):
        await plainly(self, offsets, member)
        return await commit(self, batches, {}, member)

    TransactionalWriter.commit = plain


def offsets_after():
    """The source offsets are committed by themselves, after the transaction."""

    async def plain(self, batches, offsets, member=None):
        ends = await commit(self, batches, {}, member)
        await plainly(self, offsets, member)
        return ends

    TransactionalWriter.commit = plain


def no_fencing():
    """The group is told of no generation, and each start is another producer."""

    def anybody(self):
        object.__setattr__(self, "generation_id", -1)
        object.__setattr__(self, "member_id", "")

    async def anew(client, transactional_id, **options):
        return await open_writer(client, f"{transactional_id}-{uuid4()}", **options)

    Member.__post_init__ = anybody
    TransactionalWriter.open = anew


async def plainly(writer, offsets, member):
    """As a plain consumer commits."""
    client = writer._link.client
    topics = {}
    for tp, offset in offsets.items():
        topics.setdefault(tp.topic, []).append((tp.partition, offset, ""))
    node = await client.coordinator_lookup(0, member.group_id)
    await client.ready(node, group=ConnectionGroup.COORDINATION)
    request = OffsetCommitRequest(member.group_id, member.generation_id, member.member_id, -1, list(topics.items()))
    answer = await client.send(node, request, group=ConnectionGroup.COORDINATION)
    assert not any(code for _, partitions in answer.topics for _, code in partitions), answer


if __name__ == "__main__":
    globals()[sys.argv[1]]()
    sys.exit(worker.main(msgspec.json.decode(sys.argv[2], type=Plan)))
