"""The notebook in docs/ runs from top to bottom, and its figures are shown wherever it is."""

import copy
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.test_docs import DOCS, read_catalog

NOTEBOOK = DOCS / "any-network.ipynb"

FIGURE = "application/vnd.plotly.v1+json"
"""The type by which JupyterLab and editors know a figure of Plotly's."""

FIGURES = 4


def read_notebook() -> Any:
    return nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]


def read_outputs(notebook: Any) -> list[Any]:
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def test_the_notebook_is_kept_without_outputs() -> None:
    notebook = read_notebook()
    assert read_outputs(notebook) == []
    assert {cell.get("execution_count") for cell in notebook.cells} == {None}


@pytest.mark.long  # it trains, draws three landscapes and starts the server
@pytest.mark.filterwarnings("ignore")  # of the kernel's own packages
def test_the_notebook_runs_and_shows_its_figures_and_its_landscapes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # They take seconds to import.
    from nbclient import NotebookClient
    from nbconvert import HTMLExporter

    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("PLOTLY_RENDERER", "plotly_mimetype+notebook")  # as the guide says
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # the other core is another test's
    notebook = copy.deepcopy(read_notebook())
    client = NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(tmp_path)}})
    client.execute()
    outputs = read_outputs(notebook)
    assert not [output for output in outputs if output.get("name") == "stderr"]
    shown = [output.data for output in outputs if "data" in output]
    assert sum(FIGURE in data for data in shown) == FIGURES
    said = "".join(output.text for output in outputs if output.output_type == "stream")
    assert "of the movement lies in this plane" in said and "The barrier is" in said
    assert said.endswith("The server has ended.\n")
    assert any("The landscapes are on" in data.get("text/markdown", "") for data in shown)
    assert read_catalog(tmp_path / "landscapes") == {"digits-path", "digits-barrier"}
    page, _ = HTMLExporter().from_notebook_node(notebook)  # type: ignore[no-untyped-call]
    assert page.count("Plotly.newPlot(") >= FIGURES
    (tmp_path / "notebook.html").write_text(page)
