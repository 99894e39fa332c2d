"""The site builds without a warning, and nothing in it asks another host."""

import os
import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest

from tests.docs.blocks import ROOT

LOADS = {
    "script": "src",
    "link": "href",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "audio": "src",
}
OUTSIDE = re.compile(r"^(?:https?:)?//")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The built site; a warning ends the build."""
    place = tmp_path_factory.mktemp("site")
    ran = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", place],
        cwd=ROOT, capture_output=True, text=True, check=False, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-3000:]
    return place


class Loaded(HTMLParser):
    """What a browser loads by itself when it shows a page; links that a person follows are none of it."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        names = dict(attributes)
        if tag == "link" and names.get("rel") in ("canonical", "next", "prev"):
            return
        if (where := names.get(LOADS.get(tag, ""))) is not None:
            self.found.append(where)


@pytest.mark.long
def test_no_page_and_no_style_loads_anything_from_another_host(site):
    pages, styles = sorted(site.rglob("*.html")), sorted(site.rglob("*.css"))
    assert len(pages) > 30
    for page in pages:
        loaded = Loaded()
        loaded.feed(page.read_text("utf-8"))
        assert loaded.found, page
        assert not [where for where in loaded.found if OUTSIDE.match(where)], page
    for style in styles:
        assert not re.search(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//", style.read_text("utf-8")), style


@pytest.mark.parametrize(
    ("page", "says"),
    [
        ("names", ["Sleeve", "propose", "SleeveView", "Band"]),
        ("testing", ["check_sleeve", "Sandbox", "plugin_host"]),
        ("settings", ["sleeves.gen_acc", "plugin_seconds", "dte_max"]),
        ("hooks", ["allusr_screen", "when a word of the plugin is typed"]),
        ("events", ["PluginFaulted", "WeekTyped", "first_credit"]),
        ("checks", ["S202", "M101", "To mend it"]),
        ("cli", ["allusr plugins new", "--scenario"]),
    ],
)
def test_the_reference_is_made_from_the_code(site, page, says):
    text = (site / "reference" / f"{page}.html").read_text("utf-8")
    assert [word for word in says if word not in text] == []
