"""The notebook runs from top to bottom, draws what it says, and is committed without outputs."""

import warnings
from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).resolve().parents[2] / "examples" / "ledger.ipynb"


@pytest.fixture(scope="module")
def executed():
    """The notebook after it ran in a kernel of its own."""
    with warnings.catch_warnings():  # of Jupyter's own libraries, not ours
        warnings.simplefilter("ignore")
        import nbformat
        from nbclient import NotebookClient

        notebook = nbformat.read(NOTEBOOK, as_version=4)
        return NotebookClient(notebook, timeout=240, kernel_name="python3").execute()


def outputs(notebook, kind):
    return [out.data[kind] for cell in notebook.cells for out in cell.get("outputs", ()) if kind in out.get("data", {})]


def test_it_draws_equity_and_premium(executed):
    figures = outputs(executed, "application/vnd.plotly.v1+json")
    assert [figure["layout"]["title"]["text"] for figure in figures] == [
        "Equity since the first close, dollars",
        "Premium taken, dollars",
    ]
    assert all(len(trace["x"]) for figure in figures for trace in figure["data"])


def test_the_premium_of_the_fills_is_the_run_s(executed):
    rows = outputs(executed, "text/plain")[-1].splitlines()[1:]
    figures = [tuple(map(float, row.split()[1:])) for row in rows]
    assert {name for name, *_ in map(str.split, rows)} == {"com_acc", "gen_acc", "rev_acc"}
    assert all(mine == theirs > 0 for mine, theirs in figures)


def test_it_is_committed_without_outputs():
    text = NOTEBOOK.read_text()
    assert '"outputs": []' in text
    assert '"output_type"' not in text
    assert '"execution_count": null' in text
