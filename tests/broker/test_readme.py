"""The README's session, command by command, on a Kafka that it starts itself."""

import json
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from streams.broker.config import free_port
from tests.support import readme
from tests.support.processes import PATIENCE_SECONDS, environment, running

pytestmark = [pytest.mark.broker, pytest.mark.timeout(600)]

HOST = "127.0.0.3" if sys.platform == "linux" else "127.0.0.1"  # where no other worker's port is in the way
STAY = ("millrace broker", "millrace worker", "millrace sms-gateway")
ELSEWHERE = ("make ", "export ")  # the make targets are tests of their own, and the path is set


@pytest.fixture
def session(tmp_path):
    """Runs one command as a user would; those that run on do so until the test ends."""
    kafka, sms = free_port(), free_port()
    variables = {
        "MILLRACE_BOOTSTRAP": f"127.0.0.1:{kafka}",
        "MILLRACE_DATA": str(tmp_path / "tables"),
        "MILLRACE_WEB_HOST": HOST,
        "MILLRACE_SMS_GATEWAY": f"http://127.0.0.1:{sms}/messages",
    }
    ports = {"millrace broker": f" --port {kafka}", "millrace sms-gateway": f" --port {sms}"}
    with ExitStack() as stack:

        def run(command):
            if command.startswith(STAY):
                words = (command + ports.get(command, "")).split()[1:]
                log = tmp_path / f"{len(list(tmp_path.glob('*.log')))}.log"
                stack.enter_context(running(*words, log=log, **variables))
                return wait_for_words(log)
            return repeat_until_it_works(command.replace("http://127.0.0.1", f"http://{HOST}"), variables)

        yield run


def wait_for_words(log):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not log.exists() or not any(word in log.read_text() for word in ("serves at", "views at", "Takes text")):
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.2)
    return log.read_text()


def repeat_until_it_works(command, variables):
    """What a user does who asked too early."""
    path = f"{Path(sys.executable).parent}:{environment()['PATH']}"
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        ended = subprocess.run(
            ["bash", "-c", command],
            cwd=readme.ROOT,
            env=environment(PATH=path, **variables),
            capture_output=True,
            text=True,
            check=False,
        )
        if ended.returncode == 0:
            return ended.stdout
        assert time.monotonic() < deadline, command + ended.stdout + ended.stderr
        time.sleep(0.5)


def repeat_until(session, command, wanted):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not wanted(answer := json.loads(session(command))):
        assert time.monotonic() < deadline, (command, answer)
        time.sleep(0.5)
    return answer


def test_the_session_goes_as_the_readme_tells(session):
    (stock,) = map(json.loads, readme.blocks("json"))
    for command in readme.commands():
        if command.startswith(ELSEWHERE):
            continue
        said = session(command)
        if command == "millrace query orders 12345":
            order = repeat_until(session, command, lambda order: order["status"] == "completed")
            assert [line["product_id"] for line in order["lines"]] == ["LAMP-7"]
        elif command == "millrace query stock LAMP-7":
            assert repeat_until(session, command, lambda answer: answer["on_hand"] == stock["on_hand"]) == stock
        elif command.startswith("curl"):
            assert json.loads(said)["order_id"]
        elif command.startswith("millrace verify"):
            assert "0 violations" in said
        elif command.startswith("millrace query examples.loyalty"):
            repeat_until(
                session, command, lambda answer: answer["rows"][0]["row"] == 3
            )  # two lamps, and the one by HTTP
