"""`python -m allusr_sdk.testing.tws.smoke`: asks a gateway read-only, keeps its lines, says where ours are otherwise.

For whoever has a paper gateway: what the simulator makes up (defaults, spellings of numbers) is compared with what a
real one says. Nothing is placed, changed or cancelled but market data. Account names are replaced in what is kept.
"""

import argparse
import json
import re
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import monotonic

from attrs import frozen

from allusr_sdk.errors import InputError
from allusr_sdk.testing.channel.line import HOST
from allusr_sdk.testing.tws.codec import decode, frame, unframed
from allusr_sdk.testing.tws.layout import UNSET, Raw
from allusr_sdk.testing.tws.messages import MESSAGES

NUMBERED = {layout.number: layout for layout in MESSAGES.values()}
VERSIONS = b"v178..178"
_SHARE = (0, "{symbol}", "STK", "", "0.0", "", "", "SMART", "", "USD", "", "")
QUESTIONS: tuple[tuple[object, ...], ...] = (
    (49, 1), (17, 1), (8, 1, 1), (61, 1), (16, 1), (99, 0), (7, 3, 901, 0, "", "", "", "", "", ""),
    (76, 1, 902, "{account}", "", 0), (6, 2, 1, "{account}"), (62, 1, 903, "All", "NetLiquidation,TotalCashValue"),
    (9, 8, 904, *_SHARE, 0, "", "", ""), (91, 26), (59, 1, 3), (1, 11, 905, *_SHARE, 0, "", 0, 0, ""),
    (20, 906, *_SHARE, 0, "", "1 day", "5 D", 1, "TRADES", 1, 0, ""),
)  # fmt: skip
"""What is asked, in this order: time, accounts, positions, orders, executions, values, a share, its quotes and bars."""
ENDINGS: tuple[tuple[object, ...], ...] = ((2, 2, 905), (6, 2, 0, "{account}"), (63, 1, 903), (77, 1, 902), (64, 1))


@frozen
class Line:
    """One message that came: its name (or number, where it is not known), its fields, and what did not fit."""

    name: str
    fields: tuple[str, ...]
    wrong: tuple[str, ...] = ()


def record(host: str, port: int, client: int, symbol: str, seconds: float) -> list[Line]:
    """Ask everything, and give what came in so many seconds. Raises `InputError` where nobody answers."""
    try:
        with socket.create_connection((host, port), timeout=seconds) as to:
            to.sendall(b"API\0" + len(VERSIONS).to_bytes(4, "big") + VERSIONS)
            version = unframed(_body(to))[0]
            _ask(to, (71, 2, client, ""))
            first = [_line(unframed(_body(to))) for _ in range(2)]
            account = next((line.fields[-1].split(",")[0] for line in first if line.name == "managedAccounts"), "")
            for question in QUESTIONS:
                _ask(to, question, symbol=symbol, account=account)
            heard = [*first, *_heard(to, seconds)]
            for question in ENDINGS:
                _ask(to, question, symbol=symbol, account=account)
    except (OSError, ValueError) as why:
        raise InputError(f"gateway at {host}:{port}: {why}: is it logged in, and is the client id free?") from None
    if version != "178":
        raise InputError(f"gateway at {host}:{port}: speaks version {version}, not 178")
    return heard


def compare(theirs: Sequence[Line], ours: Sequence[Line]) -> list[str]:
    """Where their lines do not fit our layouts, or have fields of another shape than ours, in words."""
    found = [f"does not fit: {why}" for line in theirs for why in line.wrong]
    shown, made = _shapes(theirs), _shapes(ours)
    for (name, field), shapes in sorted(shown.items()):
        if (name, field) in made and (other := shapes - made[name, field]):
            found.append(f"{name}.{field}: {', '.join(sorted(other))}; ours: {', '.join(sorted(made[name, field]))}")
    missing = {name for name, _ in shown} - {name for name, _ in made}
    return [*dict.fromkeys(found), *(f"{name}: never seen from the simulator" for name in sorted(missing))]


