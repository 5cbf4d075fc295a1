"""The policy file's types. The JSON Schema that editors use is generated from them."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from seawall.core.exchange import Stage
from seawall.core.verdicts import Action, OnUnknown
from seawall.policy.depth import Depth
from seawall.policy.hosted import Hosted
from seawall.policy.identity import Identity
from seawall.policy.keeping import AuditRule
from seawall.policy.own_rules import AllowList, OwnRule, OwnRules
from seawall.policy.resources import Breaker, Cache, Limits, ScopeLimits, Timeouts, Wallet
from seawall.wire import signatures
from seawall.wire.provider_fields import Omissible, refused_by

Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,62}$", examples=["support-chat"])]
Control = Annotated[str, Meta(examples=["CTL-PII"])]
Positive = Annotated[float, Meta(gt=0)]
Count = Annotated[int, Meta(ge=1)]
# A person or key by the name that the audit log has, or everybody with a role: role:owner.
Approver = Annotated[str, Meta(min_length=1, max_length=200)]


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base: unknown keys are refused."""


class Price(_Strict, frozen=True, kw_only=True):
    """Price of a model per million tokens, in the policy's currency.

    `cached_input_per_million`, `cache_write_per_million`: for tokens that the provider's cache gave
    or took; without them the full price, and twice that. `per_image`, `per_minute`: for every
    picture made, and for every minute of sound, besides. `training_per_million`: for tokens that
    the model is trained with, each epoch anew; without it nobody trains the model.
    """

    input_per_million: Annotated[float, Meta(ge=0)]
    output_per_million: Annotated[float, Meta(ge=0)]
    cached_input_per_million: Annotated[float, Meta(ge=0)] | None = None
    cache_write_per_million: Annotated[float, Meta(ge=0)] | None = None
    per_image: Annotated[float, Meta(ge=0)] = 0.0
    per_minute: Annotated[float, Meta(ge=0)] = 0.0
    training_per_million: Annotated[float, Meta(ge=0)] | None = None
    upstream_model: str = ""


class Upstream(_Strict, frozen=True, kw_only=True):
    """One provider. The key is read from the named environment variable.

    `kind`: openai is everything with OpenAI's chat completions, anthropic has its messages.
    `api_version`: of Azure's interface, which takes the key as `api-key` and has the model as a
    deployment in its paths. Several providers may have one model: the lowest `order` is asked
    first, those of one order share by `weight`. `retries`: how often the same provider is asked
    again when it certainly did nothing. `adaptive`: fewer than `max_concurrency` requests at once
    while it is overloaded. `thought_signatures`: what stands beside tool calls in Gemini's answers
    goes back with them; without it, so it is where `base_url` is Google's. `omit`: fields of a chat
    that it refuses and gets without them; unless given, what Mistral and Gemini
    refuse, at their addresses.
    """

    name: Name
    kind: Literal["anthropic", "openai"] = "openai"
    base_url: Annotated[str, Meta(pattern=r"^https?://", examples=["https://host/v1"])]
    models: Annotated[dict[str, Price], Meta(min_length=1)]
    api_key_env: str = ""
    secret: str = ""
    api_version: Annotated[str, Meta(pattern=r"^[A-Za-z0-9.-]{0,40}$")] = ""
    timeout_seconds: Positive = 60.0
    max_concurrency: Count = 8
    weight: Positive = 1.0
    order: Annotated[int, Meta(ge=0)] = 0
    retries: Annotated[int, Meta(ge=0, le=5)] = 0
    adaptive: bool = True
    breaker: Breaker = Breaker()
    timeouts: Timeouts = Timeouts()
    thought_signatures: bool | None = None
    omit: tuple[Omissible, ...] | None = None

    @property
    def signed(self) -> bool:
        """Return whether signatures of thoughts go to this provider."""
        said = self.thought_signatures
        return signatures.wanted_by(self.base_url) if said is None else said

    @property
    def omitted(self) -> frozenset[str]:
        """Return the fields of a chat that do not go to this provider."""
        if self.kind != "openai":
            return frozenset()
        return refused_by(self.base_url) if self.omit is None else frozenset(self.omit)


class Function(_Strict, frozen=True, kw_only=True):
    """A named use inside the application, with its share (weight) and limits.

    `lane`: batch gets the slots that interactive functions leave, and every tenth at least.
    `courses`: courses of training that an end user must have passed before the function answers.
    """

    weight: Positive = 1.0
    lane: Literal["interactive", "batch"] = "interactive"
    limits: Limits = Limits()
    max_output_tokens: Count = 4096
    models: tuple[str, ...] = ()
    courses: tuple[Name, ...] = ()


