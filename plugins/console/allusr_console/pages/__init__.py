"""The pages: written by the server from frozen snapshots, live, with templates that escape what they show.

`mount` puts them into an application. NiceGUI keeps one application a process, so a process has one console.
"""

from allusr_console.pages.mounting import mount

__all__ = ["mount"]
