"""Files whose writing starts programs later, and files that hold keys: who means one says so."""

import re

# Start-up files, timers, services and hooks: what stands in one runs without being asked for.
PERSISTS = re.compile(
    r"(?:^|/|\\|~)\.(?:bashrc|bash_profile|bash_login|bash_logout|profile|zshrc|zshenv|zprofile|zlogin|xprofile|"
    r"xinitrc|inputrc|pythonrc)$|\.ssh/(?:authorized_keys2?|rc)$|^/etc/(?:profile|bash\.bashrc|zsh|environment|"
    r"rc\.local|ld\.so\.preload|sudoers|cron|anacrontab|init\.d|systemd|profile\.d|pam\.d|passwd|update-motd\.d)|"
    r"/var/spool/cron|(?:^|/)systemd/(?:user|system)/|\.config/(?:autostart|fish/config\.fish)|Launch(?:Agents|Daemons)/|"
    r"\.git/hooks/|sitecustomize\.py$|usercustomize\.py$|\.pth$|\\Start Menu\\Programs\\Startup|\$PROFILE$",
    re.IGNORECASE,
)
_PIPELINES = re.compile(
    r"(?:^|/)(?:\.github/workflows/|\.gitlab-ci\.yml$|\.circleci/|jenkinsfile$)"
)
_KEYS = re.compile(
    r"(?:^|/|\\)(?:\.ssh/(?!known_hosts)[\w.-]+|id_(?:rsa|dsa|ecdsa|ed25519)|\.aws/credentials|\.netrc|\.pgpass|"
    r"\.git-credentials|\.docker/config\.json|\.kube/config|\.gnupg/\S+)$|^/etc/(?:shadow|gshadow|sudoers)$|^/proc/[\w/]+/environ$"
)
_SPEAKS_OF_START = re.compile(
    r"\b(?:shell|terminal|alias\w*|prompt|login|start-?up|boot|autostart|cron\w*|schedul\w+|nightly|daily|hourly|weekly|timers?|"
    r"services?|daemons?|systemd|hooks?|pre-?commit|husky|ssh|keys?|sudo\w*|environment|env|paths?|profile|install\w*|set ?up|"
    r"dotfiles?|zeitplan\w*|dienste?|täglich\w*|planifi\w+|program\w+)\b|\.\w+rc\b"
)
_SPEAKS_OF_BUILDS = re.compile(
    r"\b(?:ci|cd|workflows?|pipelines?|actions?|github|gitlab|jenkins|circleci|builds?|deploy\w*|releas\w+|automat\w+)\b"
)
_SPEAKS_OF_KEYS = re.compile(
    r"\b(?:ssh|keys?|aws|credentials?|passwords?|secrets?|log(?:ging)? ?in|logins?|kube\w*|docker|gpg|pgp|netrc|sudo\w*|shadow|"
    r"schlüssel|zugang\w*|clés?|claves?|chiav\w+)\b"
)


def runs_later(path: str, said: str) -> bool:
    """Say whether a file starts programs, and a request, folded, speaks of nothing of the kind."""
    if _PIPELINES.search(path):
        return not _SPEAKS_OF_BUILDS.search(said)
    return PERSISTS.search(path) is not None and not _SPEAKS_OF_START.search(said)


def holds_keys(path: str, said: str) -> bool:
    """Say whether a file is known to hold keys, and a request, folded, speaks of none."""
    return _KEYS.search(path) is not None and not _SPEAKS_OF_KEYS.search(said)
