"""What can go wrong before there is anything to judge."""


class BrokerUnreachableError(ConnectionError):
    """No broker answered at these addresses. Start one, or correct `bootstrap_servers`."""


class ReadingStalledError(TimeoutError):
    """The broker stopped handing out records before the end that it had named."""
