"""A console in a process of its own: `python -m tests.console.pages.serving HOME` prints its address."""

import sys
from pathlib import Path

from allusr_console.people import FILE
from allusr_console.running import serve
from allusr_console.settings import Settings

if __name__ == "__main__":
    home = sys.argv[1]
    serve(Settings(home=home, port=0, users=Path(home) / FILE, wait=20.0), as_json=True)
