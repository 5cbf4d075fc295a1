"""How a long text is cut for the models: into ranges that overlap, each about a window."""

Range = tuple[int, int]
CHUNK, STRIDE = 700, 500
# A text up to so many characters is one chunk: most often one window holds it.
ONE_WINDOW = 1000


def ranges(text: str) -> list[Range]:
    """Return the ranges of a text that are judged one by one."""
    return [(0, len(text))] if len(text) <= ONE_WINDOW else chunks(text)


def chunks(text: str) -> list[Range]:
    """Return overlapping ranges of about CHUNK characters, cut at spaces where there are some."""
    if len(text) <= CHUNK:
        return [(0, len(text))]
    found: list[Range] = []
    start = 0
    while start < len(text):
        end = min(len(text), start + CHUNK)
        space = text.rfind(" ", start + STRIDE, end) if end < len(text) else end
        end = space if space > start else end
        found.append((start, end))
        if end == len(text):
            break
        following = text.find(" ", end - (CHUNK - STRIDE), end)
        start = following + 1 if following >= 0 else end - (CHUNK - STRIDE)
    return found
