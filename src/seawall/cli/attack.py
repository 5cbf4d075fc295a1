"""Attack an application that speaks the OpenAI chat API and measure what gets through."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seawall.cli import (
    _attack_case,
    _attack_exchange,
    _attack_exposure,
    _attack_findings,
    _attack_search,
)
from seawall.cli._attack_limits import MaxCost, MaxRequests, Rate, RequestCost, limits_of
from seawall.cli._output import Json, print_json

if TYPE_CHECKING:
    from seawall.core.errors import SeawallError

app = typer.Typer(add_completion=False)

Target = Annotated[
    str,
    typer.Option(
        help="OpenAI-compatible URL ending in /v1, responses:URL, anthropic:URL, "
        "python:module:function, a file (.yaml: request template, web page, MCP server or "
        "client), or lab: the bundled agent."
    ),
]
Model = Annotated[str, typer.Option(help="Model name to send.")]
KeyEnv = Annotated[
    str, typer.Option(help="Environment variable that holds the API key; empty: no key.")
]
FactsFile = Annotated[
    Path | None, typer.Option(help="YAML file of what you know: system_prompt, tools, ...")
]
Probes = Annotated[list[str] | None, typer.Option(help="Probe id; repeat it. All by default.")]
Cases = Annotated[
    Path | None, typer.Option(help="Saved cases: a file or folder; tried instead of all probes.")
]
DatasetFile = Annotated[
    Path | None, typer.Option(help="Prompts of yours: .csv, .jsonl, .parquet; instead of probes.")
]
Column = Annotated[str, typer.Option(help="Data set: the column of prompts.")]
Expect = Annotated[
    str, typer.Option(help="Data set: the column of texts that prove success in an answer.")
]
Attempts = Annotated[
    list[str] | None, typer.Option(help="Only this attempt, by its id; repeat it.")
]
Number = Annotated[int | None, typer.Option(min=1, help="Attempts a probe.")]
Seed = Annotated[int, typer.Option(help="Seed of the attacks.")]
Concurrency = Annotated[int, typer.Option(min=1, max=256)]
Behind = Annotated[bool, typer.Option(help="The target is behind Seawall.")]
Out = Annotated[Path | None, typer.Option(help="File of rows; an interrupted run goes on from it.")]
Transcripts = Annotated[
    Path | None,
    typer.Option(help="File for what was said in attacks that succeeded, secrets masked."),
]
Tau = Annotated[
    float | None,
    typer.Option("--tau", "--max-asr", min=0, max=1, help="Fail (exit 4) above this UCB95."),
]
Stop = Annotated[
    bool, typer.Option("--stop", help="End a probe once it is surely below or above --max-asr.")
]
JudgeUrl = Annotated[
    str,
    typer.Option(help="URL of a model (OpenAI's API) that judges what stays open, or guard."),
]
JudgeModel = Annotated[str, typer.Option(help="The judging model.")]
JudgeKeyEnv = Annotated[str, typer.Option(help="Environment variable with its API key.")]
JudgeError = Annotated[
    float, typer.Option(min=0, max=1, help="Its verdicts count up to this bound of its error.")
]
JudgeSamples = Annotated[
    Path | None, typer.Option(help="Audit samples of yours for the judge (YAML).")
]
Harmless = Annotated[
    int, typer.Option(min=0, help="Harmless conversations beside the attacks; 0: none.")
]
Calibrate = Annotated[
    bool, typer.Option(help="Learn the target's own refusals first (10 requests).")
]
Stream = Annotated[bool, typer.Option("--stream", help="Chat APIs: ask for streamed answers.")]
Images = Annotated[
    bool,
    typer.Option("--images", help="Chat APIs: the model takes pictures; try probes with them."),
]
Files = Annotated[
    bool, typer.Option("--files", help="Chat APIs: the model takes files; documents go as one.")
]
Uploads = Annotated[
    bool, typer.Option("--uploads", help="OpenAI's API: send training files, begin and end jobs.")
]
Quick = Annotated[
    bool, typer.Option("--quick", help="Bundled agent, every probe once: under a minute.")
]
Full = Annotated[
    bool, typer.Option("--full", help="Bundled agent, every probe 12 times: under 15 minutes.")
]
DryRun = Annotated[bool, typer.Option(help="Show the plan, send nothing.")]


@app.callback(invoke_without_command=True)
def attack(
    context: typer.Context,
    target: Target = "",
    model: Model = "default",
    key_env: KeyEnv = "",
    facts: FactsFile = None,
    probe: Probes = None,
    cases: Cases = None,
    dataset: DatasetFile = None,
    column: Column = "",
    expect: Expect = "",
    attempt: Attempts = None,
    n: Number = None,
    seed: Seed = 0,
    concurrency: Concurrency = 8,
    gateway: Behind = False,
    out: Out = None,
    transcripts: Transcripts = None,
    harmless: Harmless = 40,
    calibrate: Calibrate = True,
    rate: Rate = None,
    max_requests: MaxRequests = None,
    max_cost: MaxCost = None,
    request_cost: RequestCost = 0.0,
    tau: Tau = None,
    stop: Stop = False,
    judge: JudgeUrl = "",
    judge_model: JudgeModel = "default",
    judge_key_env: JudgeKeyEnv = "",
    judge_error: JudgeError = 0.25,
    judge_samples: JudgeSamples = None,
    stream: Stream = False,
    images: Images = False,
    files: Files = False,
    uploads: Uploads = False,
    quick: Quick = False,
    full: Full = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Attack an application that speaks the OpenAI chat API and measure what gets through."""
    if context.invoked_subcommand is not None:
        return
    if quick or full:
        context.exit(_preset(context))
    from seawall.cli._attack_judge import judge_order
    from seawall.cli._attack_run import Order, conduct
    from seawall.redteam.datasets import Dataset

    _check(context)
    conduct(Order(
        target=target, model=model, key_env=key_env, facts=facts, probes=tuple(probe or ()),
        attempts=frozenset(attempt or ()), n=n, seed=seed, gateway=gateway, out=out,
        concurrency=concurrency if rate is None else min(concurrency, max(1, int(rate * 30))),
        transcripts=transcripts, tau=tau, stop=stop, dry_run=dry_run, as_json=as_json, cases=cases,
        harmless=0 if attempt else harmless, calibrate=calibrate, limits=limits_of(context.params),
        dataset=Dataset(path=dataset, column=column, expect=expect) if dataset else None,
        judge=judge_order(context.params), stream=stream, images=images, files=files,
        uploads=uploads,
    ))  # fmt: skip


