#!/usr/bin/env bash
# Sets up .venv (and, as root on Debian, the system packages). Usage: scripts/setup.sh run|dev
set -euo pipefail
cd "$(dirname "$0")/.."
kind="${1:-run}"
venv="${SEAWALL_VENV:-.venv}"

say() { printf 'setup: %s\n' "$*" >&2; }
die() { printf 'setup: error: %s\n' "$*" >&2; exit 1; }

find_python() {
  for name in "${PYTHON:-}" python3.11 python3.12 python3.13 python3; do
    [ -n "$name" ] || continue
    command -v "$name" >/dev/null 2>&1 || continue
    if "$name" -c 'import sys; sys.exit(not ((3, 11) <= sys.version_info[:2] < (3, 14)))' 2>/dev/null; then
      printf '%s\n' "$name"; return 0
    fi
  done
  return 1
}

# Debian has Valkey from release 13 on; Redis speaks the same.
valkey_package() {
  if apt-cache show valkey-server >/dev/null 2>&1; then echo valkey-server; else echo redis-server; fi
}

# Debian packages: command or file that proves the package is there, then its name.
wanted_packages() {
  command -v tesseract >/dev/null 2>&1 || echo tesseract-ocr
  [ -e /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf ] || echo fonts-dejavu-core
  if [ "$kind" = dev ]; then
    command -v chromium >/dev/null 2>&1 || echo chromium
    compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || command -v postgres >/dev/null 2>&1 || echo postgresql
    command -v valkey-server >/dev/null 2>&1 || command -v redis-server >/dev/null 2>&1 || valkey_package
  fi
}

install_packages() {
  local missing; missing="$(wanted_packages | tr '\n' ' ')"
  [ -n "${missing// /}" ] || return 0
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    say "installing Debian packages: $missing"
    # shellcheck disable=SC2086
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing; } >/dev/null \
      || die "apt-get could not install: $missing"
  else
    say "missing: $missing(not root: install them yourself; without tesseract images are refused, without the servers tests fail)"
  fi
}

python="$(find_python)" || die "Python 3.11, 3.12 or 3.13 is needed; set PYTHON=/path/to/python"
install_packages

lock=requirements.lock
[ "$kind" = dev ] && lock=requirements-dev.lock
stamp="$venv/.seawall-$kind"
if [ -f "$stamp" ] && [ "$stamp" -nt "$lock" ] && [ "$stamp" -nt pyproject.toml ]; then exit 0; fi

if [ ! -x "$venv/bin/python" ] || ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
  say "creating $venv with $("$python" --version)"
  if ! "$python" -m venv "$venv" >/dev/null 2>&1; then
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || die "$python has no venv module; install python3-venv"
    say "installing Debian package python3-venv"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv; } >/dev/null
    rm -rf "$venv"; "$python" -m venv "$venv"
  fi
fi
say "installing pinned dependencies from $lock"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r "$lock"
say "installing seawall"
site="$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
printf '%s\n' "$PWD/src" > "$site/seawall-checkout.pth"
cat > "$venv/bin/seawall" <<SH
#!$PWD/$venv/bin/python
import sys
from seawall.cli.main import main
if __name__ == "__main__":
    sys.exit(main())
SH
chmod +x "$venv/bin/seawall"
say "compiling the guard's patterns (once)"
"$venv/bin/python" -c 'from seawall import Guard; Guard().check("hello")'
touch "$stamp"
