"""The names by which Python runs programs, reaches the network, reads what is secret and destroys."""

import re

RUNS = frozenset(
    ("os.system", "os.popen", "os.execl", "os.execlp", "os.execv", "os.execvp", "os.execve", "os.spawnl",
     "os.spawnv", "os.posix_spawn", "os.startfile", "commands.getoutput", "pty.spawn", "subprocess.run",
     "subprocess.call", "subprocess.Popen", "subprocess.check_call", "subprocess.check_output",
     "subprocess.getoutput", "subprocess.getstatusoutput", "asyncio.create_subprocess_shell",
     "asyncio.create_subprocess_exec", "asyncio.subprocess.create_subprocess_shell")
)  # fmt: skip
# Of these a text is a command of the shell whatever else is said.
SHELL = frozenset(
    ("os.system", "os.popen", "commands.getoutput", "subprocess.getoutput",
     "subprocess.getstatusoutput", "asyncio.create_subprocess_shell")
)  # fmt: skip
EVALUATES = frozenset(("eval", "exec", "builtins.eval", "builtins.exec"))
COMPILES = frozenset(("compile", "builtins.compile", "marshal.loads", "types.FunctionType"))
UNPACKS = frozenset(
    ("pickle.load", "pickle.loads", "cPickle.loads", "_pickle.loads", "dill.load", "dill.loads",
     "cloudpickle.load", "cloudpickle.loads", "joblib.load", "yaml.unsafe_load", "yaml.load",
     "shelve.open", "jsonpickle.decode")
)  # fmt: skip
DECODES = frozenset(
    ("base64.b64decode", "base64.b32decode", "base64.b16decode", "base64.b85decode", "base64.a85decode",
     "base64.urlsafe_b64decode", "base64.decodebytes", "binascii.unhexlify", "binascii.a2b_base64",
     "codecs.decode", "bytes.fromhex", "zlib.decompress", "gzip.decompress", "bz2.decompress",
     "lzma.decompress", "chr")
)  # fmt: skip
FETCHES = frozenset(
    ("requests.get", "requests.post", "requests.request", "httpx.get", "httpx.post", "httpx.request",
     "urllib.request.urlopen", "urllib2.urlopen", "urllib.urlopen", "urllib3.request", "aiohttp.request")
)  # fmt: skip
SENDS = FETCHES | frozenset(
    ("requests.put", "requests.patch", "httpx.put", "httpx.patch", "httpx.stream",
     "urllib.request.Request", "socket.gethostbyname", "socket.getaddrinfo", "dns.resolver.resolve",
     "dns.resolver.query", "webbrowser.open", "webbrowser.open_new")
)  # fmt: skip
LIBRARIES = frozenset(("ctypes.CDLL", "ctypes.cdll.LoadLibrary", "ctypes.PyDLL", "ctypes.WinDLL"))
SOCKETS = frozenset(("socket.socket", "socket.create_connection", "ssl.wrap_socket"))
CLIENTS = SOCKETS | frozenset(
    ("smtplib.SMTP", "smtplib.SMTP_SSL", "ftplib.FTP", "ftplib.FTP_TLS", "http.client.HTTPConnection",
     "http.client.HTTPSConnection", "requests.Session", "requests.session", "httpx.Client",
     "httpx.AsyncClient", "aiohttp.ClientSession", "paramiko.SSHClient", "boto3.client",
     "boto3.resource", "telnetlib.Telnet", "websocket.create_connection", "websockets.connect",
     "urllib3.PoolManager")
)  # fmt: skip
SEND_METHODS = frozenset(
    ("send", "sendall", "sendto", "request", "sendmail", "send_message", "post", "put", "patch", "get",
     "upload_file", "upload_fileobj", "put_object", "storbinary", "storlines", "write")
)  # fmt: skip
OPENS = frozenset(
    ("open", "io.open", "codecs.open", "builtins.open", "pathlib.Path", "Path", "os.open")
)
# Who says who he is does so in these; they are not what is sent.
IDENTIFIES = frozenset(
    ("headers", "auth", "cookies", "cert", "verify", "timeout", "proxies", "env")
)
REMOVES = frozenset(("os.remove", "os.unlink", "os.rmdir", "os.removedirs"))
REMOVE_METHODS = frozenset(("unlink", "rmdir"))
WALKS = frozenset(("os.walk", "os.listdir", "os.scandir", "glob.glob", "glob.iglob"))
WALK_METHODS = frozenset(("rglob", "glob", "iterdir", "walk"))
HOMES = frozenset(("pathlib.Path.home", "Path.home"))
REQUESTS = frozenset(("request", "flask.request", "self.request", "req", "bottle.request"))
REQUEST_PARTS = frozenset(
    ("args", "form", "values", "data", "json", "get_json", "GET", "POST", "query_params", "cookies",
     "headers", "files", "body", "query", "forms", "params", "query_string", "path_params",
     "get_argument")
)  # fmt: skip
CLEANS = frozenset(
    ("int", "float", "bool", "len", "shlex.quote", "pipes.quote", "html.escape", "uuid.UUID",
     "werkzeug.utils.secure_filename", "secure_filename", "os.path.basename", "ast.literal_eval",
     "hash", "ord", "isinstance", "hashlib.sha256", "hashlib.md5", "hashlib.sha1")
)  # fmt: skip
EXECUTES = frozenset(
    ("execute", "executemany", "executescript", "raw", "read_sql", "read_sql_query")
)
SQL = re.compile(
    r"\b(?:select\b.{0,200}\bfrom|insert\s+into|update\b.{0,80}\bset|delete\s+from|drop\s+table)\b",
    re.IGNORECASE | re.DOTALL,
)
LOCAL = re.compile(r"^\w+://(?:localhost|127\.0\.0\.1|\[::1\]|0\.0\.0\.0)(?=[:/]|$)", re.IGNORECASE)
