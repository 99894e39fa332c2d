"""Tables, schemas and digests follow from the declaration."""

import hashlib
import json
from decimal import Decimal
from enum import StrEnum

from hypothesis import given
from hypothesis import strategies as st

from allusr_sdk.settings import Secret, digest, load, schema, setting, settings, table


class Mode(StrEnum):
    CALM = "calm"
    BOLD = "bold"


@settings
class Limits:
    lots: int = setting(default=1, ge=1, le=9, unit="contracts", help="Lots.")
    cost: Decimal = setting(default=Decimal("0.10"), ge=0, unit="USD", help="Cost.")


@settings
class Wheel:
    symbols: tuple[str, ...] = setting(default=("SPY", "QQQ"), help="Underlyings.")
    band: tuple[float, float] = setting(default=(0.1, 0.2), ge=0.05, le=0.5, help="Band.")
    limits: Limits = setting(default=Limits(), help="Limits.")
    rungs: tuple[Limits, ...] = setting(default=(), help="Rungs.")
    mode: Mode = setting(default=Mode.CALM, help="Mode.")
    kind: str = setting(default="x", choices=("x", "y"), help="Kind.")
    token: Secret | None = setting(default=None, secret=True, help="Token.")
    must: int = setting(help="Must be given.")


def test_the_table_has_a_row_for_every_setting_nested_ones_unfolded():
    rows = {row.name: row for row in table(Wheel)}
    names = ["symbols", "band", "limits.lots", "limits.cost", "rungs", "mode", "kind", "token", "must"]
    assert list(rows) == names
    lots, band, mode = rows["limits.lots"], rows["band"], rows["mode"]
    assert (lots.type, lots.default, lots.unit, lots.bounds, lots.help) == ("int", "1", "contracts", "1 to 9", "Lots.")
    assert (band.type, band.default) == ("tuple[float, float]", "0.1, 0.2")
    assert (mode.type, mode.default, rows["kind"].bounds) == ("Mode", "calm", "x, y")
    assert (rows["token"].default, rows["must"].default, rows["limits.cost"].bounds) == (
        "***",
        "required",
        "at least 0",
    )
    assert (rows["token"].type, rows["rungs"].type) == ("Secret | None", "tuple[Limits, ...]")


def test_the_schema_is_json_and_carries_bounds_help_and_refuses_other_names():
    made = json.loads(json.dumps(schema(Wheel)))
    wheel, limits = made["$defs"]["Wheel"], made["$defs"]["Limits"]
    assert made["$ref"] == "#/$defs/Wheel"
    assert wheel["additionalProperties"] is limits["additionalProperties"] is False
    assert wheel["required"] == ["must"]
    lots = limits["properties"]["lots"]
    assert (lots["type"], lots["minimum"], lots["maximum"]) == ("integer", 1, 9)
    assert lots["description"] == "Lots. Unit: contracts."
    assert limits["properties"]["cost"]["type"] == ["number", "string"]
    assert [part["maximum"] for part in wheel["properties"]["band"]["prefixItems"]] == [0.5, 0.5]
    assert wheel["properties"]["kind"]["enum"] == ["x", "y"]
    assert wheel["properties"]["rungs"]["items"] == {"$ref": "#/$defs/Limits"}
    assert wheel["properties"]["token"]["anyOf"][0]["writeOnly"] is True


def test_equal_values_have_equal_digests_however_they_were_written():
    written = load(Wheel, {"must": 1, "limits": {"cost": "0.100", "lots": 1}, "band": [0.1, 0.2]})
    assert digest(written) == digest(Wheel(must=1))
    assert len(digest(written)) == 64


def test_the_digest_is_that_of_the_canonical_values():
    assert digest(Limits()) == hashlib.sha256(b'{"cost":"0.1","lots":1}').hexdigest()


def test_no_secret_enters_a_digest():
    assert digest(Wheel(must=1, token=Secret("a"))) == digest(Wheel(must=1, token=Secret("b")))


@given(st.integers(1, 9), st.integers(1, 9))
def test_different_values_have_different_digests(a, b):
    assert (digest(Limits(lots=a)) == digest(Limits(lots=b))) == (a == b)
