"""What goes wrong on the way: messages that are lost, late, told twice, swapped, spoiled, or cut their connection."""

from attrs import field, frozen

DEEDS = ("drop", "hold", "duplicate", "swap", "garble", "change", "cut", "cut_after")


@frozen(kw_only=True)
class Fault:
    """One thing that goes wrong with messages of a name, in either direction.

    Attributes:
        message: its name in the layouts, as `openOrder` or `placeOrder`; `*` for all that TWS tells.
        deed: `drop` loses it, `hold` keeps it until it is released, `duplicate` passes it twice, `swap` passes it
            behind the next one; `garble` passes it so that nobody can read it, `change` with `value` in `field`;
            `cut` ends the connection in its place, `cut_after` behind it. What a client asks is lost, told twice or
            cut alone.
        after: so many pass before.
        times: how many it meets.
        client: id of the client concerned; None for any.
        field, value: what `change` puts where, as TWS would write it; an empty value is one that is not told.
    """

    message: str
    deed: str = field()
    after: int = 0
    times: int = 1
    client: int | None = None
    field: str = ""
    value: str = ""

    @deed.validator
    def _known(self, _: object, value: str) -> None:
        if value not in DEEDS:
            raise ValueError(f"fault {value!r}: expected {', '.join(DEEDS)}")

    def meets(self, message: str, client: int, told: bool) -> bool:
        """Whether it is about a message, `told` to the client or asked by it."""
        return self.client in (None, client) and (self.message == message or (told and self.message == "*"))
