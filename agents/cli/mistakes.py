"""What a user can put right: shown as a sentence, without a stack trace. Everything else is our fault and shows one."""

from typing import Final

from agents.cli.errors import UserError
from agents.verify import BrokerUnreachableError, ReadingStalledError
from streams.broker import BrokerError
from streams.engine.errors import EngineError
from streams.settings import SettingsError
from streams.topics import UnknownTopicError

MISTAKES: Final = (
    UserError,
    SettingsError,
    BrokerError,
    BrokerUnreachableError,
    ReadingStalledError,
    EngineError,
    UnknownTopicError,
)
