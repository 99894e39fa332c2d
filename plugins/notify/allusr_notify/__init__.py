"""Notifications of what an account does, by mail, chat and push."""
