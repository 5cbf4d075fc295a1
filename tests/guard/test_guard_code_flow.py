# ruff: noqa: E501 - lines of code stay lines
"""Java, Go, C, PHP and Ruby: text of strangers is followed, look-alikes pass, time stays linear."""

import pytest
from timing import least_seconds

from seawall.core.exchange import Stage
from seawall.core.verdicts import Action
from seawall.guard.api import Guard, default_rules
from seawall.guard.code import flow, flows

LANGUAGES = {
    "java": flows.JAVA, "go": flows.GO, "c": flows.C, "php": flows.PHP, "ruby": flows.RUBY,
}  # fmt: skip
HARMFUL = [
    ("java", "sql-injection", 'String id = request.getHeader("id");\nString q = "DELETE FROM carts WHERE id = " + id;\n'
     "statement.executeUpdate(q);"),
    ("java", "path-traversal", 'String f = request.getParameter("f");\nnew FileInputStream("/srv/" + f);'),
    ("java", "command-injection", 'new ProcessBuilder("sh", "-c", request.getParameter("c")).start();'),
    ("java", "tls-unchecked", "public void checkServerTrusted(X509Certificate[] c, String t) {}"),
    ("go", "sql-injection", 'q := "SELECT * FROM a WHERE b = \'" + name + "\'"\nrows, err := db.Query(q)'),
    ("go", "cross-site-scripting", 'n := r.URL.Query().Get("n")\nfmt.Fprintf(w, "<b>%s</b>", n)'),
    ("go", "path-traversal", 'http.ServeFile(w, r, r.URL.Path)'),
    ("c", "memory-overflow", 'char *home = getenv("HOME");\nchar path[64];\nsprintf(path, "%s/x", home);'),
    ("c", "memory-overflow", "char b[8];\nrecv(s, big, 512, 0);\nstrcat(b, big);"),
    ("c", "format-string", "scanf(\"%20s\", name);\nfprintf(stderr, name);"),
    ("php", "sql-injection", '$id = $_POST["id"];\n$db->query("SELECT * FROM a WHERE id = $id");'),
    ("php", "sql-injection", "$q = \"SELECT * FROM a WHERE n = '\" . $n . \"'\";\nmysqli_query($db, $q);"),
    ("php", "cross-site-scripting", '$n = $_GET["n"];\n?><p><?= $n ?></p>'),
    ("php", "path-traversal", 'readfile("/srv/" . $_GET["f"]);'),
    ("ruby", "command-injection", "name = params[:n]\n`ls #{name}`"),
    ("ruby", "sql-injection", 'q = "SELECT * FROM a WHERE b = \'" + params[:b] + "\'"\nconn.execute(q)'),
    ("ruby", "cross-site-scripting", "render inline: params[:page]"),
    ("ruby", "unsafe-deserialisation", "YAML.load(request.body)"),
]  # fmt: skip
HARMLESS = [
    ("java", 'String sql = "SELECT * FROM a WHERE b = ?";\nPreparedStatement p = c.prepareStatement(sql);'),
    ("java", 'executor.execute(() -> refresh());\nlogger.info("got " + request.getParameter("q"));'),
    ("java", 'stmt.executeQuery("SELECT * FROM " + TABLE);'),
    ("java", 'File f = new File("/etc/shop.conf");'),
    ("go", 'q := r.FormValue("q")\nlog.Printf("searched %q", q)'),
    ("go", 'fmt.Fprintln(w, "hello")\nfmt.Fprintf(os.Stderr, "%s", r.FormValue("x"))'),
    ("go", 'cmd := exec.Command("git", "status")'),
    ("go", 'stmt, err := db.Prepare("INSERT INTO a (b) VALUES ($1)")\nstmt.Exec(r.FormValue("b"))'),
    ("c", 'strncpy(name, argv[1], sizeof name - 1);\nputs(name);'),
    ("c", 'printf("usage: %s FILE\\n", argv[0]);'),
    ("c", "size_t n = strlen(argv[1]);\nchar *copy = malloc(n + 1);"),
    ("php", 'if (isset($_GET["page"])) { $page = (int) 3; }\ninclude "pages/home.php";'),
    ("php", '$hash = password_hash($_POST["password"], PASSWORD_DEFAULT);\n$s->execute([$hash]);'),
    ("php", 'echo "Total: $total";'),
    ("php", 'echo json_encode(["ok" => true]);'),
    ("ruby", 'user = User.find_by(name: params[:name])\nrender json: user'),
    ("ruby", 'puts "Hello #{name}"'),
    ("ruby", 'File.read("config.yml")\nsystem("make clean")'),
    ("ruby", 'Order.where("total > ?", params[:least]).order(:id)'),
]  # fmt: skip


@pytest.mark.parametrize(("language", "label", "code"), HARMFUL)
def test_text_of_strangers_is_followed(language: str, label: str, code: str) -> None:
    found = flow.problems(LANGUAGES[language], code, 0)
    assert label in {problem.label for problem in found}
    assert all(0 <= problem.start < problem.end <= len(code) for problem in found)


@pytest.mark.parametrize(("language", "code"), HARMLESS)
def test_what_only_looks_so_passes(language: str, code: str) -> None:
    assert flow.problems(LANGUAGES[language], code, 0) == []


def test_offsets_are_those_of_the_answer_and_the_default_only_flags() -> None:
    text = 'Try this:\n\n```php\n$a = 1;\neval($_GET["c"]);\n```\nDone.'
    check = Guard().check(text, "output")
    item = next(found for found in check.findings if found.category == "code-injection")
    assert text[item.start : item.end] == 'eval($_GET["c"])'
    actions = {rule.action for rule in default_rules() if rule.detector == "php-code"}
    assert actions == {Action.FLAG}
    assert Stage.OUTPUT in {stage for r in default_rules() for stage in r.stages}


@pytest.mark.parametrize("language", sorted(LANGUAGES))
@pytest.mark.parametrize(
    "piece", ["a(", '"', "exec(a+", "'; ", "/*", "h(h(", "#{", "x = y + \n", "`$"]
)
def test_time_grows_with_the_code(language: str, piece: str) -> None:
    def seconds(size: int) -> float:
        return least_seconds(lambda: flow.problems(LANGUAGES[language], piece * size, 0))

    seconds(500)
    assert seconds(16_000) < 0.2 + 12 * seconds(4_000)
