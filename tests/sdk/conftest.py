"""What these tests share with those of the host and the command line: throw-away distributions, and `allusr`."""

from tests.cli.conftest import allusr
from tests.host.conftest import install, sleeve_code

__all__ = ["allusr", "install", "sleeve_code"]
