"""The tab About: the claims and the page of docs/report as they are there, and the README's way to install."""

from __future__ import annotations

from pathlib import Path

from demo.markup.text import TEXT
from demo.tabs import about


def test_every_claim_and_figure_is_that_of_the_report() -> None:
    page = about.PAGE.read_text(encoding="utf-8")
    claims, shown = about.findings(about.PAGE)
    assert [line[:7] for line in claims.splitlines()] == [f"- **({letter})" for letter in "abcd"]
    for line in claims.splitlines():
        verdict = line.rpartition("**: **" if "**: **" in line else ": **")[2].removesuffix("**.")
        assert line in page and f"## Claim {line[4:7]}: {verdict}\n" in shown
    assert shown.count("\n|") == page.count("\n|") > 30 and "12.022" in shown
    assert "![" not in shown and ".md)" not in shown  # neither is served


def test_without_the_report_it_says_how_to_make_it(tmp_path: Path) -> None:
    claims, page = about.findings(tmp_path / "docs" / "report" / "README.md")
    assert "shapevae report --out docs/report" in claims and page == ""


def test_it_is_installed_as_the_readme_says() -> None:
    readme = (about.PAGE.parents[2] / "README.md").read_text(encoding="utf-8")
    for command in ("\npip install -r requirements.txt && python app.py\n", 'pip install -e ".[mcp]"'):
        assert command in readme and command in TEXT["about.use"]
