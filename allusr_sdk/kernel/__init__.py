"""Decisions: a function of view, books, state and rulebook. It sends nothing and knows no database."""
