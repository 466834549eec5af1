"""`python -m streams.broker fetch` fills the cache (make setup), `... lock` pins the jars anew (make lock)."""

import sys

from streams.broker.errors import BrokerError
from streams.broker.jars import class_path
from streams.broker.lock import write_lock
from streams.settings import Settings, SettingsError

USAGE = "usage: python -m streams.broker fetch|lock"


def main(arguments: list[str]) -> None:
    """Do the one thing that is asked; exits with a readable message when it cannot be done."""
    try:
        match arguments:
            case ["fetch"]:
                class_path(Settings.load().local.cache)
            case ["lock"]:
                write_lock()
            case _:
                sys.exit(USAGE)
    except (BrokerError, SettingsError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(sys.argv[1:])
