"""What answers, advises or serves others cannot reach an order: shown on the graph of all imports, late ones too."""

import grimp
import pytest

ORDERS = ("allusr_sdk.execution", "allusr_sdk.kernel", "nautilus_trader", "ib_async")
TELLING = "allusr_sdk.office.telling"
READERS = ("allusr_advisor", "allusr_mcp", "allusr_sdk.host.advising", "allusr_sdk.office.advice")
ADVICE = ("allusr_advisor.advise", "allusr_advisor.advising", "allusr_advisor.advice")
WRITERS = ("allusr_sdk.ledger", "allusr_sdk.governance", "allusr_sdk.office", "allusr_sdk.host", "allusr_sdk.cli")


@pytest.fixture(scope="module")
def chain():
    """The shortest chain of imports from one package into another; None where there is none."""
    graph = grimp.build_graph(
        "allusr_sdk", "allusr_advisor", "allusr_mcp", include_external_packages=True,
        exclude_type_checking_imports=True, cache_dir=None,
    )  # fmt: skip

    def found(importer, imported):
        if imported not in graph.modules:
            pytest.fail(f"{imported} is no module of the graph: nothing is shown")
        return graph.find_shortest_chain(importer=importer, imported=imported, as_packages=True)

    found.office = sorted(graph.find_children("allusr_sdk.office"))
    found.modules, found.direct = sorted(graph.modules), graph.find_modules_directly_imported_by
    return found


def test_the_graph_would_show_a_way(chain):
    assert chain("allusr_sdk.cli", "allusr_sdk.execution")
    assert chain("allusr_sdk.execution", "nautilus_trader")


@pytest.mark.parametrize("orders", ORDERS)
@pytest.mark.parametrize("reader", [*READERS, "allusr_sdk.office"])
def test_nothing_that_reads_reaches_what_sends_orders(chain, reader, orders):
    assert chain(reader, orders) is None


def test_only_telling_gives_a_home_a_persons_word(chain):
    rooms = [room for room in chain.office if room != TELLING]
    assert {room: chain(room, TELLING) for room in (*READERS, *rooms) if chain(room, TELLING)} == {}


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("advice", ADVICE)
def test_advice_reaches_no_ledger_rulebook_change_or_office(chain, advice, writer):
    assert chain(advice, writer) is None


@pytest.mark.parametrize("reader", ["allusr_advisor", "allusr_mcp"])
def test_no_plugin_imports_by_name_what_the_graph_cannot_see(chain, reader):
    modules = [name for name in chain.modules if name.partition(".")[0] == reader]
    assert {name: "importlib" for name in modules if "importlib" in chain.direct(name)} == {}
