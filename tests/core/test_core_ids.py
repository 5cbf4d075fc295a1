"""Request ids: sorted by time, never the same twice."""

import os
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from seawall.core import ids


def test_ids_have_a_form_and_are_never_the_same() -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: ids.request_id(), range(4000)))
    assert all(re.fullmatch(r"sw_[0-9a-f]{28}", one) for one in found)
    assert len({one[-16:] for one in found}) == 4000


def test_a_forked_process_makes_ids_of_its_own() -> None:
    ids.request_id()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, ids.request_id()[-16:].encode())
        os._exit(0)
    os.waitpid(child, 0)
    theirs = os.read(reader, 16).decode()
    assert theirs not in {ids.request_id()[-16:] for _ in range(1000)}


def test_ordered_ids_sort_as_they_were_given_also_when_the_clock_goes_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = [ids.ordered_id() for _ in range(500)]
    monkeypatch.setattr(ids.time, "time_ns", lambda: 0)
    given += [ids.ordered_id() for _ in range(70_000)]
    assert given == sorted(given)
    assert len(set(given)) == len(given)
    assert {len(one) for one in given} == {len(ids.request_id())}