_PRESET = frozenset((
    "target", "quick", "full", "out", "probe", "n", "seed", "concurrency", "harmless", "as_json",
))  # fmt: skip


def _preset(context: typer.Context) -> int:
    """Do what `attack lab --quick` or `--full` does; return the exit code.

    Raises InputError for what a preset can't take.
    """
    from seawall.cli._attack_lab import LabOrder, both, sized
    from seawall.core.errors import InputError

    given = {
        name: value
        for name, value in context.params.items()
        if getattr(context.get_parameter_source(name), "name", "") == "COMMANDLINE"
    }
    if not _PRESET.issuperset(given) or given.get("target", "lab") != "lab":
        raise InputError(
            "--quick and --full attack the bundled agent, and take --out, --probe, --n, --seed, "
            "--concurrency and --harmless only.",
            hint="Leave them out to attack another target.",
        )
    out = Path(given.get("out", "lab-out"))
    if out.is_file():
        raise InputError(f"{out} is a file: --quick and --full write into a folder.")
    every, n, harmless = sized(
        "quick" in given, "full" in given, (False, given.get("n"), given.get("harmless"))
    )
    both(
        LabOrder(
            out=out, probes=tuple(given.get("probe") or ()), every=every, n=n,
            seed=given.get("seed", 0), concurrency=given.get("concurrency", 4), harmless=harmless,
            markdown=None, misses=None, as_json="as_json" in given,
        )
    )  # fmt: skip
    return 0


def _check(context: typer.Context) -> None:
    from seawall.core.errors import InputError

    given = context.params
    if given["stop"] and not (given["tau"] and given["tau"] < 1):
        raise InputError("--stop needs --max-asr between 0 and 1: that is what it decides by.")
    if not given["target"]:
        raise InputError("--target is missing.", hint="`seawall attack --help` shows how.")


