"""Acceptances, checked training files, runs: stored once, read back as stored."""

import pytest
from raw import edit

from seawall.core.errors import InputError, IntegrityError
from seawall.core.trials import Mode, ProbeResult
from seawall.core.verdicts import Outcome
from seawall.store.acceptances import Place, accept, accepted, forget, list_acceptances
from seawall.store.db import Store
from seawall.store.objects import Holder, Objects
from seawall.store.runs import list_runs, load_run, save_run
from seawall.store.training import TrainingFile, find_file, may_train, record_file
from seawall.store.turns import Owner, Turns


def test_an_acceptance_counts_for_its_user_application_and_version_only(store: Store) -> None:
    accept(store, "u1", "shop", "2", now=100)
    assert accepted(store, "u1", "shop", "2")
    for user, application, version in (
        ("u2", "shop", "2"),
        ("u1", "bank", "2"),
        ("u1", "shop", "1"),
        ("u1", "shop", "20"),
        ("U1", "shop", "2"),
        ("u1 ", "shop", "2"),
        ("", "shop", "2"),
        ("%", "shop", "2"),
        ("u1\0", "shop", "2"),
    ):
        assert not accepted(store, user, application, version)


def test_accepting_again_keeps_the_first_time(store: Store) -> None:
    accept(store, "u", "shop", "1", now=100)
    assert accept(store, "u", "shop", "1", now=200).accepted == 100
    assert [one.accepted for one in list_acceptances(store, "shop")] == [100]


@pytest.mark.parametrize("user", ["", "x" * 513, "a\0b"])
def test_user_ids_have_a_length(store: Store, user: str) -> None:
    with pytest.raises(InputError):
        accept(store, user, "shop", "1")


def test_an_id_that_no_server_can_hold_is_nobodys(store: Store) -> None:
    holder = Holder(application="shop", function="chat")
    assert Objects(store).find(holder, "file", "file-a\0b") is None
    owner = Owner(application="shop", function="chat", key_id="k1")
    turns = Turns(store)
    assert turns.find(owner, "resp_\0") is None and not turns.delete(owner, "resp_\0")
    assert turns.chain(owner, "resp_\0", max_bytes=100) is None


def test_acceptances_are_listed_from_a_place_on(store: Store) -> None:
    for user, version in (("b", "1"), ("a", "2"), ("a", "10"), ("B", "1")):
        accept(store, user, "shop", version)
    whole = list_acceptances(store, "shop")
    found, after = [], None
    while page := list_acceptances(store, "shop", after=after, limit=1):
        found += page
        after = Place(user=page[0].user, version=page[0].policy_version)
    assert found == whole and len(whole) == 4
    assert {one.policy_version for one in list_acceptances(store, "shop", user="a")} == {"2", "10"}
    assert {one.user for one in list_acceptances(store, "shop", version="1")} == {"b", "B"}


def test_a_user_can_be_erased(store: Store) -> None:
    for version in ("1", "2"):
        accept(store, "u1", "shop", version)
    accept(store, "u2", "shop", "1")
    assert forget(store, "u1") == 2
    assert [one.user for one in list_acceptances(store, "shop")] == ["u2"]
    assert forget(store, "u1") == 0


def test_an_erased_users_id_is_gone_from_the_file(store: Store) -> None:
    def held() -> bool:
        files = (path.read_bytes() for path in store.folder.glob("seawall.db*"))
        return any(b"anna-4711-marker" in data for data in files)

    accept(store, "anna-4711-marker", "shop", "1")
    assert held() or store.shared  # a server's files are not in this folder
    forget(store, "anna-4711-marker")
    assert not held()


def file_of(result: Outcome, file_id: str = "file-1") -> TrainingFile:
    return TrainingFile(
        file_id=file_id,
        sha256="ab" * 32,
        application="shop",
        function="chat",
        result=result,
        controls=("CTL-TRAIN-FILES", "CTL-SECRETS"),
        checked=100,
    )


def test_a_checked_file_is_found_by_its_application_only(store: Store) -> None:
    record_file(store, file_of(Outcome.FOUND))
    assert find_file(store, "file-1", "shop") == file_of(Outcome.FOUND)
    assert find_file(store, "file-1", "bank") is None
    assert find_file(store, "file-2", "shop") is None


def test_a_result_cannot_be_replaced(store: Store) -> None:
    record_file(store, file_of(Outcome.FOUND))
    with pytest.raises(InputError, match="already"):
        record_file(store, file_of(Outcome.CLEAN))
    found = find_file(store, "file-1", "shop")
    assert found is not None
    assert found.result is Outcome.FOUND


@pytest.mark.parametrize(
    ("results", "allowed"),
    [
        ([Outcome.CLEAN], True),
        ([Outcome.CLEAN, Outcome.CLEAN], True),
        ([Outcome.CLEAN, Outcome.FOUND], False),
        ([Outcome.UNKNOWN], False),
        ([Outcome.CLEAN, None], False),
        ([], False),
    ],
)
def test_only_checked_and_clean_files_train(results: list[Outcome | None], allowed: bool) -> None:
    assert may_train([None if one is None else file_of(one) for one in results]) is allowed


def test_a_run_comes_back_as_stored(store: Store) -> None:
    result = ProbeResult(
        probe="PRB-INJ-DIRECT",
        mode=Mode.ON,
        n=48,
        complied=0,
        refused=1,
        blocked=47,
        errors=0,
        unscored=0,
        clusters=12,
        n_effective=22.5,
        asr=0.0,
        low=0.0,
        high=0.1,
        ucb95=0.08,
    )
    saved = save_run(store, "attack", {"seed": 7, "model": "simulated"}, [result])
    loaded = load_run(store, saved.run_id)
    assert loaded == saved
    assert loaded.manifest == {"model": "simulated", "seed": 7}
    assert loaded.results[0]["blocked"] == 47
    assert list_runs(store) == [(saved.run_id, "attack", saved.created)]


@pytest.mark.parametrize("value", ["'x'", "x'7b7d'", "5"])
@pytest.mark.parametrize("column", ["manifest", "results", "kind", "created", "sha256"])
def test_an_edited_run_is_not_evidence(file_store: Store, column: str, value: str) -> None:
    store = file_store
    saved = save_run(store, "attack", {"seed": 7}, {"asr": 0.9})
    edit(store, f"UPDATE runs SET {column} = {value}")
    with pytest.raises(IntegrityError, match="edited"):
        load_run(store, saved.run_id)


@pytest.mark.parametrize(
    "change", ["results = manifest", "kind = 'loop'", "created = created + 1", "sha256 = run_id"]
)
def test_an_edit_that_keeps_the_types_is_noticed_too(store: Store, change: str) -> None:
    saved = save_run(store, "attack", {"seed": 7}, {"asr": 0.9})
    edit(store, f"UPDATE runs SET {change}")
    with pytest.raises(IntegrityError, match="edited"):
        load_run(store, saved.run_id)


def test_a_run_that_is_not_there(store: Store) -> None:
    with pytest.raises(InputError, match="no run"):
        load_run(store, "run_0")
