"""What the transformer makes of a text as a vector, for models of others that are fitted on it."""

from seawall.core.exchange import Stage
from seawall.guard.model import classifier
from seawall.guard.model.embeddings import Floats


def vector_of(text: str) -> Floats:
    """Return the vector of a text's first 253 tokens, read as a user's message.

    Raises MissingPartError when the models cannot be read. The vectors of other weights differ, so
    keep none on disk.
    """
    models = classifier.load()
    return models._transformer.vector(models._reader.shown(text, (0, len(text)), Stage.INPUT))
