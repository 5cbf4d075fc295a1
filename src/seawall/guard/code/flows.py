"""The tables of languages whose flow of text is followed: Java, Go, C, PHP and Ruby."""

import re

from seawall.guard.code.flow import Language, Sink

_DOUBLE = r'"(?:[^"\\\n]|\\.)*+"?'
_SINGLE = r"'(?:[^'\\\n]|\\.)*+'?"
_SLASHES = r"//[^\n]*+|/\*(?:[^*]|\*(?!/))*+(?:\*/)?"
_HASH = r"#[^\n]*+"
_NUMBER = r"\((?:int|integer|float|bool)\)\s{0,9}\$\w+(?:\[[^\]\n]{0,60}\])?"
_COMMAND = "Text of a user becomes part of a command."
_QUERY = "A statement of SQL is put together from pieces."
_PAGE = "Text of a user goes into a page as it stands."
_EVAL = "Text of a user is run as code."
_UNPACKED = "What a user sent is unpacked into objects."
_FILE = "A user chooses which file is opened."
_TLS = "The certificate of the other side is not checked."


def _sink(
    label: str, call: str, why: str, *, sql: bool = False, place: int = 0, alone: bool = False
) -> Sink:
    return Sink(
        label=label, call=re.compile(call), why=why, sql=sql, place=place, alone=alone,
        remote=why is _FILE,
    )  # fmt: skip


