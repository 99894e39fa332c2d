"""Many runs beside one another: grids and random draws of settings, and crowds of accounts, on processes or on Ray."""
