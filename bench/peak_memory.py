"""`python -m bench.peak_memory COMMAND…`: run it, print its greatest resident memory in MiB.

A program of its own, and a small one: a process counts what it held before it became another
program, so that a child of a benchmark would be said to hold all that the benchmark does.
"""

from __future__ import annotations

import resource
import subprocess
import sys

_UNITS_A_MIB = 1024 if sys.platform == "linux" else 1024**2


def main(command: list[str]) -> int:
    """Return the command's own exit code; the last line is the figure."""
    code = subprocess.run(command, check=False, stdout=subprocess.DEVNULL).returncode
    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / _UNITS_A_MIB)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
