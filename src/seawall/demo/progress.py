"""Progress of the demo's stages: bars on a terminal, plain lines elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

Advance = Callable[[int, int], None]


class Stages:
    """Shows one line a stage with its time; `seconds` keeps the times by stage."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, title: str) -> Iterator[Advance]:
        """Run one stage; the yielded function takes (done, total)."""
        started = time.monotonic()
        if self._console.is_terminal:
            columns = (
                TextColumn("{task.description:<44}"),
                BarColumn(bar_width=24),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
            )
            with Progress(*columns, console=self._console) as progress:
                task = progress.add_task(title, total=1)
                yield lambda done, total: progress.update(task, completed=done, total=total)
                total = progress.tasks[0].total or 1
                progress.update(task, completed=total)
        else:
            yield lambda done, total: None
        self.seconds[title] = round(time.monotonic() - started, 2)
        if not self._console.is_terminal:
            self._console.print(f"{title}: {self.seconds[title]:.1f} s", highlight=False)
