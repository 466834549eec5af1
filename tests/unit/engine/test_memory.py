"""What a worker's process does with memory, seen in a process of its own."""

import subprocess
import sys

PROGRAM = """
import gc, resource
from streams.engine import memory

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        blocks = [bytearray(8 << 20) for _ in range(5)]
        for block in blocks:
            block[::4096] = bytes(2048)
        del blocks, block
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

faults()  # glibc learns from the blocks that are freed
before = faults()
memory.tune()
faults()
print(before, faults(), gc.get_freeze_count() > 0, gc.get_threshold()[0] == memory.GC_THRESHOLD)
"""


def test_memory_that_was_freed_is_kept_and_what_is_there_is_not_searched():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    before, after, *collector = done.stdout.split()
    assert int(after) < int(before) / 4
    assert collector == ["True", "True"]
