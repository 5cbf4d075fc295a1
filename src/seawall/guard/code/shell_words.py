"""What words of shell commands stand for: programs, secret files, hosts, what holds the system."""

import re
from collections.abc import Sequence

from seawall.guard.code.shell import Command, Word

# What arguments of tools are called that hold a command.
COMMAND_KEYS = ("command", "commands", "cmd", "shell", "bash", "script", "sh", "shell_command",
                "terminal")  # fmt: skip
SHELLS = frozenset({"sh", "bash", "zsh", "dash", "ksh", "fish", "ash"})
INTERPRETERS = SHELLS | {"python", "python2", "python3", "perl", "ruby", "node", "php", "lua", "pwsh",
                         "powershell", "iex", "invoke-expression"}  # fmt: skip
DOWNLOADERS = frozenset({"curl", "wget", "fetch", "iwr", "irm", "invoke-webrequest",
                         "invoke-restmethod", "aria2c"})  # fmt: skip
# Wrapper -> options that take a value.
_WRAPPERS: dict[str, frozenset[str]] = {
    "sudo": frozenset({"-u", "-g", "-h", "-p"}), "doas": frozenset({"-u"}), "env": frozenset({"-u"}),
    "nohup": frozenset(), "time": frozenset(), "exec": frozenset(), "command": frozenset(),
    "nice": frozenset({"-n"}), "ionice": frozenset({"-c", "-n"}), "stdbuf": frozenset(),
    "timeout": frozenset({"-s", "-k"}), "busybox": frozenset(), "builtin": frozenset(),
    "setsid": frozenset(), "xargs": frozenset({"-I", "-n", "-P", "-d", "-L"}), "run": frozenset(),
    "sshpass": frozenset({"-p"}), "trap": frozenset(), "chroot": frozenset(), "doit": frozenset(),
}  # fmt: skip
# Scripts that half the world pipes into a shell: the host that serves them, or host and folder.
INSTALLERS = frozenset(
    ("sh.rustup.rs", "get.docker.com", "deb.nodesource.com", "rpm.nodesource.com", "astral.sh",
     "install.python-poetry.org", "bun.sh", "deno.land", "ollama.com", "get.k3s.io", "get.helm.sh",
     "raw.githubusercontent.com/Homebrew", "raw.githubusercontent.com/nvm-sh", "raw.githubusercontent.com/helm", "raw.githubusercontent.com/ohmyzsh", "raw.githubusercontent.com/rancher", "get.sdkman.io", "starship.rs", "get.pnpm.io", "fnm.vercel.app",
     "pyenv.run", "install.meteor.com", "cli.github.com", "sdk.cloud.google.com", "get.volta.sh",
     "packages.microsoft.com", "packagecloud.io", "download.docker.com", "apt.llvm.org", "brew.sh",
     "bootstrap.pypa.io", "getcomposer.org", "get.rvm.io", "sh.nixos.org", "nixos.org", "nodejs.org",
     "install.julialang.org", "get.haskellstack.org", "get-ghcup.haskell.org", "dl.yarnpkg.com",
     "toolbelt.heroku.com", "cli-assets.heroku.com", "fly.io", "get.tur.so", "mise.run", "claude.ai",
     "tailscale.com", "cursor.com", "dl.google.com", "d2lang.com", "just.systems", "dot.net",
     "win.rustup.rs", "get.scoop.sh", "community.chocolatey.org", "chocolatey.org",
     "aka.ms", "install.determinate.systems", "releases.hashicorp.com")
)  # fmt: skip
_ADDRESS = re.compile(r"^[a-z][a-z0-9+.-]{1,10}://", re.IGNORECASE)
_SYSTEM = re.compile(
    r"^(?:/|/\*|~|~/|~/\*|\$\{?HOME\}?/?\*?|\*|\.|\./|\./\*|\.\.|\.\./\*|[A-Za-z]:[\\/]*\*?|"
    r"%?(?:SystemRoot|SystemDrive|USERPROFILE)%?\\?|\$env:(?:SystemRoot|SystemDrive|USERPROFILE)\\?|"
    r"/(?:bin|boot|dev|etc|home|lib|lib64|opt|proc|root|sbin|srv|sys|usr|var)(?:/\*|/)?|"
    r"/(?:usr/(?:bin|lib|sbin|local)|var/(?:lib|log|www|backups|mail)|home/\*|etc/\*)(?:/\*|/)?|"
    r"[A-Za-z]:[\\/]+(?:Windows|Users)(?:[\\/].*)?)$",
    re.IGNORECASE,
)
DEVICE = re.compile(
    r"^/dev/(?:sd[a-z]\d?|hd[a-z]\d?|nvme\d(?:n\d)?(?:p\d)?|vd[a-z]\d?|mmcblk\d(?:p\d)?|disk\d|mem)$"
)
_END = r"(?=$|[\s'\")*;,/])"
_SECRET = re.compile(
    r"(?:/etc/(?:shadow|gshadow|master\.passwd|sudoers|krb5\.keytab|kubernetes/admin\.conf)|/proc/(?:self|\d{1,7}|\*|\$\$)/environ|"
    r"\.ssh/(?:id_[a-z0-9]{2,12}|identity|\*)|\.ssh|\.aws/(?:credentials|\*)|\.aws|\.netrc|\.pgpass|\.my\.cnf|\.git-credentials|"
    r"\.docker/config\.json|\.kube/config|\.gnupg|\.config/gcloud|\.azure/(?:accessTokens|msal_token)|\.npmrc|\.pypirc|"
    r"\.vault-token|(?<![\w-])id_(?:rsa|dsa|ecdsa|ed25519)|wallet\.dat|Login Data|logins\.json|key4\.db|\.bash_history|"
    r"\.zsh_history|serviceaccount/token|ntds\.dit|config\\SAM)" + _END,
    re.IGNORECASE,
)
# Common enough in guides that looking alone says nothing; sending them away does.
_OFTEN_READ = re.compile(
    r"(?:\.kube/config|\.docker/config\.json|admin\.conf|\.npmrc|\.my\.cnf|_history|\.pypirc|sudoers|\.gnupg|\.ssh/?|\.aws/?|"
    r"serviceaccount/token|\.config/gcloud|identity)$"
)
_LESS_SECRET = re.compile(
    r"(?:^|[\s@=:'\"(])(?:/etc/(?:passwd|hosts|group)|/etc|/root|/home(?:/[\w*]{1,40})?|~/?|\$\{?HOME\}?/?|/)"
    + _END
    + r"|\.env(?:\.\w{1,12})?"
    + _END
)


