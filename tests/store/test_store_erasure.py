"""An end user is erased everywhere, in the file too; others stay, and so does what was chosen."""

from seawall.core.retention import Consent
from seawall.core.roles import OPERATOR
from seawall.store.approvals import Approvals
from seawall.store.audit_users import AuditUsers
from seawall.store.changes import pending_changes
from seawall.store.consents import choice_of, set_consent
from seawall.store.db import Store
from seawall.store.erasure import erase_user
from seawall.store.registers import add_entry, edit_entry, entries
from seawall.store.spend import Charge, Share, add_charges, digest_name, spent_on, used_in
from seawall.store.turns import Owner

ANNA, BEN = "anna-4711-marker", "ben-4711"
ME = Owner(application="shop", function="chat", key_id="k1")


def test_calls_that_wait_and_courses_go_with_their_user(store: Store) -> None:
    users, approvals = AuditUsers(store), Approvals(store)
    for user in (ANNA, BEN):
        for state in ("waits", "approved"):
            call = ("pay", f'{{"to": "{user}", "n": "{state}"}}', "why")
            found = approvals.ask(ME, *call, handle=users.handle(user))
            if state == "approved":
                approvals.approve(found.approval_id, actor=OPERATOR)
        add_entry(store, "training", "shop", {"person": user}, actor=OPERATOR, action="complete")
    nobodys = approvals.ask(ME, "pay", "{}", "why")
    renamed = add_entry(store, "training", "bank", {"person": ANNA}, actor=OPERATOR, action="x")
    edit_entry(store, renamed.entry_id, lambda _: {"person": "A."}, actor=OPERATOR, action="edit")
    add_entry(store, "vendor", "shop", {"person": ANNA}, actor=OPERATOR, action="add")
    set_consent(store, users, "shop", ANNA, Consent(opt_out=True))

    gone = erase_user(store, users, ANNA, actor=OPERATOR)

    assert (gone.approvals, gone.training, gone.erased) == (2, 2, False)
    left = {one.arguments for one in approvals.list() if one.approval_id != nobodys.approval_id}
    assert len(left) == 2 and all(BEN in (text or "") for text in left)
    assert [entry.body["person"] for entry in entries(store, "training")] == [BEN]
    assert len(entries(store, "vendor")) == 1, "who vouched for a vendor stays answerable"
    assert choice_of(store, "shop", users.handle(ANNA)).opt_out
    assert erase_user(store, users, ANNA, actor=OPERATOR).approvals == 0
    noted = [change for change in pending_changes(store) if change["action"].endswith(".erase")]
    assert [change["action"] for change in noted].count("training.erase") == 2
    assert all(ANNA not in str(change) for change in noted)


def test_nothing_of_a_training_is_left_in_the_file(store: Store) -> None:
    add_entry(store, "training", "shop", {"person": ANNA}, actor=OPERATOR, action="complete")
    erase_user(store, AuditUsers(store), ANNA, actor=OPERATOR)
    store.close()
    for path in store.folder.glob("seawall.db*"):
        assert ANNA.encode() not in path.read_bytes(), path.name


def test_daily_counts_go_with_their_user_and_the_functions_stay(store: Store) -> None:
    for day, user in (("2026-11-01", ANNA), ("2026-11-02", ANNA), ("2026-11-02", BEN)):
        shares = tuple(Share(scope=scope, name=digest_name(scope, user)) for scope in ("user",))
        key = Share(scope="key", name=digest_name("user", user))
        with store.write() as connection:
            add_charges(connection, [Charge(day=day, function="chat", nanos=5,
                                            shares=(*shares, key))])  # fmt: skip
    gone = erase_user(store, AuditUsers(store), ANNA, actor=OPERATOR)
    assert gone.counted == 2
    left = [(used.day, used.share.scope, used.share.name) for used in used_in(store, "2026-11")]
    digests = {user: digest_name("user", user) for user in (ANNA, BEN)}
    assert ("2026-11-02", "user", digests[BEN]) in left and len(left) == 4
    assert not [one for one in left if one[1] == "user" and one[2] == digests[ANNA]]
    assert spent_on(store, "2026-11-02") == {"chat": 10}
