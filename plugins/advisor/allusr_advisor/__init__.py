"""Advisor: answers to questions out of the ledger's facts, and scored advice that reaches no order."""
