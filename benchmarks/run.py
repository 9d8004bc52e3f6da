"""Entry: `python benchmarks/run.py [subject…]` measures, prints a line of JSON and a row each, and writes the tables."""

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parent.parent)  # for `benchmarks`, `demo` and `tests`, which are not installed
    from benchmarks.command import main

    sys.exit(main(sys.argv[1:]))
