"""The read-only record of a gateway, made of the simulator: it fits, changes nothing, is compared by field."""

from decimal import Decimal

import pytest

from allusr_sdk.errors import InputError
from allusr_sdk.testing.tws.smoke import Line, compare, kept, main, read, record
from tests.ibkr.wire import HOST, PUT


@pytest.fixture
def lines(tws):
    tws.control.position("DU1", PUT, -1, Decimal("4.00"))
    tws.control.manual("DU1", "SPY", 10, Decimal("600.00"))
    return record(HOST, tws.port, 990, "SPY", 1.0)


def test_every_line_of_the_simulator_fits_and_nothing_is_changed(tws, lines):
    assert {line.wrong for line in lines} == {()}
    wanted = {"managedAccounts", "currentTime", "position", "openOrder", "contractDetails", "marketRule", "tickPrice"}
    assert wanted <= {line.name for line in lines}
    assert len(tws.control.orders()) == 1
    assert tws.control.lines() == 0
    assert compare(lines, lines) == []


def test_lines_are_kept_without_the_names_of_accounts(tmp_path):
    kept([Line("managedAccounts", ("1", "U1234567,DU7654321"))], tmp_path / "lines")
    assert read(tmp_path / "lines") == [Line("managedAccounts", ("1", "U0000000,DU0000000"))]


def test_a_field_of_another_shape_and_a_line_that_does_not_fit_are_named(lines):
    ours = next(line for line in lines if line.name == "tickPrice")
    other = Line("tickPrice", (*ours.fields[:4], "10.5", ours.fields[5]))
    assert compare([other], [ours]) == ["tickPrice.size: decimal; ours: whole"]
    longer = Line("positionEnd", ("1", "x"), ("positionEnd: 1 fields are left over: ['x']",))
    assert compare([longer], lines) == ["does not fit: positionEnd: 1 fields are left over: ['x']"]
    assert compare([Line("107", ("0", "white"))], lines) == []
    assert compare([Line("chainEnd", ("9",))], lines) == ["chainEnd: never seen from the simulator"]


def test_the_command_keeps_and_compares(tws, tmp_path, capsys):
    asked = ["--port", str(tws.port), "--seconds", "0.5", "--client", "991"]
    main([*asked, "--keep", str(tmp_path / "ours")])
    main([*asked, "--keep", str(tmp_path / "theirs"), "--with", str(tmp_path / "ours")])
    assert capsys.readouterr().out.endswith("theirs; 0 differences\n")


def test_where_nobody_listens_it_says_so(tws):
    tws.control.down()
    with pytest.raises(InputError, match="is it logged in"):
        record(HOST, tws.port, 990, "SPY", 0.5)
    tws.control.up()
