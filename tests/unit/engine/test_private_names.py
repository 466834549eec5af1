"""What the engine relies on inside faust, mode and aiokafka, so that an upgrade fails with a sentence, not a mystery.

Each name stands beside the file that needs it. Whoever upgrades reads that file against the new source, and then moves
the pin in requirements/runtime.in.
"""

import ast
import importlib.metadata
import inspect
import re
from pathlib import Path

import aiokafka
import faust
import pytest
from aiokafka.client import AIOKafkaClient
from aiokafka.consumer import fetcher, group_coordinator
from aiokafka.consumer.subscription_state import SubscriptionState
from aiokafka.partitioner import murmur2
from aiokafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from faust.agents.agent import Agent
from faust.app.base import App, BootStrategy
from faust.assignor.partition_assignor import PartitionAssignor
from faust.tables.manager import TableManager
from faust.tables.recovery import Recovery
from faust.transport import consumer as faust_consumer
from faust.transport import drivers
from faust.transport.conductor import Conductor
from faust.transport.drivers import aiokafka as driver
from mode import Service
from mode.threads import QueueServiceThread, ServiceThread

from streams import engine
from streams.engine import faustparts, resumption, transport
from streams.engine.app import ServiceApp
from tests.support.pipes import Shop

ENGINE = Path(engine.__file__).parent
PINNED = {"faust-streaming": "0.15.3", "aiokafka": "0.14.0", "mode-streaming": "0.7.1", "rocksdict": "0.3.29"}

RELIED_ON = {
    "fetching.py": {
        aiokafka.AIOKafkaConsumer: ["_fetcher", "_subscription", "_closed", "_coordinator", "last_stable_offset"],
        fetcher.Fetcher: ["_records", "_closed", "_notify", "_wait_consume_future", "_create_fetch_waiter"],
        fetcher.FetchResult: ["check_assignment", "has_more", "_partition_records", "_assignment", "_update_position"],
        fetcher.FetchError: ["check_raise"],
        fetcher.PartitionRecords: [
            "next_fetch_offset", "_records", "_records_iterator", "_check_crcs", "_isolation_level",
            "_aborted_producers", "_consume_aborted_up_to", "_contains_abort_marker",
        ],
        SubscriptionState: ["fetch_context", "reassignment_in_progress", "wait_for_assignment"],
        MemoryRecords: ["has_next", "next_batch"],
        DefaultRecordBatch: [
            "validate_crc", "next_offset", "base_offset", "is_control_batch", "is_transactional", "producer_id",
        ],
    },
    "transport.py": {
        driver.AIOKafkaConsumerThread: ["_create_worker_consumer", "_ensure_consumer", "_assignor"],
        driver.Consumer: ["_new_consumer_thread", "_drain_messages", "consumer_stopped_errors"],
        faust_consumer.ThreadDelegateConsumer: ["_thread"],
        faust_consumer.Consumer: [
            "flow_active", "can_resume_flow", "suspend_flow", "callback", "on_buffer_full", "on_buffer_drop",
            "track_message", "ack", "commit", "verify_all_partitions_active", "wait_empty", "perform_seek",
        ],
        group_coordinator.GroupCoordinator: ["generation", "member_id", "check_errors"],
        QueueServiceThread: ["call_thread"],
        ServiceThread: ["parent_loop"],
        Service: ["_stopped", "wait_first", "should_stop"],
    },
    "app.py": {
        App: ["_on_agent_error", "_fetcher", "on_rebalance_end", "consumer_generation_id", "flow_control"],
        TableManager: ["on_actives_ready", "on_standbys_ready"],
        faust_consumer.Consumer: ["resume_partitions", "resume_flow"],
        Agent: ["fun"],
    },
    "worker.py": {Service: ["_crashed", "crash_reason"]},
    "resumption.py": {
        TableManager: ["_tables_finalized", "_tables_registered", "on_partitions_revoked", "on_rebalance", "recovery"],
        Recovery: ["_restart_recovery", "_slurp_changelogs", "_publish_stats", "completed"],
    },
    "faustparts.py": {PartitionAssignor: ["_url"], BootStrategy: ["enable_kafka_producer"]},
    "writer/link.py": {AIOKafkaClient: ["_conns"]},
}  # fmt: skip


@pytest.mark.parametrize(("package", "version"), PINNED.items())
def test_the_pinned_version_is_the_installed_and_the_required_one(package, version):
    required = (ENGINE.parents[1] / "requirements" / "runtime.in").read_text()
    assert importlib.metadata.version(package) == version
    assert f"{package}=={version}" in required


def names_of(owner):
    """What a class and its bases define, on the class or on `self`."""
    sources = "".join(_source(base) for base in owner.__mro__)
    return set(dir(owner)) | set(re.findall(r"\bself\.(\w+)", sources))


def _source(cls):
    try:
        return inspect.getsource(cls)
    except (OSError, TypeError):  # built in, or compiled
        return ""