def shape(value: Raw) -> str:
    """What kind of thing stands in a field: `nothing`, `unset`, `whole`, `decimal`, `list` or `text`."""
    if isinstance(value, list):
        return "list"
    if not value or value in UNSET:
        return "unset" if value else "nothing"
    return "whole" if re.fullmatch(r"-?\d+", value) else "decimal" if re.fullmatch(r"-?\d+\.\d+", value) else "text"


def kept(lines: Sequence[Line], path: Path) -> None:
    """Write lines to a file, a JSON list each, with other names in the place of accounts."""
    path.write_text("".join(f"{json.dumps([line.name, *map(_masked, line.fields)])}\n" for line in lines))


def read(path: Path) -> list[Line]:
    """Lines from a file."""
    numbers = {name: str(layout.number) for name, layout in MESSAGES.items()}
    rows = [json.loads(text) for text in path.read_text().splitlines()]
    return [_line([numbers.get(name, name), *fields]) for name, *fields in rows]


def _shapes(lines: Sequence[Line]) -> dict[tuple[str, str], set[str]]:
    found: dict[tuple[str, str], set[str]] = {}
    for line in lines:
        if line.name in MESSAGES and not line.wrong:
            message, _ = decode(MESSAGES[line.name], line.fields)
            for field, raw in message.raw.items():
                found.setdefault((line.name, field), set()).add(shape(raw))
    return found


def _line(fields: Sequence[str]) -> Line:
    number, *rest = fields
    layout = NUMBERED.get(int(number)) if number.isdigit() else None
    if layout is None:
        return Line(number, tuple(rest))
    return Line(layout.name, tuple(rest), decode(layout, rest)[1])


def _masked(field: str) -> str:
    return re.sub(r"\b(D?[UF])\d{5,}\b", r"\g<1>0000000", field)


def _ask(to: socket.socket, question: Sequence[object], **names: str) -> None:
    to.sendall(frame([str(word).format(**names) for word in question]))


def _heard(to: socket.socket, seconds: float) -> Iterator[Line]:
    end = monotonic() + seconds
    while (left := end - monotonic()) > 0:
        to.settimeout(left)
        try:
            yield _line(unframed(_body(to)))
        except TimeoutError:
            return


def _body(to: socket.socket) -> bytes:
    return _exactly(to, int.from_bytes(_exactly(to, 4), "big"))


def _exactly(to: socket.socket, count: int) -> bytes:
    found = bytearray()
    while len(found) < count:
        part = to.recv(count - len(found))
        if not part:
            raise ConnectionError("the connection was closed")
        found += part
    return bytes(found)


def main(argv: Sequence[str] | None = None) -> None:
    """Record a gateway to a file, and compare it with a file of the simulator's where one is given."""
    options = argparse.ArgumentParser(prog="python -m allusr_sdk.testing.tws.smoke", description=__doc__)
    options.add_argument("--host", default=HOST)
    options.add_argument("--port", type=int, default=7497, help="of a paper TWS; a gateway's is 4002")
    options.add_argument("--client", type=int, default=990, help="a client id that nobody uses")
    options.add_argument("--symbol", default="SPY")
    options.add_argument("--seconds", type=float, default=15.0, help="for which answers are waited")
    options.add_argument("--keep", type=Path, required=True, help="file for its lines")
    options.add_argument("--with", dest="ours", type=Path, help="file of the simulator's lines to compare with")
    given = options.parse_args(argv)
    try:
        lines = record(given.host, given.port, given.client, given.symbol, given.seconds)
    except InputError as why:
        raise SystemExit(str(why)) from None
    kept(lines, given.keep)
    found = compare(lines, read(given.ours) if given.ours else lines)
    print(f"{len(lines)} lines in {given.keep}; {len(found)} differences")
    for each in found:
        print(f"  {each}")


if __name__ == "__main__":
    main()
