"""What can go wrong with the embedded Kafka, in words that a user can act on. Raised everywhere in streams.broker."""


class BrokerError(Exception):
    """The embedded Kafka cannot do what was asked: the message says why and what to do. Not to be retried blindly."""
