"""Whose account pays: what a payment is taken from is the user's own, and no place where money goes."""

from seawall.policy.provenance.arguments import split_name
from seawall.policy.provenance.infer import ToolProfile
from seawall.policy.provenance.trace import Value
from seawall.policy.provenance.words import PAY

_FROM = frozenset(
    "from source debit debited debtor payer own funding origin von quelle desde origen de da depuis van z".split()
)
_ACCOUNTS = frozenset(
    "account acct acc iban konto compte cuenta conto conta rekening card karte carte tarjeta wallet depot".split()
)
# Who calls for money takes it from somebody else.
_CALLS_FOR = frozenset("request collect charge ask demand pull invoice".split())


def takes_from(profile: ToolProfile, value: Value) -> bool:
    """Say whether an argument is the account that a payment takes its money from."""
    words = set(split_name(value.argument.rsplit("/", 1)[-1]))
    if profile.effect != PAY or not words & _FROM:
        return False
    if _CALLS_FOR & (profile.verbs | {profile.doing}):
        return False
    return bool(words & _ACCOUNTS) or value.shape == "account"
