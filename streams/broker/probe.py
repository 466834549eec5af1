"""Asks a broker, on a plain socket, who is alive: the only honest sign that Kafka is up (its port answers earlier).

Kafka's protocol guide: Metadata request, version 1, request header version 1. Continued in node.py.
"""

import socket
import struct

METADATA, VERSION, NO_CLIENT_ID, NO_TOPICS = 3, 1, -1, 0
REQUEST = struct.pack(">hhihi", METADATA, VERSION, 0, NO_CLIENT_ID, NO_TOPICS)
ANSWER_TIMEOUT_S = 2.0


def live_brokers(port: int) -> set[int]:
    """Node ids that the broker on this local port sees alive; empty while it does not answer."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=ANSWER_TIMEOUT_S) as connection:
            connection.sendall(struct.pack(">i", len(REQUEST)) + REQUEST)
            stream = connection.makefile("rb")
            (size,) = struct.unpack(">i", stream.read(4))
            return _broker_ids(stream.read(size))
    except (OSError, struct.error):
        return set()


def _broker_ids(answer: bytes) -> set[int]:
    """Read `correlation id, [node id, host, port, rack]`; the rest of the answer is not needed."""
    (count,) = struct.unpack_from(">i", answer, 4)
    position, found = 8, set()
    for _ in range(count):
        node, host_size = struct.unpack_from(">ih", answer, position)
        position += 6 + host_size + 4
        (rack_size,) = struct.unpack_from(">h", answer, position)
        position += 2 + max(rack_size, 0)
        found.add(node)
    return found
