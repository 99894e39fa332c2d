"""How good the advice is, measured on real daily data: `python -m allusr_advisor.advice.quality FOLDER [PAGE]`."""
