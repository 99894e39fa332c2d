"""How the rulebook changes: a proposal with its simulation, a person's approval, a new version, and what refuses."""

import json

import pytest

SMALL = ("--symbols", "AAPL,SPY", "--plugins", "gen_acc,protocol", "--from", "2026-01-05", "--to", "2026-01-09")


@pytest.fixture
def proposed(allusr, tmp_path):
    """A home with one proposal: half the target of a symbol."""
    home = tmp_path / "home"
    done = allusr(
        "rules", "propose", "--set", "cad_10.symbol_cap=0.10", "--by", "Ada", "--reason", "less in one name",
        *SMALL, "--home", home,
    )  # fmt: skip
    assert done.code == 0, done.err
    return home, done.out


def test_a_proposal_shows_the_same_period_under_both_rulebooks(proposed):
    _, out = proposed
    assert "CAD-10.symbol_cap" in out
    assert "Simulated: 2026-01-05 to 2026-01-09, synthetic seed 7" in out
    assert "premium taken" in out
    assert "What next: `allusr approve" in out


def test_a_proposal_changes_nothing_before_a_person_approves_it(allusr, proposed):
    home, _ = proposed
    assert "no value differs" in allusr("rules", "diff", "default", "in-force", "--home", home).out


def test_an_approval_raises_the_version_and_runs_rest_on_it(allusr, proposed):
    home, out = proposed
    number = out.split("allusr approve ")[1].split()[0]
    approved = json.loads(
        allusr("approve", number, "--by", "Grace", "--reason", "seen the figures", "--home", home, "--json").out
    )
    assert approved["rulebook"].startswith("2.1.0+")
    assert "0.25 share  0.1 share" in allusr("rules", "diff", "default", "in-force", "--home", home).out
    done = json.loads(allusr("run", *SMALL, "--home", home, "--json").out)
    assert done["rulebook"] == approved["rulebook"]
    assert allusr("ledger", "verify", "--home", home).code == 0


def test_an_approval_is_given_once_by_a_name_with_a_reason(allusr, proposed):
    home, out = proposed
    number = out.split("allusr approve ")[1].split()[0]
    nameless = allusr("approve", number, "--by", " ", "--reason", "x", "--home", home)
    assert (nameless.code, "needs a person's name" in nameless.err) == (2, True)
    assert allusr("approve", number, "--by", "Grace", "--reason", "yes", "--home", home).code == 0
    again = allusr("approve", number, "--by", "Grace", "--reason", "yes", "--home", home)
    assert (again.code, "approved already" in again.err) == (2, True)


def test_a_proposal_for_an_older_rulebook_is_not_approved(allusr, proposed):
    home, out = proposed
    number = out.split("allusr approve ")[1].split()[0]
    second = allusr(
        "rules", "propose", "--set", "lq_1.open_interest=600", "--by", "Ada", "--reason", "more", *SMALL, "--home", home
    )
    other = second.out.split("allusr approve ")[1].split()[0]
    assert allusr("approve", other, "--by", "Grace", "--reason", "yes", "--home", home).code == 0
    stale = allusr("approve", number, "--by", "Grace", "--reason", "yes", "--home", home)
    assert (stale.code, "propose it again" in stale.err) == (2, True)


@pytest.mark.parametrize(
    ("wish", "word"),
    [
        ("lq_1.open_interest=400", "LQ-1: open_interest is fixed at 500"),
        ("ks_1.halt=90", "KS-1: halt is fixed at 80"),
        ("ks_2.samples=0", "KS-2.samples: 0 samples must be at least 1: a tier would stand without a sample"),
        ("cad_99.x=1", "cad_99: unknown rule"),
        ("cad_10.symbol_cap", "expected rule.value=number"),
    ],
)
def test_what_loosens_a_fixed_rule_or_makes_no_sense_is_refused_by_name(allusr, tmp_path, wish, word):
    done = allusr(
        "rules", "propose", "--set", wish, "--by", "Ada", "--reason", "why not", *SMALL, "--home", tmp_path / "home"
    )
    assert done.code == 2
    assert word in done.err


def test_the_page_is_the_one_in_the_documentation(allusr):
    from pathlib import Path

    page = Path(__file__).resolve().parents[2] / "docs" / "rulebook.md"
    assert allusr("rules", "page").out == page.read_text("utf-8"), "renew it: allusr rules page > docs/rulebook.md"