@app.command("lab")
def lab_runs(
    out: Annotated[Path, typer.Option(help="Folder for rows, policy and logs.")] = Path("lab-out"),
    probe: Probes = None,
    every: Annotated[
        bool, typer.Option(help="All probes that fit, not only those beside the demo's.")
    ] = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="Every probe once, 12 harmless talks: under a minute.")
    ] = False,
    full: Annotated[
        bool, typer.Option("--full", help="Every probe 12 times, 200 harmless: under 15 minutes.")
    ] = False,
    n: Number = None,
    seed: Seed = 0,
    concurrency: Concurrency = 4,
    harmless: Annotated[
        int | None, typer.Option(min=0, help="Harmless conversations beside the attacks; 40.")
    ] = None,
    markdown: Annotated[Path | None, typer.Option(help="Write the tables as Markdown.")] = None,
    misses: Annotated[
        Path | None, typer.Option(help="Write what still passes as JSON, as the catalogue has it.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Attack the bundled agent without and with a gateway, compare, and say what still passes."""
    from seawall.cli._attack_lab import LabOrder, both, sized

    every, n, harmless = sized(quick, full, (every, n, harmless))
    both(
        LabOrder(
            out=out,
            probes=tuple(probe or ()),
            every=every,
            n=n,
            seed=seed,
            concurrency=concurrency,
            harmless=harmless,
            markdown=markdown,
            misses=misses,
            as_json=as_json,
        )
    )


@app.command()
def compare(
    context: typer.Context,
    first: Annotated[Path, typer.Argument(help="Rows of the run without, or before (--out).")],
    second: Annotated[Path, typer.Argument(help="Rows of the run with Seawall, or after.")],
    max_asr: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Fail if a probe's UCB95 is above, in SECOND."),
    ] = None,
    max_overblock: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Fail if more harmless talks may be disturbed, in SECOND."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Compare two runs of the same attempts: what changed, and is it more than chance.

    Exit codes: 0 pass, 4 the gate failed, 6 nothing scored, 2 usage; as `seawall redteam compare`
    0 pass, 1 the gate failed, 3 nothing scored, 2 usage.
    """
    from seawall.cli._compared import tell
    from seawall.core.errors import GateError, NotScoredError
    from seawall.redteam import comparing
    from seawall.redteam.rows import open_rows

    (before, one), (after, other) = open_rows(first), open_rows(second)
    before.whole(first)
    after.whole(second)
    comparison = comparing.compare(one, other)
    failed = comparing.failures(comparison, max_asr=max_asr, max_overblock=max_overblock)
    if as_json:
        print_json({"comparison": comparison, "failed": failed})
    else:
        tell(comparison)
    if comparing.unscored(comparison):
        raise _coded(
            context,
            NotScoredError(
                f"Nothing in {second} could be scored.", hint="Its rows say why, in `reason`."
            ),
        )
    if failed:
        raise _coded(context, GateError("The gate failed: " + "; ".join(failed) + "."))


_CODES = {"gate_failed": 1, "not_scored": 3}


def _coded(context: typer.Context, error: "SeawallError") -> "SeawallError":
    """Return the error with the exit code that `redteam compare` promises, under that name."""
    if context.parent is not None and context.parent.info_name == "redteam":
        error.exit_code = _CODES[error.code]
    return error


@app.command()
def report(
    run: Annotated[Path, typer.Argument(help="Rows of a run (--out).")],
    html: Annotated[Path | None, typer.Option(help="Write one HTML page.")] = None,
    sarif: Annotated[Path | None, typer.Option(help="Write SARIF 2.1.0.")] = None,
    junit: Annotated[Path | None, typer.Option(help="Write JUnit XML.")] = None,
    ocsf: Annotated[
        Path | None, typer.Option(help="Write OCSF Compliance Findings, one a line.")
    ] = None,
    policy: Annotated[
        Path | None, typer.Option(help="Write the guards that stop what succeeded, as YAML.")
    ] = None,
    transcripts: Annotated[
        Path | None, typer.Option(help="Transcripts of the run, for the page.")
    ] = None,
    judged: Annotated[Path, typer.Option(help="File of people's verdicts on findings.")] = Path(
        "triage.yaml"
    ),
    as_json: Json = False,
) -> None:
    """Write what a run found: for people, code scanning, a build, or a policy."""
    from seawall.cli import _attack_files as files

    wanted = files.Wanted(html, sarif, junit, ocsf, policy)
    files.report(run, wanted, transcripts, judged, as_json)


for _part in (
    _attack_findings, _attack_case, _attack_exchange, _attack_search, _attack_exposure
):  # fmt: skip
    for _name, _command in _part.COMMANDS.items():
        app.command(_name)(_command)
