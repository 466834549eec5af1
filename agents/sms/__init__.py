"""Text messages leave the house here: `gateway.py` posts them, `server.py` is a gateway for demos and tests.

Who calls it: `agents/notifications.py`. Which messages there are is decided in `streams/rules/notifications/`.
"""

from agents.sms.gateway import Gateway, HttpGateway
from agents.sms.message import Sms

__all__ = ["Gateway", "HttpGateway", "Sms"]