JAVA = Language(
    own=re.compile(r"\bargs\["),
    blank=re.compile(rf"{_SLASHES}|{_DOUBLE}|{_SINGLE}"),
    source=re.compile(
        r"\.(?:getParameter|getParameterValues|getHeader|getQueryString|getCookies|getInputStream|getReader|"
        r"getPathInfo)\b|\bSystem\.in\b|@(?:RequestParam|PathVariable|RequestBody)"
    ),
    cleans=re.compile(
        r"\b(?:Integer\.(?:parseInt|valueOf)|Long\.parseLong|UUID\.fromString|HtmlUtils\.htmlEscape|"
        r"Encode\.\w+|StringEscapeUtils\.\w+|ESAPI\.\w+\(\)\.\w+|URLEncoder\.encode|getFileName|\w*[Ss]anitize\w*|"
        r"escape\w*)\("
    ),
    assigned=re.compile(r"\b(\w+)\s*=(?!=)"),
    pieces=re.compile(r"[\"\w)]\s*\+|\bString\.format\(|\.formatted\(|\.concat\("),
    sinks=(
        _sink("command-injection", r"\.exec\(|\bnew ProcessBuilder\(", _COMMAND),
        _sink("sql-injection", r"\.(?:executeQuery|executeUpdate|execute|createQuery|createNativeQuery|queryForObject|"
              r"queryForList|prepareStatement)\(", _QUERY, sql=True),
        _sink("cross-site-scripting", r"\.getWriter\(\)\.(?:print|println|write|append|printf)\(|\bout\.println\("
              r"(?<!System\.out\.println\()", _PAGE),
        _sink("code-injection", r"\b\w*[eE]ngine\.eval\(|\.parseExpression\(", _EVAL),
        _sink("unsafe-deserialisation", r"\bnew ObjectInputStream\(|\bnew XMLDecoder\(", _UNPACKED),
        _sink("path-traversal", r"\bnew (?:File|FileInputStream|FileReader|FileOutputStream)\(|\bPaths\.get\(", _FILE),
        _sink("tls-unchecked", r"\bcheckServerTrusted\s*\([^)]{0,120}\)\s*(?:throws \w+\s*)?\{\s*\}|"
              r"NoopHostnameVerifier|ALLOW_ALL_HOSTNAME_VERIFIER", _TLS, alone=True),
    ),
)  # fmt: skip
GO = Language(
    own=re.compile(r"\bos\.Args\b"),
    blank=re.compile(rf"{_SLASHES}|{_DOUBLE}|{_SINGLE}|`[^`]*+`?"),
    source=re.compile(
        r"\.(?:FormValue|PostFormValue|PathValue|URL\.(?:Path|RawQuery)|Header\.Get|Cookie|Param|"
        r"QueryParam|Body)\b|\.Query\(\)|\bmux\.Vars\b"
    ),
    cleans=re.compile(
        r"\b(?:strconv\.(?:Atoi|ParseInt|ParseUint|Quote)|html\.EscapeString|template\.HTMLEscapeString|"
        r"url\.QueryEscape|filepath\.Base|path\.Base|uuid\.Parse|regexp\.QuoteMeta|\w*[Ss]anitize\w*)\("
    ),
    assigned=re.compile(r"\b(\w+)(?:\s*,\s*\w+)?\s*:?=(?!=)"),
    pieces=re.compile(r"[\"`\w)]\s*\+|\bfmt\.Sprintf\("),
    lines=True,
    sinks=(
        _sink("command-injection", r"\bexec\.Command(?:Context)?\(", _COMMAND),
        _sink("sql-injection", r"\.(?:Query|QueryRow|Exec|Raw|Prepare)\(",
              _QUERY, sql=True),
        _sink("sql-injection", r"\.(?:Query|QueryRow|Exec)Context\(", _QUERY, sql=True, place=1),
        _sink("cross-site-scripting", r"\btemplate\.(?:HTML|JS|URL)\(|\bfmt\.Fprint(?:f|ln)?\(\s*w\s*,|"
              r"\bio\.WriteString\(\s*w\s*,|\bw\.Write\(", _PAGE),
        _sink("path-traversal", r"\bos\.(?:Open|OpenFile|ReadFile|Create|Remove)\(|\bhttp\.ServeFile\(\s*w\s*,\s*\w+\s*,",
              _FILE),
        _sink("unsafe-deserialisation", r"\bgob\.NewDecoder\(", _UNPACKED),
        _sink("tls-unchecked", r"\bInsecureSkipVerify\s*:\s*true\b", _TLS, alone=True),
    ),
)  # fmt: skip
C = Language(
    blank=re.compile(rf"{_SLASHES}|{_DOUBLE}|{_SINGLE}"),
    source=re.compile(r"\b(?:std::)?cin\b"),
    own=re.compile(r"\bargv\s*\[|\bgetenv\s*\("),
    cleans=re.compile(r"\b(?:atoi|atol|strtol|strtoul|strlen|sizeof|std::stoi|isdigit)\s*\("),
    assigned=re.compile(r"\b(\w+)(?:\[\w*\])?\s*=(?!=)"),
    pieces=re.compile(r"(?!)"),
    fills=re.compile(r"\bfgets\s*\(\s*(\w+)|\b(?:read|recv|recvfrom|scanf|fscanf)\s*\([^,()]{0,80},\s*&?(\w+)"),
    sinks=(
        _sink("memory-overflow", r"\bgets\s*\(", "gets() writes past the end of what it is given.", alone=True),
        _sink("memory-overflow", r"\b(?:strcpy|strcat|sprintf|vsprintf|stpcpy)\s*\(",
              "Text of a user is copied without regard to the room for it."),
        _sink("command-injection", r"\b(?:system|popen|execl|execlp|execvp)\s*\(", _COMMAND),
        _sink("format-string", r"\b(?:printf|syslog)\s*\(\s*(?=\w+\s*[,)\[])|\bfprintf\s*\(\s*\w+\s*,\s*(?=\w+\s*[,)\[])",
              "Text of a user is the format."),
        _sink("path-traversal", r"\b(?:fopen|remove|unlink)\s*\(", _FILE),
    ),
)  # fmt: skip
PHP = Language(
    # A number that a value was made into is as harmless as a comment.
    blank=re.compile(rf"{_SLASHES}|{_HASH}|{_DOUBLE}|{_SINGLE}|{_NUMBER}"),
    inside=re.compile(r"(\$\w+(?:\[[^\]\n]{0,40}\]|->\w+)?)"),
    source=re.compile(r"\$_(?:GET|POST|REQUEST|COOKIE|FILES|SERVER)\b|\bphp://input\b|->(?:input|query|get|post)\("),
    cleans=re.compile(
        r"\b(?:htmlspecialchars|htmlentities|strip_tags|escapeshellarg|escapeshellcmd|intval|floatval|basename|"
        r"(?:mysqli_)?real_escape_string|mysqli_real_escape_string|filter_var|filter_input|urlencode|json_encode|"
        r"ctype_\w+|count|strlen|isset|empty|in_array|password_hash|hash|\w*[Ss]anitize\w*|esc_\w+)\s*\("
    ),
    assigned=re.compile(r"(\$\w+)\s*\.?=(?![=>])"),
    pieces=re.compile(r"[\"'\w)\]]\s*\.(?![\d.])|\$"),
    sinks=(
        _sink("command-injection", r"(?<![\w>:])(?:system|exec|shell_exec|passthru|popen|proc_open)\s*\(|`(?=[^`]*\$)",
              _COMMAND),
        _sink("sql-injection", r"->(?:query|exec|prepare|multi_query)\s*\(", _QUERY,
              sql=True),
        _sink("sql-injection", r"\b(?:mysqli?|pg)_query\s*\(", _QUERY, sql=True, place=1),
        _sink("cross-site-scripting", r"\b(?:echo|print)\b(?:\s*\()?|<\?=", _PAGE),
        _sink("code-injection", r"(?<![\w>:])(?:eval|assert|create_function)\s*\(|\b(?:include|require)(?:_once)?\b",
              _EVAL),
        _sink("unsafe-deserialisation", r"(?<![\w>:])unserialize\s*\(", _UNPACKED),
        _sink("path-traversal", r"(?<![\w>:])(?:file_get_contents|fopen|readfile|unlink|file)\s*\(", _FILE),
        _sink("tls-unchecked", r"\bCURLOPT_SSL_VERIFYPEER\s*(?:,|=>)\s*(?:false|0)\b", _TLS, alone=True),
    ),
)  # fmt: skip
RUBY = Language(
    blank=re.compile(rf"(?<![\w\"]){_HASH}(?<!#\{{)|{_DOUBLE}|{_SINGLE}|`[^`\n]*+`?"),
    inside=re.compile(r"#\{([^}\n]{0,200})\}"),
    source=re.compile(r"\bparams\b|\brequest\.(?:params|query_string|body|headers|env)\b|\bcookies\["),
    own=re.compile(r"\bARGV\b|\bgets\b"),
    cleans=re.compile(
        r"\b(?:Shellwords\.(?:escape|shellescape)|ERB::Util\.\w+|h|html_escape|sanitize(?:_\w+)?|Integer|Float|"
        r"CGI\.escapeHTML|File\.basename|quote|connection\.quote|permit)\("
    ),
    assigned=re.compile(r"(@?\b\w+)\s*(?:\|\|)?=(?![=~>])"),
    pieces=re.compile(r"[\"'\w)\]]\s*\+|\b\w"),
    lines=True,
    sinks=(
        _sink("command-injection", r"(?<![\w.])(?:system|exec|spawn|Open3\.\w+|IO\.popen)[ (]|%x[{(\[]|`(?=[^`]*\w)",
              _COMMAND),
        _sink("sql-injection", r"\.(?:where|find_by_sql|execute|exec_query|order|joins|pluck|delete_all|select_all)\s*\(?",
              _QUERY, sql=True),
        _sink("cross-site-scripting", r"\braw[ (]|\brender\s*\(?\s*(?:inline|html|text):", _PAGE),
        _sink("code-injection", r"(?<![\w.])(?:eval|instance_eval|class_eval)[ (]|\.(?:send|public_send|constantize)\(",
              _EVAL),
        _sink("unsafe-deserialisation", r"\b(?:Marshal\.load|YAML\.(?:load|unsafe_load))[ (]", _UNPACKED),
        _sink("path-traversal", r"\b(?:File\.(?:open|read|write|delete)|send_file|IO\.read)[ (]", _FILE),
        _sink("tls-unchecked", r"\bVERIFY_NONE\b", _TLS, alone=True),
    ),
)  # fmt: skip
