"""Messages for a customer who is not known yet: her `UserCreated` races with her first order."""

from streams.rules.notifications.memory import Memory
from streams.rules.notifications.rows import Message, Queue
from streams.rules.timers import due


def wait(message_id: str, message: Message, time: int, memory: Memory) -> bool:
    """Queue a message from event time `time` on. False when the customer's queue is full."""
    queue = memory.queues.get(message.customer_id) or Queue()
    if len(queue.message_ids) >= memory.policy.queue_limit:
        return False
    memory.queues[message.customer_id] = Queue((*queue.message_ids, message_id))
    memory.messages[message_id] = message
    at = due(memory.timers, time, memory.policy.patience)
    memory.timers.set(f"wait/{message_id}", at)
    return True


def waiting_for(customer_id: str, memory: Memory) -> list[tuple[str, Message]]:
    """Take the customer's queue: message ids and messages that still wait, oldest first."""
    queue = memory.queues.get(customer_id)
    if queue is None:
        return []
    del memory.queues[customer_id]
    return [(message_id, memory.messages[message_id]) for message_id in queue.message_ids]


def leave(message_id: str, message: Message, memory: Memory) -> None:
    """Take one message out of its customer's queue."""
    queue = memory.queues.get(message.customer_id) or Queue()
    rest = tuple(other for other in queue.message_ids if other != message_id)
    if rest:
        memory.queues[message.customer_id] = Queue(rest)
    elif message.customer_id in memory.queues:
        del memory.queues[message.customer_id]


def forget_later(message_id: str, time: int, memory: Memory) -> None:
    """Delete the message when the policy's retention after event time `time` is over."""
    at = due(memory.timers, time, memory.policy.retention)
    memory.timers.set(f"forget/{message_id}", at)
