"""How credentials are written down: assignments, headers, commands, addresses, key files."""

import base64
import binascii
import re

from seawall.guard.recognizers.secret_formats import SecretFormat, form
from seawall.guard.recognizers.secret_values import (
    entropy,
    kinds,
    password_like,
    placeholder,
    random_looking,
    versioned,
    wordy,
)

STRUCTURES: tuple[SecretFormat, ...] = (
    form("jwt", r"\bey[A-Za-z0-9]{8}[A-Za-z0-9_\-]{8,}\.ey[A-Za-z0-9_\-/]{12,}\.[A-Za-z0-9_\-/]{10,}={0,2}", 3.0),
    form("aws-secret-key",
         r"(?i:aws|secret|geheim\w*|secreto|segreto)\W(?:[^\n]{0,40}?[^A-Za-z0-9+/\n])?[A-Za-z0-9+/]{40}(?:[^A-Za-z0-9+/=]|$)", 4.2),
    form("private-key",
         r"-----BEGIN[ A-Z0-9_\-]{0,60}PRIVATE KEY(?: BLOCK)?-----(?:[A-Za-z0-9+/=\s\\:,.\-]*?-----END[ A-Z0-9_\-]{0,60}PRIVATE KEY(?: BLOCK)?-----)?", 0.0),
    form("private-key", r"PuTTY-User-Key-File-[23]: [\s\S]{0,800}?Private-Lines: [0-9]{1,3}\s[A-Za-z0-9+/=\s]{40,}", 0.0),
    form("kubernetes-secret",
         r"(?i:\bkind:\s{0,4}[\"']?secret\b[\"']?[\s\S]{0,400}?\b(?:string)?data:\s{0,4}[\w.\-]{1,80}:\s{0,4}(?:[|>]-?\s{0,10})?[\"']?[A-Za-z0-9+/]{10,}={0,3})", 3.0),
    form("kubernetes-secret",
         r"(?i:\b(?:string)?data:\s{0,4}[\w.\-]{1,80}:\s{0,4}(?:[|>]-?\s{0,10})?[\"']?[A-Za-z0-9+/]{10,}={0,3}[\s\S]{0,400}?\bkind:\s{0,4}[\"']?secret\b)", 3.0),
)  # fmt: skip

