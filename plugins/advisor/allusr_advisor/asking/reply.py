"""The form in which a model answers."""

from pydantic import BaseModel


class Told(BaseModel):
    """A sentence and the ids of the facts that it tells, in its order."""

    text: str
    facts: list[str]


class Reply(BaseModel):
    """Sentences in the order of reading."""

    sentences: list[Told]
