"""Where a user signs in: a page without a script of its own but the choice between light and dark."""

from collections.abc import Mapping

from markupsafe import Markup

from allusr_console.pages.frame import look
from allusr_console.pages.rendering import render

_WHY = {
    "refused": "The name or the password is wrong.",
    "locked": "Too many tries: wait {seconds} seconds, then try again.",
}


def login(form: str, query: Mapping[str, str]) -> Markup:
    """The page, with why the last try was refused.

    Args:
        form: what the form carries in its field `csrf`.
        query: of the address.
    """
    seconds = query.get("seconds", "")
    problem = _WHY.get(query.get("why", ""), "").format(seconds=seconds if seconds.isdigit() else "some")
    return render("login", form=form, problem=problem, onward=query.get("next", "/"), look=look())
