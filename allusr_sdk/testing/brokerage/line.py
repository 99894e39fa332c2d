"""The line to a test broker's process; shared with the other test processes."""

from allusr_sdk.testing.channel.line import HOST as HOST
from allusr_sdk.testing.channel.line import TIMEOUT as TIMEOUT
from allusr_sdk.testing.channel.line import Line as Line
from allusr_sdk.testing.channel.line import Ports as Ports