CONNECTION = (
    r"\b(?:postgres(?:ql)?|mysql|mariadb|mongodb(?:\+srv)?|redis|rediss|amqps?|mssql|sqlserver|"
    r"clickhouse|ldaps?|smtps?|imaps?|ftps?|sftp|ssh|nats|https?)(?:\+\w+)?://"
    r"[^\s:@/'\"<>]{0,64}:[^\s@/'\"<>]{3,128}@[A-Za-z0-9.\-]{1,}"
)
# Short for a password: words of their own elsewhere, so that more must say that they name one.
_SHORT = r"pass|pw"
# A name that says "secret" followed by a value; the value must not read as a placeholder.
_LONG = (
    r"pass(?:word|wd|phrase|wort|code|ord)|pwd|kennwort|mot de passe|contrase[ñn]a|senha|palavra-passe|"
    r"wachtwoord|has[łl]o|parola?|lösenord|adgangskode|salasana|heslo|jelszó|lozinka|geslo|şifre|"
    r"kata sandi|mật khẩu|κωδικός|пароль|סיסמה|كلمة (?:المرور|السر)|पासवर्ड|รหัสผ่าน|パスワード|密码|密碼|口令|비밀번호"
)
_NAME = (
    rf"({_LONG}|{_SHORT}|"
    r"secret(?:[_ \-]?(?:access)?[_ \-]?key)?|api[_ \-]?key|access[_ \-]?(?:key|token)|"
    r"auth[_ \-]?(?:token|key)|client[_ \-]?(?:secret|key)|(?:private|signing|signature|encryption|master|"
    r"licen[sc]e|account|storage|service|consumer|subscription|shared|session|deploy|webhook|app)"
    r"[_ \-]?key|token|credentials?|bearer)"
)
_QUOTES = "\"'`„“”«»"
_SIGN = r"(?:(?:is|ist|est|es|lautet|to|é|è|jest|:=|={1,3}|:|=>|->)\s{0,3}){1,2}"
# What a password is for, or what became of it: a sign must follow.
_FILL = (
    r"[ \t](?:(?:for|to|of|on|für|zum|zur|vom|pour|du|para|del|per|voor|van|do|dla)(?:[ \t][^\s:=]{1,30}){1,3}"
    r"|new|neu|nueva|nuova|nova|nowe|(?:has been|have been|was|is now|wurde)(?:[ \t](?:changed|set|reset|updated))?)"
)
ASSIGNMENT = (
    rf"{_NAME}([\w.\-]{{0,20}})((?:[{_QUOTES}\]]{{0,2}}|{_FILL})\s{{0,3}}{_SIGN}|[ \t]{{1,2}})"
    rf"([{_QUOTES}\\]{{0,2}})([^\s{_QUOTES}<>,;(){{}}]{{8,200}})"
)
MARKUP = (
    rf"(?:\b(?:key|name)={'[' + _QUOTES + ']'}[\w.:\-]{{0,40}}(?:password|secret|token|apikey)[\w.:\-]{{0,20}}"
    rf"[\"']\s{{0,4}}value\s?=\s?[\"']([^\"'<>]{{4,200}})[\"']|<(?:[\w:]{{1,30}}\.)?(?:\w{{0,30}}password|\w{{0,30}}secret|"
    rf"\w{{0,30}}token|apikey|api-key)>([^<>\s]{{4,200}})</)"
)
HEADER = (
    r"\b(?:proxy-)?authorization[\"'`]?\s{0,3}[:=,]\s{0,4}[\"'`]?"
    r"(?:(bearer|basic|token|apikey|api-key|key|bot|digest)\s{1,3})?[\"'`]?([A-Za-z0-9+/=_\-.~:]{8,})"
    r"|\bx-(?:api-key|auth-token|access-token|amz-security-token|vault-token|gitlab-token)[\"'`]?\s{0,3}[:=,]\s{0,4}[\"'`]?()([A-Za-z0-9+/=_\-.~]{8,})"
    r"|\b(bearer)\s{1,3}([A-Za-z0-9+/=_\-.~]{16,})"
    r"|\b(?:set-)?cookie[\"']?\s{0,3}:[^\n]{0,200}?()\b(?:\w{0,20}sess\w{0,20}|\w{0,20}sid|\w{0,20}auth\w{0,20}|\w{0,20}token|jwt)=([^\s;\"']{16,})"
)
CURL = r"\bcurl\b[^\n]{0,200}?\s(?:-u|--user|--proxy-user)[ =]{0,2}[\"']{0,2}([^\s:\"'$<{]{0,64})[\"']?:[\"']?([^\s\"'$<{]{3,64})"
_ARGUMENT = r"[\"']?([^\s\"'<>$-][^\s\"'<>]{5,200})"
_QUOTED = r"[\"']([^\s\"'<>]{6,200})[\"']"
OPTION = (
    rf"\s--?(?:password|passwd|pass|token|api-?key|secret|auth-?token|access-?token)[ =]{{1,2}}{_ARGUMENT}"
    rf"|\bsshpass\s{{1,3}}-p\s?{_ARGUMENT}|\bmysql(?:dump|admin)?\s[^\n]{{0,80}}?-p{_ARGUMENT}"
    rf"|\bdocker\slogin\b[^\n]{{0,80}}?\s-p\s?{_ARGUMENT}|\bredis-cli\b[^\n]{{0,80}}?\s-a\s?{_ARGUMENT}"
    rf"|\b(?:http)?(?:basic_?)?(?:auth|login|credentials?|authenticate)\s?[=:]?\s?\(\s?[\"'][^\"'\n]{{1,64}}[\"'],\s?{_QUOTED}"
    rf"|\bidentified\s(?:with\s\w{{1,30}}\s)?by\s{{1,3}}(?:password\s)?{_QUOTED}"
    rf"|\bconvertto-securestring\s{{1,3}}(?:-string\s{{1,3}})?{_QUOTED}"
)

