"""The notebook runs from its first cell to its last in a real kernel, and its exercises fold."""

import nbformat
from nbclient import NotebookClient

from tests.core.test_requirements import ROOT

FILE = ROOT / "docs" / "shapevae.ipynb"


def test_the_notebook_runs_and_its_outputs_are_small() -> None:
    notebook = nbformat.read(FILE, as_version=4)
    assert not [cell for cell in notebook.cells if cell.get("outputs")], "it is kept without outputs"
    exercises = [cell.source for cell in notebook.cells if "**Exercise.**" in cell.source]
    sections = [cell.source for cell in notebook.cells if cell.source.startswith("## ")]
    assert len(exercises) == len(sections) - 1 and all("<details><summary>Answer" in text for text in exercises)
    done = NotebookClient(notebook, timeout=600, resources={"metadata": {"path": FILE.parent}}).execute()
    outputs = [output for cell in done.cells for output in cell.get("outputs", [])]
    pictures = [output.data["image/png"] for output in outputs if "data" in output and "image/png" in output.data]
    assert len(pictures) == 5 and max(map(len, pictures)) < 40_000
    told = "".join(output.text for output in outputs if output.output_type == "stream")
    assert told.count("distortion") == 4 and told.count("of 25 distinguishable") == told.count("the ideal coder needs") == 2