def resolved(command: Command) -> tuple[str, list[Word]]:
    """Return the program's name in small letters and its arguments, behind wrappers like sudo."""
    words = list(command.words)
    while words:
        text = words[0].text
        if "=" in text and text.partition("=")[0].isidentifier():
            words.pop(0)
            continue
        name = re.split(r"[/\\]", text)[-1].lower().removesuffix(".exe")
        valued = _WRAPPERS.get(name)
        if valued is None or len(words) < 2:
            return name, words[1:]
        words.pop(0)
        while words and words[0].text.startswith("-"):
            option = words.pop(0).text
            if option in valued and words:
                words.pop(0)
        if name == "timeout" and words:
            words.pop(0)
    return "", []


def addresses(words: Sequence[Word]) -> list[str]:
    """Return every address among the words."""
    return [word.text for word in words if _ADDRESS.match(word.text)]


def is_system(text: str) -> bool:
    """Return whether deleting this takes the system, a home or a whole folder with it."""
    return bool(_SYSTEM.match(text))


def is_secret(text: str, *, sent: bool = False) -> bool:
    """Return whether the text names a file with credentials; `sent`: also what must not leave."""
    bare = text.rstrip()
    if bare.endswith(".pub"):
        return False
    found = _SECRET.search(bare)
    if sent:
        return bool(found or _LESS_SECRET.search(bare))
    return bool(found) and not _OFTEN_READ.search(bare)


def flags(words: Sequence[Word]) -> set[str]:
    """Return single letters of short options and the names of long ones."""
    found: set[str] = set()
    for word in words:
        if word.text.startswith("--"):
            found.add(word.text[2:].partition("=")[0])
        elif word.text.startswith("-"):
            found.update(word.text[1:])
            found.add(word.text[1:].lower())
    return found
