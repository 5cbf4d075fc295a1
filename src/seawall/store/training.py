"""Fine-tuning files that were checked: only a checked, clean file may start a job."""

import time
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from seawall.core.errors import InputError
from seawall.core.verdicts import Outcome
from seawall.store.db import Store
from seawall.store.tables import training_files


class TrainingFile(msgspec.Struct, frozen=True, kw_only=True):
    """A checked file: the provider's id, SHA-256 (hex), whose it is, the result, when (Unix s)."""

    file_id: str
    sha256: str
    application: str
    function: str
    result: Outcome
    controls: tuple[str, ...] = ()
    checked: int = 0


def record_file(store: Store, file: TrainingFile) -> None:
    """Store a check's result. Raises InputError when the id was already recorded."""
    row = {
        **msgspec.structs.asdict(file),
        "result": file.result.value,
        "controls": " ".join(file.controls),
        "checked": file.checked or int(time.time()),
    }
    try:
        with store.write() as connection:
            connection.execute(sa.insert(training_files), row)
    except sa.exc.IntegrityError:
        raise InputError(f"The file {file.file_id} was already checked.") from None


def find_file(store: Store, file_id: str, application: str) -> TrainingFile | None:
    """Return an application's checked file; None when this application has none of that id."""
    statement = sa.select(training_files).where(
        training_files.c.file_id == file_id, training_files.c.application == application
    )
    with store.read() as connection:
        row = connection.execute(statement).first()
    if row is None:
        return None
    values = {**row._mapping, "result": Outcome(row.result), "controls": _words(row.controls)}
    return TrainingFile(**values)


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def may_train(files: Sequence[TrainingFile | None]) -> bool:
    """Say whether every file was checked and found clean; no file at all is not."""
    return bool(files) and all(file is not None and file.result is Outcome.CLEAN for file in files)