# Only as words of their own: "admin_" and "session_" end like "min_" and "n_".
_NOT_SECRET_BEFORE = re.compile(
    r"(?:(?<![^\W\d_])|(?-i:(?<=[a-z])(?=[A-Z])))(?:public|csrf|xsrf|foreign|page|next|continuation|cancel\w*|device|max|min|num|n|input|output|"
    r"special|pad|eos|bos|unk|stop|idempotency)[_.\-]?$",
    re.IGNORECASE,
)
_NOT_SECRET_BEHIND = re.compile(
    r"(?:[_.\-]?(?:ids?|names?|urls?|uri|path|file|length|len|size|type|count|hash|hint|label|field|"
    r"policy|version|algorithm|prefix|pattern|regex|expir\w*|endpoint|arn|ref|class|manager|reset|"
    r"provider|format|limit|usage|chars))$",
    re.IGNORECASE,
)
_BEHIND_CAMEL = re.compile(r"(?:Id|Ids|Name|Url|Uri|Path|File|Length|Size|Type|Count|Hash|Field)$")
_PASSWORD_NAME = re.compile(rf"{_LONG}|{_SHORT}|secret", re.I)
_SHORT_NAME = re.compile(_SHORT, re.I)
# Who logs in stands before "pass:" or "pw:" that names a password.
_ACCOUNT = re.compile(
    r"\b(?:log ?in|user|account|admin|root|ftp|ssh|wifi|wlan|konto|benutzer)", re.I
)
# Names that RFC 2606 and 6761 keep for documents: a plain word is no password there.
_RESERVED = re.compile(
    r"(?:^|\.)(?:example\.(?:com|net|org)|(?:example|test|invalid|localhost))$|^localhost$", re.I
)
_TRIVIAL = frozenset({"pass", "password", "passwd", "pwd", "secret", "test", "user", "guest", "pw"})
# Beside a name without a sign between: a package's version, a pointer, an argument by name.
_BESIDE = re.compile(r"(?:[0-9]+:)?[0-9]+\.[0-9][\w.+~:-]*|[*&]+[A-Za-z_]\w*|[a-z_]\w*=\S*")
_TOKEN_NAME = re.compile(r"password|secret|token|api-?key", re.IGNORECASE)
_ASSIGNMENT = re.compile(ASSIGNMENT, re.IGNORECASE)
_HEADER = re.compile(HEADER, re.IGNORECASE)
_MARKUP = re.compile(MARKUP, re.IGNORECASE)
_CURL = re.compile(CURL, re.IGNORECASE)
_OPTION = re.compile(OPTION, re.IGNORECASE)
# "[sudo] password for ada:", and behind it the next line of the terminal.
_PROMPT = re.compile(r"[\w.\-]+@[\w.\-]+[:$#]")
_IDENTIFIER = re.compile(r"[a-z0-9]+(?:[\-_.][a-z0-9]+){2,}")
# A token is longer than what the shared pass takes of it.
_GOES_ON = re.compile(rf"[^\s{_QUOTES}<>,;(){{}}]{{0,8000}}")
_REST = re.compile(r"\S{0,200}")
Range = tuple[int, int]


def assigned(text: str, start: int, end: int) -> Range | None:
    """Return the range of the value that an assignment gives to a secret's name."""
    match = _ASSIGNMENT.match(text, start, end)
    if match is None or _NOT_SECRET_BEFORE.search(text[max(0, start - 24) : start]):
        return None
    name, behind, sign, quote, value = match.groups()
    if sign[0].isalpha():  # "is", but as letters of a longer word
        return None
    if "\n" in sign and _PROMPT.match(value):
        return None
    if _NOT_SECRET_BEHIND.search(behind) or _BEHIND_CAMEL.search(behind):
        return None
    if "&" in value and "=" in value.partition("&")[2]:
        value = value.partition("&")[0]
    if _trivial(value):
        return None
    if not sign.strip() and (_BESIDE.fullmatch(value) or _named_thing(value)):
        return None
    joined = text[max(0, start - 1) : start] in ("_", "-", ".")
    if _SHORT_NAME.fullmatch(name) and (behind or not (sign == "=" or quote or joined)):
        beside = not behind and sign[0] == ":" and _ACCOUNT.search(text[max(0, start - 40) : start])
        if not beside:
            return None
    written = bool(quote) or sign in ("=", ":=") or (sign == ": " and start > 0)
    if _PASSWORD_NAME.search(name):
        good = password_like(value, quoted=written) or random_looking(value)
    else:
        sound = len(value) >= 12 and not versioned(value)
        good = random_looking(value) or (sound and password_like(value))
    end = match.start(5) + len(value if quote else value.rstrip(".!?:"))
    if good and end == match.end():
        end = _GOES_ON.match(text, end).end()  # type: ignore[union-attr]  # of nothing at least
    if good and quote:
        # Brackets and commas belong to what quotes hold.
        end = _closed(text, end, quote[-1])
    return (match.start(5), end) if good else None


