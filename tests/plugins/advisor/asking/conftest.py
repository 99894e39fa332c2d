"""Each home is made once a session, when a question is first asked about it."""

import io
from contextlib import redirect_stdout

import pytest
import typer
from allusr_advisor import allusr_commands
from allusr_advisor.asking.record import opened
from typer.testing import CliRunner

from tests.plugins.advisor.asking import homes


@pytest.fixture(scope="session")
def home(tmp_path_factory, request):
    """A home by its name."""
    made: dict[str, str] = {}

    def of(name):
        if name not in made:
            data = request.getfixturevalue("data_dir") if name == "real" else None
            with redirect_stdout(io.StringIO()):
                made[name] = str(homes.made(name, tmp_path_factory.mktemp("asked") / "home", data))
        return made[name]

    return of


@pytest.fixture(scope="session")
def record(home):
    """What is read of it."""
    read = {}

    def of(name):
        if name not in read:
            read[name] = opened(home(name))
        return read[name]

    return of


@pytest.fixture
def ask(home):
    """Ask as on the command line."""
    app = typer.Typer()
    app.callback()(lambda: None)
    allusr_commands(app)

    def run(*words, of="by_hand", given=None):
        result = CliRunner().invoke(app, ["ask", "--home", home(of), *words], input=given)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.output

    return run