@pytest.mark.parametrize(
    ("file", "owner"), [(file, owner) for file, owners in RELIED_ON.items() for owner in owners], ids=str
)
def test_a_name_is_still_there(file, owner):
    missing = set(RELIED_ON[file][owner]) - names_of(owner)
    assert not missing, f"streams/engine/{file} relies on {sorted(missing)} of {owner.__module__}.{owner.__name__}"


def test_no_private_name_is_used_that_is_not_listed_here():
    listed = {name for owners in RELIED_ON.values() for names in owners.values() for name in names}
    own, used = set(), {}
    for path in sorted(ENGINE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                own.add(node.name)
            if isinstance(node, ast.Attribute) and re.match(r"_[a-z]", node.attr):
                of_self = isinstance(node.value, ast.Name) and node.value.id in {"self", "cls", "writer"}
                own.update({node.attr} if of_self and isinstance(node.ctx, ast.Store) else ())
                used.setdefault(node.attr, path.name)
    strangers = {name: file for name, file in used.items() if name not in own | listed | {"_exit"}}
    assert strangers == {}, "list them above, beside whom they belong to"


CALLED_BY = [
    (driver.AIOKafkaConsumerThread._create_consumer, "_create_worker_consumer(", "transport.py"),
    (faust_consumer.ThreadDelegateConsumer.__init__, "_new_consumer_thread(", "transport.py"),
    (faust_consumer.Fetcher, "consumer._drain_messages(self)", "transport.py"),
    (App._consumer_wait_empty, "consumer.wait_empty()", "transport.py"),
    (App._on_partitions_revoked, "self._consumer_wait_empty", "transport.py"),
    (App._on_partitions_revoked, "self.tables.on_partitions_revoked", "resumption.py"),
    (App._on_partitions_revoked, "consumer.stop_flow", "resumption.py"),
    (App._on_partitions_revoked, "self.flow_control.clear", "chunk.py"),
    (App._on_partitions_assigned, "self.tables.on_rebalance", "resumption.py"),
    (App._stop_consumer, "_consumer_wait_empty", "app.py"),
    (Agent._execute_actor, "self._on_error(self, exc)", "app.py"),
    (Conductor._compile_message_handler, "return await callback(message)", "transport.py"),
]


@pytest.mark.parametrize(("caller", "call", "file"), CALLED_BY)
def test_faust_still_calls_what_the_engine_replaces(caller, call, file):
    source = inspect.getsource(caller)
    assert call in source, f"streams/engine/{file} waits to be called as {call} by {caller.__qualname__}"


OVERRIDDEN = [
    (transport.ConsumerThread, driver.AIOKafkaConsumerThread, ["_create_worker_consumer"]),
    (transport.ChunkConsumer, driver.Consumer, ["_drain_messages", "commit", "ack", "perform_seek", "wait_empty"]),
    (resumption.Recoverer, TableManager, ["on_rebalance", "on_partitions_revoked"]),
    (ServiceApp, App, ["_create_directories", "_on_agent_error", "on_start", "on_stop"]),
]


@pytest.mark.parametrize(("ours", "theirs", "methods"), OVERRIDDEN)
def test_replaced_methods_take_as_many_arguments(ours, theirs, methods):
    for method in methods:
        expected, found = (len(inspect.signature(getattr(cls, method)).parameters) for cls in (theirs, ours))
        assert found == expected, f"{ours.__name__}.{method} no longer fits {theirs.__name__}'s"


def test_replaced_tasks_of_fausts_recovery_are_the_only_ones_it_has():
    tasks = {name for name, value in vars(Recovery).items() if type(value).__name__ == "ServiceTask"}
    assert tasks == set(RELIED_ON["resumption.py"][Recovery]) - {"completed"}


def test_a_transport_is_found_by_its_scheme():
    assert drivers.by_url(f"{transport.SCHEME}://") is transport.ChunkTransport


def test_an_app_takes_its_parts_as_settings():
    app = Shop().app()
    assert (type(app.tables), type(app.assignor)) == (resumption.Recoverer, faustparts.Assignor)
    assert isinstance(app.topic("numbers"), faustparts.SourceTopic)
    assert isinstance(app, faust.App)


def test_the_record_encoder_takes_what_the_writer_gives_it():
    builder = DefaultRecordBatchBuilder(2, 0, 1, -1, -1, -1, 1000)
    assert builder.append(0, 5, b"k", b"v", [("h", b"x")]).offset == 0
    builder.set_producer_state(7, 3, 0)
    batch = DefaultRecordBatch(bytes(builder.build()))
    assert (batch.producer_id, batch.is_transactional, batch.next_offset) == (7, True, 1)
    (record,) = batch
    assert (record.offset, record.timestamp, record.key, record.value) == (0, 5, b"k", b"v")
    assert list(record.headers) == [("h", b"x")]
    assert murmur2(b"21") & 0x7FFFFFFF == -973932308 & 0x7FFFFFFF
