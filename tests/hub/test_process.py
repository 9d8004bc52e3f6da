"""A process of its own, with the Hub named by the environment alone, as an app is started."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hub.conftest import REPO
from tests.hub.server import TestHub

ROOT = Path(__file__).parents[2]
CODE = """
import sys
from shapevae.weights import load_or_bundled

repo, weights = sys.argv[1:]
print(load_or_bundled(None, ["vae"], weights).source, "huggingface_hub" in sys.modules)
print(load_or_bundled(repo, ["vae"], weights, deadline=20).source)
print(load_or_bundled(repo, ["mmd"], weights, deadline=1).source)
"""


@pytest.mark.parametrize("mode", ["lfs"])
def test_an_app_asks_only_the_hub_it_is_told_and_ends_though_it_hangs(
    hub: TestHub, published: str, weights: Path, tmp_path: Path
) -> None:
    hub.fault("GET", "/resolve/.*mmd/model", "hang", 99)
    home = {"HF_HOME": str(tmp_path / "home"), "HF_ENDPOINT": hub.url, "PYTHONPATH": str(ROOT), "HF_TOKEN": "hf_stalestale"}
    environment = {key: value for key, value in os.environ.items() if not key.startswith("HF_")} | home
    command = [sys.executable, "-c", CODE, REPO, str(weights)]
    run = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, timeout=60, check=True)
    assert run.stdout.splitlines() == [
        "bundled False",
        f"Hub, commit {published[:7]}",
        f"bundled, because {REPO} did not arrive within 1 s",
    ]
    assert run.stderr == "" and not hub.count("GET", "agent-harnesses")
