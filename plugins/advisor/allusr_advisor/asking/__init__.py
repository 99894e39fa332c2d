"""Answers to questions about a run: selected from its ledger, written by rules, worded by a model only where it may.

`reading` understands a question by rules, `record` is the run as answers read it, `topics` select and write the facts,
`answer` puts them together; `wording` lets a model word them, `checking` refuses what it makes of them.
"""
