"""`allusr montecarlo`: paths out of a run's weeks, and whether its own weeks agree."""

import json

import pyarrow.parquet as pq
import pytest

from tests.montecarlo.orchard import MEANS, kept, lived

FEW = ("--paths", "40", "--years", "2", "--block", "4")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home with a run of forty weeks."""
    with lived(2, 40, means={**MEANS, "gen_acc": 0.04}) as world:
        return kept(world, tmp_path_factory.mktemp("home"))


@pytest.fixture
def montecarlo(allusr, home):
    """Call `allusr montecarlo` on that home."""
    return lambda *words: allusr("montecarlo", "--home", home, *words)


def test_it_tells_the_target_the_years_the_chances_and_what_is_left_out(montecarlo):
    done = montecarlo(*FEW)
    assert done.code == 0, done.err
    assert done.out.startswith("Whether the options of this market are real or modelled is unknown: by hand")
    for said in ("The target of 20 to 30 % a year", "Premium kept 50%", "Growth a year, before taxes", "Ruin",
                 "Accounts that began: ", "Drawn from 40 weeks", "contracts are not whole"):  # fmt: skip
        assert said in done.out


def test_equal_seeds_print_equal_paths_and_other_seeds_others(montecarlo):
    once, again, other = (json.loads(montecarlo(*FEW, "--json", "--seed", seed).out) for seed in (3, 3, 4))
    assert once == again
    assert once["equity"] != other["equity"]
    assert (once["seed"], once["paths"], once["years"], once["block"], once["weeks"]) == (3, 40, 2, 4.0, 40)


def test_capital_beginning_and_ruin_are_as_asked(montecarlo):
    told = json.loads(montecarlo(*FEW, "--json", "--capital", "250_000", "--from", "2027-03-03", "--ruin", "0.7").out)
    assert (told["capital"], told["first"], told["ruin"]) == ("250000", "2027-03-08", 0.7)


def test_rules_that_are_tightened_are_those_that_paths_grow_by(montecarlo):
    told = json.loads(montecarlo(*FEW, "--json", "--set", "fk_5.max_active=0").out)
    assert [one["number"] for one in told["forks"]] == [0]
    assert {one["key"]: one["share"] for one in told["chances"]}["capped"] > 0


def test_its_own_weeks_agree_with_the_run_to_the_cent(montecarlo):
    done = montecarlo("--agree")
    assert done.code == 0, done.err
    assert "agree with the run" in done.out
    told = json.loads(montecarlo("--agree", "--json").out)
    assert told["agrees"] is True
    assert told["own"]["alone"] == []
    assert set(told["own"]["apart"].values()) == {"0.00"} or max(map(float, told["own"]["apart"].values())) <= 0.01


def test_where_they_do_not_agree_it_says_where_and_ends_so(montecarlo):
    done = montecarlo("--agree", "--set", "fk_5.max_active=0")
    assert done.code == 1
    assert "do NOT agree" in done.out
    assert "ForkIntended" in done.out


@pytest.mark.parametrize("suffix", ["html", "csv", "json", "parquet"])
def test_it_is_written_by_suffix(montecarlo, tmp_path, suffix):
    out = tmp_path / f"paths.{suffix}"
    done = montecarlo(*FEW, "--out", out)
    assert done.code == 0, done.err
    assert done.out.rstrip().endswith(out.name)
    if suffix == "parquet":
        assert pq.read_table(out).num_rows == 80
    else:
        assert "Equity" in out.read_text()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--out", "paths.xls"), "--out paths.xls: take a name that ends in one of .html, .pdf, .json, .csv, .parquet"),
        (("--capital", "much"), "--capital much: expected dollars, as 1000000"),
        (("--capital", "nan"), "--capital nan: expected dollars, as 1000000"),
        (("--capital", "300000.001"), "--capital 300000.001: expected dollars, as 1000000"),
        (("--years", "0"), "0 years: take 1 to 50"),
        (("--from", "soon"), "--from soon: expected a date"),
        (("--run", "9"), "run 9 is not in this ledger"),
    ],
)
def test_what_it_cannot_do_it_says_in_one_line(montecarlo, words, why):
    done = montecarlo(*words)
    assert done.code == 2
    assert why in done.err
    assert len(done.err.strip().splitlines()) == 1


def test_a_run_of_few_weeks_is_refused(allusr, tmp_path):
    with lived(2, 5) as world:
        home = kept(world, tmp_path)
    done = allusr("montecarlo", "--home", home)
    assert done.code == 2
    assert "run 1 has 5 weeks: paths are drawn from 20 or more" in done.err
