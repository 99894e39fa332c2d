"""Every command that a page names is one of this version, and every example is run, or says here why it is not."""

import json
import re
from importlib.util import find_spec

import pytest
import yaml

from allusr_sdk.config import Config
from tests.docs.blocks import ROOT, Runner, blocks
from tests.docs.commands import FENCED, named, options, pages, wrong

OF_A_PLUGIN_ON_THE_PAGE = "allusr greet Ada"
"""The word that the example of docs/how-to/write-an-observer.md adds."""

NOT_RUN = (
    ("README.md", "", "tests/docs/test_snippets.py types them, with `uv run` left out"),
    ("allusr_sdk/scaffold/templates/", "", "tests/sdk/test_scaffold.py makes the projects, checks and runs them"),
    ("examples/", "", "below, in the folder of each"),
    ("plugins/advisor/README.md", "allusr ask", "docs/how-to/ask.md asks; without a question it reads the terminal"),
    ("plugins/console/README.md", "allusr console", "it serves, or asks for a password: tests/console/test_command.py"),
    ("plugins/mcp/README.md", "allusr mcp", "it serves until it is hung up: tests/plugins/mcp/test_server.py"),
    ("plugins/metrics/README.md", "allusr metrics", "it serves: tests/plugins/metrics/test_metrics.py"),
    ("plugins/notify/README.md", "allusr notify", "channels of its reader: tests/plugins/notify/test_sent.py"),
    ("docs/evidence.md", "allusr backtest", "hours each: `uv run python -m tests.evidence` runs them"),
    ("docs/how-to/advice.md", "allusr advise --home /srv/allusr", "a line of a crontab"),
    ("docs/how-to/advice.md", "allusr advise ladder --propose", "a year of chains: tests/plugins/advisor/advice"),
    ("docs/how-to/console.md", "allusr console", "it serves, or asks for a password: tests/console/test_command.py"),
    ("docs/how-to/go-live.md", "allusr plugins lock", "a connection that is installed, and an account"),
    ("docs/how-to/go-live.md", "allusr arm", "a connection that is installed, and an account"),
    ("docs/how-to/go-live.md", "allusr run --mode live", "a connection that is installed, and an account"),
    ("docs/how-to/halt-and-pause.md", "allusr halt --everything", "a gateway: tests/ibkr against the simulated TWS"),
    ("docs/how-to/ibkr-market.md", "allusr run", "a gateway: tests/ibkr against the simulated TWS"),
    ("docs/how-to/ibkr-market.md", "allusr doctor", "a gateway: tests/ibkr against the simulated TWS"),
    ("docs/how-to/ibkr-market.md", "allusr tws-sim", "two commands side by side: tests/ibkr"),
    ("docs/how-to/ibkr.md", "allusr link ibkr", "a gateway: tests/ibkr against the simulated TWS"),
    ("docs/how-to/metrics-and-logs.md", "allusr metrics", "it serves: tests/plugins/metrics/test_metrics.py"),
    ("docs/how-to/notifications.md", "allusr notify", "channels of its reader: tests/plugins/notify/test_sent.py"),
    ("docs/how-to/replay-market.md", "allusr run", "the reader's own data: tests/market and tests/evidence"),
    ("docs/how-to/several-accounts.md", "allusr run --accounts 10", "a database on another machine: tests/ledger"),
    ("docs/how-to/several-accounts.md", "allusr run --config many.toml", "a unit of systemd"),
    ("docs/how-to/tws-simulator.md", "allusr tws-sim --folder sim --tell", "a simulator that runs: tests/ibkr"),
)  # fmt: skip
"""Commands that no test of their page types: page, how they begin, and why, or what does it instead."""

TEXTS = (
    ("ARCHITECTURE.md", "market/", "a drawing"),
    ("docs/explanation/loop.md", "source", "a drawing"),
    ("docs/explanation/taxes.md", "date,account", "a file: tests/tax reads such ones"),
    ("docs/how-to/breaks.md", "B03 quantity", "what a broker's break looks like: tests/cli prints them"),
    ("docs/how-to/mutation-testing.md", "uv run --with", "hours: tests/mutation tests what judges"),
    ("docs/how-to/notifications.md", "# channels", "a file of addresses: tests/plugins/notify reads such ones"),
    ("docs/how-to/notifications.md", "allusr: rolled", "a mail"),
    ("docs/how-to/replay-market.md", "DIR/chains", "a tree of files"),
    ("docs/how-to/several-accounts.md", "[Service]", "a unit of systemd"),
    ("docs/how-to/tws-simulator.md", "python -m", "a gateway"),
    ("docs/how-to/tws-simulator.md", "uv pip install", "it fetches another client"),
)  # fmt: skip
"""Fenced texts that are neither code nor commands of `allusr`: page, how they begin, what they are."""

COMMANDS = [command for page in pages() for command in named(page)]


def listed(table, page, text):
    return [row for row in table if page.startswith(row[0]) and text.startswith(row[1])]


def test_every_command_that_a_page_names_is_there_with_its_options():
    said = {str(command): wrong(command.text) for command in COMMANDS if command.text != OF_A_PLUGIN_ON_THE_PAGE}
    assert {where: what for where, what in said.items() if what} == {}
    assert len(said) > 300