class GuardRule(_Strict, frozen=True, kw_only=True):
    """One detector on some stages. Rules are tried in order; the first for a detector wins.

    A finding below `threshold` is ignored. `labels` empty means every label of the detector.
    `on_unknown` empty means the policy's own. `control` is the catalogue's control id.
    `registered`: for the detector verbatim, index files, text files and folders of texts; paths
    count from the policy file's folder. `answer_schema`: for the detector json-schema, what every
    answer must fit, whatever the request asks for. `depth`: for detectors with trained models,
    which of them are asked: all, the quick ones alone, or a static one alone.
    """

    detector: Annotated[Name, Meta(examples=["secrets"])]
    control: Control
    action: Action
    stages: Annotated[tuple[Stage, ...], Meta(min_length=1)]
    threshold: Annotated[float, Meta(ge=0, le=1)] = 0.5
    labels: tuple[str, ...] = ()
    on_unknown: Literal["", "block", "flag"] = ""
    allow_hosts: tuple[str, ...] = ()
    registered: tuple[str, ...] = ()
    answer_schema: dict[str, Any] | None = None
    depth: Depth = "full"


Source = Literal[
    "user", "operator", "trusted", "untrusted", "instruction", "definition", "model", "composed",
    "nowhere",
]  # fmt: skip


class ArgumentRule(_Strict, frozen=True, kw_only=True, rename={"from_": "from"}):
    """What one tool argument may be. Every condition that is given must hold.

    `equals_user`: the value is the end user's id. `one_of`: a closed list. `pattern`: an RE2
    expression that must match the whole value. `maximum`, `minimum`: for numbers. `from_trusted`:
    the value must stand in operator or user text, not only in untrusted text. `code`: scan as this
    language. `from`, `not_from`: where each value may, or may not, come from. `recipients`:
    addresses or `@domain`; `hosts`: hosts of links, `*.example.org` for those below.
    """

    equals_user: bool = False
    one_of: tuple[str, ...] = ()
    pattern: str = ""
    maximum: float | None = None
    minimum: float | None = None
    from_trusted: bool = False
    code: Literal["", "python", "shell", "sql", "javascript"] = ""
    from_: tuple[Source, ...] = ()
    not_from: tuple[Source, ...] = ()
    recipients: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()


class Rate(_Strict, frozen=True, kw_only=True):
    """How often a tool may be called, and how much value its calls may move, in `hours`.

    `sum`: of the argument `of`, a number that is not negative. `per`: user counts the calls of a
    key and its signed end user, function those of all keys of the function.
    """

    calls: Count | None = None
    sum: Positive | None = None
    of: str = ""
    hours: Annotated[float, Meta(gt=0, le=8784)] = 24.0
    per: Literal["user", "function"] = "user"


class ToolRule(_Strict, frozen=True, kw_only=True):
    """One tool: its effect, who can write what it returns, and what its arguments may be.

    `action`: what happens to a call that breaks the rule; redact takes the call out of the answer
    and leaves the others. `instructed_by`: user means that only a request of the user may lead to
    a call; anyone skips the check of the request, not that of the arguments. `rate`: a call beyond
    it breaks the rule, too. `approvers`: who may decide where the action is ask, `role:owner` for
    all who are; empty means those of the section approvals. `needs`: how many of them must
    approve; 0: as `four_eyes` says.
    """

    effect: Literal["read", "write", "send", "pay", "execute", "delete"]
    control: Control
    returns: Literal["trusted", "untrusted"] = "untrusted"
    action: Action = Action.BLOCK
    arguments: dict[str, ArgumentRule] = {}
    instructed_by: Literal["", "user", "anyone"] = ""
    rate: Rate | None = None
    approvers: tuple[Approver, ...] = ()
    needs: Annotated[int, Meta(ge=0, le=20)] = 0


class Approvals(_Strict, frozen=True, kw_only=True):
    """What happens to calls whose action is ask: a person decides, for this long.

    `minutes`: how long a call waits, and how long an approved one may be used. `four_eyes`: two
    different people must approve. `approvers`: of tools whose rule names none; empty means
    whoever may decide.
    """

    minutes: Annotated[int, Meta(ge=1, le=10_080)] = 60
    four_eyes: bool = False
    approvers: tuple[Approver, ...] = ()


class DataClass(_Strict, frozen=True, kw_only=True):
    """Data that may only flow to tools and recipients that are cleared for it.

    `returned_by`: the tools whose results hold it; they may get it back. `tools`: the others that
    may get it. `recipients`, `hosts`: whom these may reach with it; empty means anybody.
    `action`: what happens to a call that would carry it elsewhere.
    """

    returned_by: Annotated[tuple[str, ...], Meta(min_length=1)]
    tools: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    action: Literal["redact", "ask", "block"] = "redact"
    control: str = "CTL-TOOL-RULES"


