"""`allusr plugins new`: the projects that it writes, from templates in this package."""

from allusr_sdk.scaffold.project import Kind, Made, write

__all__ = ["Kind", "Made", "write"]
