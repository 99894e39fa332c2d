"""Loaded while mutants are judged (`-p tests.mutation.quick`): what a test that need only fail soon is spared."""

from hypothesis import Phase, settings

# The same examples for every mutant, and the first that fails is the last: nobody reads the smallest one.
settings.register_profile(
    "mutants", phases=[Phase.explicit, Phase.generate], derandomize=True, database=None, deadline=None
)
settings.load_profile("mutants")
