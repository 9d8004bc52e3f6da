"""Entry: `python benchmarks/soak.py` sends 100 visitors to the app for 10 minutes and says whether it stood that.

`--inputs` instead asks every endpoint and server function with 50,000 generated inputs each.
"""

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parent.parent)  # for `benchmarks`, `demo` and `tests`, which are not installed
    from benchmarks.soaking import main

    sys.exit(main(__doc__))
