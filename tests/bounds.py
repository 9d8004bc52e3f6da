"""The tests at the oldest or newest versions that the bounds allow: `python -m tests.bounds oldest -m "not slow"`.

In a fresh environment, by pip, which needs a network; what follows the first word goes to pytest.
"""

import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from packaging.requirements import Requirement

from tests.core.test_requirements import DEMANDS, ROOT


def oldest() -> Iterator[str]:
    """The lower bounds of what the package, the app and the tests ask for, as constraints of pip, corrections included."""
    for requirement in map(Requirement, {line for part in ("package", "app", "test") for line in DEMANDS[part]}):
        (lowest,) = (bound.version for bound in requirement.specifier if bound.operator == ">=")
        yield f"{requirement.name}=={lowest}.*"


def main(which: str, *arguments: str) -> int:
    """The exit code of pytest."""
    if which not in ("oldest", "newest"):
        sys.exit("say oldest or newest, then what pytest shall be told")
    with TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = str(next(Path(folder).glob("*/python*")))
        constraints = Path(folder) / "constraints.txt"
        constraints.write_text("\n".join(oldest() if which == "oldest" else ()))
        install = [python, "-m", "pip", "install", "--upgrade", "--constraint", str(constraints), "-e", ".[test]"]
        subprocess.run(install, cwd=ROOT, check=True)
        return subprocess.run([python, "-m", "pytest", *arguments], cwd=ROOT).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:] or [""]))
