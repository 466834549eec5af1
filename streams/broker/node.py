"""One broker of the embedded Kafka as a process: what tests of faults do to it, what to say when it fails.

Every method blocks until it is done; from a coroutine call `asyncio.to_thread(node.start)`. Held by cluster.py.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from streams.broker import watchdog
from streams.broker.config import Ports, is_free
from streams.broker.errors import BrokerError
from streams.broker.probe import live_brokers

# Ten times what a start takes here; a busy machine gets that much patience, and no more.
START_TIMEOUT_S = 60.0
# Kafka closes its files within a second; one of several nodes may wait for a quorum that is gone.
STOP_TIMEOUT_S = 10.0
POLL_S = 0.05
LAST_LINES = 15


@dataclass
class Node:
    """A broker: `number` from 1, its ports, its folder, and the command (`java ... -cp ...`) for Kafka's classes."""

    number: int
    ports: Ports
    folder: Path
    java: Sequence[str]
    remove_with_parent: Path | None = None
    pid: int = field(default=0, init=False)  # of the Java process; 0 when it does not run
    _watchdog: "subprocess.Popen[bytes] | None" = field(default=None, init=False, repr=False)

    @property
    def log(self) -> Path:
        """Kafka's warnings and errors of every start so far."""
        return self.folder / "kafka.log"

    @property
    def settings(self) -> Path:
        """Its server.properties."""
        return self.folder / "server.properties"

    @property
    def running(self) -> bool:
        """True from the launch until its process has ended, paused or not."""
        return self._watchdog is not None and self._watchdog.poll() is None

    def start(self) -> None:
        """Start it on its old data and wait until it serves. Raises BrokerError; does nothing when it runs."""
        self.launch()
        self.wait_until_alive({self.number})

    def launch(self) -> None:
        """Start the process and return at once; `wait_until_alive` tells when it serves."""
        if self.running:
            return
        for port in (self.ports.client, self.ports.controller):
            if not is_free(port):
                msg = f"port {port} is taken: stop what listens there, or choose another port"
                raise BrokerError(msg)
        command = [*self.java, "kafka.Kafka", str(self.settings)]
        with self.log.open("ab") as log:
            self._watchdog = subprocess.Popen(
                [sys.executable, "-IS", watchdog.__file__, str(self.remove_with_parent or ""), *command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the parent, which then stops Kafka in order
            )
        assert self._watchdog.stdout is not None
        self.pid = int(self._watchdog.stdout.readline() or 0)
        if not self.pid:
            self._ended()
            msg = f"Java cannot start: {self._last_words()}"
            raise BrokerError(msg)

    def wait_until_alive(self, nodes: set[int]) -> None:
        """Wait until this node answers and sees all of `nodes` alive. Raises BrokerError with the end of its log."""
        deadline = time.monotonic() + START_TIMEOUT_S
        while not nodes <= live_brokers(self.ports.client):
            if not self.running:
                self._ended()
                msg = f"Kafka's node {self.number} ended while it started:\n{self._last_words()}"
                raise BrokerError(msg)
            if time.monotonic() > deadline:
                msg = f"Kafka's node {self.number} does not serve after {START_TIMEOUT_S:.0f} s:\n{self._last_words()}"
                raise BrokerError(msg)
            time.sleep(POLL_S)

    def stop(self) -> None:
        """Let it close its files and leave (SIGTERM); kill it if it takes too long. Does nothing if it is down."""
        self.terminate()
        self._join(STOP_TIMEOUT_S)

    def terminate(self) -> None:
        """SIGTERM, without waiting for the end, which `stop` does."""
        self._signal(signal.SIGCONT)
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL, as a power cut would. `start` brings it back on the same data."""
        self._join(0)

    def pause(self) -> None:
        """SIGSTOP: the sockets stay open and nobody answers. Waits until that is so: a signal takes its time."""
        self._signal(signal.SIGSTOP)
        while live_brokers(self.ports.client):
            time.sleep(POLL_S)

    def resume(self) -> None:
        """SIGCONT after a pause."""
        self._signal(signal.SIGCONT)

    def _signal(self, sign: signal.Signals) -> None:
        if self.running:
            with suppress(ProcessLookupError):
                os.kill(self.pid, sign)

    def _join(self, patience_s: float) -> None:
        if self._watchdog is None:
            return
        try:
            self._watchdog.wait(patience_s)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
        self._ended()

    def _ended(self) -> None:
        """Reap the watchdog and close its pipes."""
        process, self._watchdog, self.pid = self._watchdog, None, 0
        if process is not None:
            process.wait()
            for pipe in (process.stdin, process.stdout):
                assert pipe is not None
                pipe.close()

    def _last_words(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(lines[-LAST_LINES:]) or "(it wrote nothing)"
