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
from pathlib import Path
from demo.presets import load_presets

repo, weights = sys.argv[1], Path(sys.argv[2])
print(load_presets(weights)[1].notes, "huggingface_hub" in sys.modules)
print(*load_presets(weights, repo, deadline=20)[1].notes)
print(*load_presets(weights, repo + "@next", deadline=1)[1].notes)
"""


@pytest.mark.parametrize("mode", ["lfs"])
def test_an_app_asks_only_the_hub_it_is_told_and_ends_though_it_hangs(
    hub: TestHub, published: str, weights: Path, tmp_path: Path
) -> None:
    hub.fault("HEAD", "/resolve/next/", "hang", 99)
    home = {"HF_HOME": str(tmp_path / "home"), "HF_ENDPOINT": hub.url, "PYTHONPATH": str(ROOT), "HF_TOKEN": "hf_stalestale"}
    environment = {key: value for key, value in os.environ.items() if not key.startswith("HF_")} | home
    command = [sys.executable, "-c", CODE, REPO, str(weights)]
    run = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, timeout=60, check=True)
    bundled, loaded, late = run.stdout.splitlines()
    assert bundled == "() False"
    assert loaded == f"Weights: Hub, commit {published[:7]}."
    assert late.startswith("Weights: bundled, because ") and ("within 1 s" in late or "did not answer in time" in late)
    assert run.stderr == "" and not hub.count("GET", "agent-harnesses")