def _named_thing(value: str) -> bool:
    """Return whether words joined by signs name something: access-control-list-v2."""
    return _IDENTIFIER.fullmatch(value) is not None and wordy(value)


def _closed(text: str, end: int, quote: str) -> int:
    """Return where a quoted value ends, where its quote is closed before the next blank."""
    rest = _REST.match(text, end)
    at = rest[0].find(quote) if rest else -1
    return end + at if at >= 0 else end


def _trivial(value: str) -> bool:
    """Return whether a value is the base64 of a word that guides put for a password."""
    try:
        said = base64.b64decode(value, validate=True).decode("ascii").strip().lower()
    except ValueError:
        return False
    return said in _TRIVIAL or said == "admin"


def header(text: str, start: int, end: int) -> Range | None:
    """Return the range of the credential in an HTTP header."""
    match = _HEADER.match(text, start, end)
    if match is None:
        return None
    group = next(i for i in (2, 4, 6, 8) if match.group(i) is not None)
    value, scheme = match.group(group), (match.group(group - 1) or "").lower()
    if scheme == "basic":
        good = _is_basic(value)
    elif group in (6, 8):
        good = random_looking(value)
    else:
        mixed = kinds(value) >= 3 or (any(map(str.isdigit, value)) and kinds(value) >= 2)
        good = mixed and not placeholder(value) and not wordy(value) and entropy(value) >= 2.5
    return match.span(group) if good else None


def _is_basic(value: str) -> bool:
    try:
        _user, colon, secret = base64.b64decode(value + "=" * (-len(value) % 4)).partition(b":")
    except (binascii.Error, ValueError):
        return False
    return bool(colon) and len(secret) >= 3 and secret.decode("latin-1").lower() not in _TRIVIAL


def marked_up(text: str, start: int, end: int) -> Range | None:
    """Return the range of a password in XML."""
    match = _MARKUP.match(text, start, end)
    if match is None:
        return None
    group = 1 if match.group(1) is not None else 2
    value = match.group(group)
    named = _TOKEN_NAME.search(text, start, match.start(group))
    if named and _NOT_SECRET_BEFORE.search(text, start, named.start()):
        return None
    weak = placeholder(value) or value.startswith(("%", "@", "#")) or value.lower() in _TRIVIAL
    return None if weak or kinds(value) < 2 else match.span(group)


def command(text: str, start: int, end: int) -> Range | None:
    """Return the range of user and password, or of an option's value, in a command line."""
    match = _CURL.match(text, start, end)
    if match:
        secret = match.group(2)
        plain = secret.lower() in _TRIVIAL or placeholder(secret) or kinds(secret) < 2
        return None if plain else (match.start(1), match.end(2))
    match = _OPTION.match(text, start, end)
    if match and match.lastindex and password_like(match.group(match.lastindex), quoted=True):
        return match.span(match.lastindex)
    return None


def connection(text: str, start: int, end: int) -> Range | None:
    """Return the whole address when its password is more than a placeholder."""
    before, _, host = text[start:end].rpartition("@")
    secret = before.partition("://")[2].partition(":")[2]
    if kinds(secret) < 2 and _RESERVED.search(host):
        return None
    if secret.lower() in _TRIVIAL or placeholder(secret) or secret.startswith(("$", "{", "%")):
        return None
    return start, end