class TaintRule(_Strict, frozen=True, kw_only=True):
    """How long what outsiders wrote is known again in later requests of a session.

    `keep_hours` 0: not at all. `max_marks`: a session with more counts as tainted as a whole.
    """

    keep_hours: Annotated[float, Meta(ge=0, le=8784)] = 24.0
    max_marks: Annotated[int, Meta(ge=1, le=100_000)] = 4096


class Tools(_Strict, frozen=True, kw_only=True):
    """Tool rules by tool name. A tool that the request does not offer is always blocked.

    `unlisted`: what happens to tools without a rule. infer: their effect is read from name,
    description and schema, and every call, listed or not, is judged by who asked for it and where
    its values come from; `action` is what happens to one that does not hold. `followed`: what
    happens where only a document that the user wants followed asks to pay, delete, execute, give
    rights, or send to an address that nobody trusted wrote. `classes`: confidential data, by name.
    `hosted`: tools that the provider itself runs; the others are refused.
    """

    rules: dict[str, ToolRule] = {}
    unlisted: Literal["infer", "block", "flag"] = "infer"
    action: Action = Action.REDACT
    followed: Action = Action.ASK
    control: str = "CTL-TOOL-RULES"
    approvals: Approvals = Approvals()
    taint: TaintRule = TaintRule()
    classes: dict[str, DataClass] = {}
    hosted: Hosted = Hosted()


class UsagePolicy(_Strict, frozen=True, kw_only=True):
    """The acceptable-use policy users accept before their first request."""

    version: str = "1"
    required: bool = False
    url: str = ""
    control: str = "CTL-USAGE-POLICY"


class Consent(_Strict, frozen=True, kw_only=True):
    """Training opt-out: when true, `store: false` goes upstream."""

    training_opt_out: bool = True


class Disclosure(_Strict, frozen=True, kw_only=True):
    """What tells people that they talk to an AI system; header and field of every answer."""

    text: str = ""
    control: str = "CTL-DISCLOSE"


class Documents(_Strict, frozen=True, kw_only=True):
    """Markers around retrieved text inside system and user messages: that text is untrusted."""

    open: str = "<document"
    close: str = "</document>"


class Spotlight(_Strict, frozen=True, kw_only=True):
    """How text of outsiders is marked on its way to the model.

    `delimit`: random delimiters around it; `datamark`: its blanks replaced by a random character.
    """

    mode: Literal["off", "delimit", "datamark"] = "off"


class Mcp(_Strict, frozen=True, kw_only=True):
    """What servers behind `seawall mcp` may do besides answering.

    `sampling`, `elicitation`, `roots`: ask the client; `binary`: send data nobody can inspect.
    """

    allow: tuple[Literal["sampling", "elicitation", "roots", "binary"], ...] = ()


class Conversations(_Strict, frozen=True, kw_only=True):
    """What is kept of /v1/responses, so that a client can go on by `previous_response_id`.

    `keep_hours` 0: nothing. `max_kib`: the longest conversation; a longer one is not kept.
    `max_turns`: how many turns a key may keep; its oldest go.
    """

    keep_hours: Annotated[float, Meta(ge=0, le=8784)] = 0.0
    max_kib: Count = 1024
    max_turns: Count = 1000


class Files(_Strict, frozen=True, kw_only=True):
    """Uploaded files. `unread_types`: media types that pass although nobody here can read them."""

    unread_types: tuple[str, ...] = ()


class Policy(_Strict, frozen=True, kw_only=True):
    """One policy file: everything the gateway enforces."""

    version: Literal[1]
    application: Name
    upstreams: Annotated[tuple[Upstream, ...], Meta(min_length=1)]
    functions: Annotated[dict[str, Function], Meta(min_length=1)]
    limits: ScopeLimits = ScopeLimits()
    wallet: Wallet = Wallet()
    cache: Cache = Cache()
    guards: tuple[GuardRule, ...] = ()
    rules: tuple[OwnRule, ...] = ()
    allow: tuple[AllowList, ...] = ()
    tools: Tools = Tools()
    block_mode: Literal["error", "refusal"] = "error"
    refusal_text: str = "I can't help with that request."
    on_unknown: OnUnknown = "block"
    usage_policy: UsagePolicy = UsagePolicy()
    consent: Consent = Consent()
    disclosure: Disclosure = Disclosure()
    documents: Documents = Documents()
    spotlight: Spotlight = Spotlight()
    mcp: Mcp = Mcp()
    conversations: Conversations = Conversations()
    files: Files = Files()
    audit: AuditRule = AuditRule()
    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}$")] = "EUR"
    limits_control: str = "CTL-BUDGET"
    identity: Identity = Identity()

    @property
    def own(self) -> OwnRules:
        """Return the operator's own patterns and allow-lists."""
        return OwnRules(rules=self.rules, allow=self.allow)