@pytest.mark.parametrize(("line", "what"), [
    ("allusr rnu", "no command rnu"), ("allusr ledger shwo", "no command shwo"), ("allusr run --sed 7", "--sed"),
    ("allusr explain AAPL MSFT", "too much"), ("allusr console user ad ann", "no command ad"),
])  # fmt: skip
def test_a_command_that_is_not_there_is_found(line, what):
    assert what in wrong(line)


def test_every_command_that_is_not_run_from_its_page_says_why():
    shown = [command for command in COMMANDS if command.kind == "shown"]
    assert [str(command) for command in shown if not listed(NOT_RUN, command.page, command.text)] == []
    used = {row for command in shown for row in listed(NOT_RUN, command.page, command.text)}
    assert [row for row in NOT_RUN if row not in used] == [], "reasons for commands that no page has any more"
    named_instead = {path for *_, why in (*NOT_RUN, *TEXTS) for path in re.findall(r"\b(?:tests|docs)/[\w./-]*\w", why)}
    assert [path for path in named_instead if not (ROOT / path).exists()] == []


def test_every_fenced_text_is_a_command_or_says_what_it_is():
    texts = [block for page in pages() for block in blocks(page) if block.language in ("", "text")]
    other = [(str(b.page.relative_to(ROOT)), b.text.strip()) for b in texts if not re.search(r"allusr [a-z]", b.text)]
    assert [found for found in other if not readable(found[1]) and not listed(TEXTS, *found)] == []


def readable(text):
    """Whether a text is YAML with more in it than words, as rules of alerts are."""
    try:
        return isinstance(yaml.safe_load(text), dict)
    except yaml.YAMLError:
        return False


def test_every_option_that_a_page_names_alone_is_one_of_some_command():
    """In tables and sentences, where the command stands elsewhere; those of pytest, uv and the bench are theirs."""
    known = options() | {"--durations", "--dist", "--allusr-update", "--page", "--with"}
    for page in pages():
        for told in re.findall(r"`([^`\n]+)`", FENCED.sub("", page.read_text("utf-8"))):
            named_here = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", told))
            assert named_here <= known, f"{page.relative_to(ROOT)}: {named_here - known}"


def test_every_setting_and_rule_that_a_page_sets_can_be_set():
    """What stands in a row is set together. Tables of plugins are theirs: they are looked up where they are run."""
    texts = [page.read_text("utf-8") for page in pages()]
    rows = {row for text in texts for row in re.findall(r"(?:--(?:set|what-if) '?[\w.]+=[^`'\s]+'?\s*)+", text)}
    assert len(rows) > 15
    for row in sorted(rows):
        told = {"--set": [], "--what-if": []}
        for option, pair in re.findall(r"(--set|--what-if) '?([\w.]+=[^`'\s]+)", row):
            told[option] += [] if re.search(r"=[A-Z]+$|\$", pair) else [pair]
        assert Config.read(sets=told["--set"], what_if=told["--what-if"]), row


def test_every_json_block_can_be_read():
    shown = [block for page in pages() for block in blocks(page) if block.language == "json"]
    assert shown
    for block in shown:
        text = block.text.strip()
        assert json.loads(text if text.startswith("{") else f"{{{text}}}"), block


def test_every_module_and_test_that_a_page_names_is_there():
    for page in pages():
        text = page.read_text("utf-8")
        prose = FENCED.sub("", text)
        for module in re.findall(r"python -m ([a-z_]+(?:\.[a-z_]+)*)", text):
            assert find_spec(module), f"{page.name}: python -m {module}"
        for path in re.findall(r"\b((?:tests|allusr_sdk|docs|examples|plugins)/[\w./-]*\w)", prose):
            assert (ROOT / path).exists() or (page.parent / path).exists(), f"{page.relative_to(ROOT)}: {path}"


def test_every_link_of_a_page_that_is_not_on_the_site_leads_to_a_file():
    """Links of the site's own pages are followed where it is built."""
    for page in (page for page in pages() if not page.is_relative_to(ROOT / "docs")):
        for link in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8")):
            assert (page.parent / link).exists(), f"{page.relative_to(ROOT)}: {link}"


@pytest.mark.long
@pytest.mark.parametrize("name", sorted(path.parent.name for path in (ROOT / "examples").glob("*/README.md")))
def test_the_commands_of_an_example_s_readme_run_in_its_folder(name, tmp_path, monkeypatch, request):
    page = ROOT / "examples" / name / "README.md"
    monkeypatch.setenv("ALLUSR_TAIL", str(tmp_path / "events.jsonl"))
    for file in page.parent.glob("*.*"):
        (tmp_path / file.name).symlink_to(file)
    for command in (command for command in named(page) if command.kind == "shown"):
        line = command.text
        if "DIR" in line:
            data = request.getfixturevalue("data_dir")
            line = line.replace("chains:DIR", f"chains:{data}/chains_spx_2019").replace("DIR", f"{data}/daily")
        assert Runner(tmp_path).shell(line, str(command))
