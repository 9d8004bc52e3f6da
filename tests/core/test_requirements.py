"""Every requirement has a lower and an upper bound, and the package and the app ask for the same."""

from pathlib import Path

import pytest
from packaging.requirements import Requirement

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10, for which pytest brings this one
    import tomli as tomllib

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
APP = [line for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines() if line.strip()]
DEMANDS = {
    "requirements.txt": APP,
    "build": PROJECT["build-system"]["requires"],
    "package": PROJECT["project"]["dependencies"],
    **PROJECT["project"]["optional-dependencies"],
}


@pytest.mark.parametrize(("where", "line"), [(where, line) for where, lines in DEMANDS.items() for line in lines])
def test_every_requirement_has_a_lower_and_an_upper_bound(where: str, line: str) -> None:
    operators = {specifier.operator for specifier in Requirement(line).specifier}
    assert operators & {">=", ">", "==", "~="} and operators & {"<", "<=", "==", "~="}, f"{where}: {line}"


def test_one_package_has_one_range() -> None:
    ranges: dict[str, set[str]] = {}
    for lines in DEMANDS.values():
        for requirement in map(Requirement, lines):
            ranges.setdefault(requirement.name.lower(), set()).add(str(requirement.specifier))
    assert {name: found for name, found in ranges.items() if len(found) > 1} == {}


def test_the_app_asks_for_nothing_that_the_package_does_not() -> None:
    names = {Requirement(line).name for part in ("package", "app") for line in DEMANDS[part]}
    assert {Requirement(line).name for line in APP} <= names
