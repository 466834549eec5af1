"""Ctrl-C while a command's modules are being loaded, in the worst place for it: inside the body of a class."""

import subprocess
import sys

LOADING = """
import os, signal, sys

class Interrupting:
    def __set_name__(self, owner, name):
        os.kill(os.getpid(), signal.SIGINT)

class Finder:
    def find_spec(self, name, path, target=None):
        if name == "agents.cli.app":
            type("Loaded", (), {"attribute": Interrupting()})

sys.meta_path.insert(0, Finder())
signal.signal(signal.SIGINT, signal.default_int_handler)
from agents.cli import main
main()
"""


def test_ctrl_c_while_modules_are_loaded_ends_without_a_trace():
    ended = subprocess.run([sys.executable, "-c", LOADING], capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")
