"""The tab About: the table and the claims of docs/report, as they are there."""

from __future__ import annotations

from pathlib import Path

from demo.tabs import about


def test_the_table_and_every_claim_are_those_of_the_report() -> None:
    page = about.PAGE.read_text(encoding="utf-8")
    table, claims, reading = about.findings(about.PAGE)
    assert table.count("\n|") >= 10 and "12.022" in table and "VAE, ours" in table
    for letter in "abcd":
        (line,) = (line for line in claims.splitlines() if line.startswith(f"- **({letter})**"))
        assert line in page
        verdict = line.rpartition("**: **" if "**: **" in line else ": **")[2].removesuffix("**.")
        assert f"## Claim ({letter}): {verdict}\n" in page
    assert "- **contradicted**" in reading
    assert "![" not in table + claims + reading  # pictures are not served


def test_without_the_report_it_says_how_to_make_it(tmp_path: Path) -> None:
    table, *others = about.findings(tmp_path / "docs" / "report" / "README.md")
    assert "shapevae report --out docs/report" in table and others == ["", ""]
