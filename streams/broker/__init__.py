"""The embedded Kafka: a real Apache Kafka as child processes, with nothing but pip.

    with EmbeddedKafka() as kafka:
        print(kafka.bootstrap)

For demos, tests and a developer's desk. The story: lock.py pins the jars, jars.py fetches and checks them,
config.py writes a node's settings, watchdog.py starts Java and ends it with its parent, node.py is one broker,
cluster.py is what a user holds.
"""

from streams.broker.cluster import EmbeddedKafka
from streams.broker.errors import BrokerError
from streams.broker.node import Node

__all__ = ["BrokerError", "EmbeddedKafka", "Node"]
