"""What the guides say of [notify], [metrics] and [logs] are settings that load, and kinds that there are."""

import re
from pathlib import Path

import pytest
from allusr_metrics.command import Metrics
from allusr_notify.kinds import KINDS
from allusr_notify.wanted import Notify

from allusr_sdk.logs import Logs
from allusr_sdk.office.tables import own

PAGES = Path(__file__).resolve().parents[3] / "docs" / "how-to"
TABLES = {"notify": Notify, "metrics": Metrics, "logs": Logs}


@pytest.mark.parametrize(
    ("page", "table"), [("notifications", "notify"), ("metrics-and-logs", "metrics"), ("metrics-and-logs", "logs")]
)
def test_the_tables_of_a_guide_load(page, table, tmp_path):
    blocks = re.findall(r"^```toml\n(.*?)^```$", (PAGES / f"{page}.md").read_text(), re.M | re.S)
    file = tmp_path / "allusr.toml"
    file.write_text(next(block for block in blocks if block.startswith(f"[{table}]")))
    assert own(TABLES[table], table, file) != TABLES[table]()


def test_every_kind_of_note_stands_in_the_guide_with_its_severity():
    rows = re.findall(r"^\| (`.+?) \| ([a-z, ]+) \|", (PAGES / "notifications.md").read_text(), re.M)
    told = {}
    for kinds, severities in rows:
        names, each = re.findall(r"`(\w+)`", kinds), severities.split(", ")
        told |= dict(zip(names, each * len(names) if len(each) == 1 else each, strict=False))
    assert told == {name: str(kind.severity) for name, kind in KINDS.items() if name != "test"}
