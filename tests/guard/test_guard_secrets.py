"""Credentials: every provider's format, every notation, and what only looks like one.

The values are drawn when the test runs; none of them was ever issued.
"""

import re
import string
from random import Random

import pytest

from seawall.core.exchange import Stage
from seawall.core.ids import request_id
from seawall.core.verdicts import Finding
from seawall.guard import cards
from seawall.guard.contract import Context, Subject
from seawall.guard.detectors import secrets
from seawall.guard.patterns import PatternSet
from seawall.guard.recognizers import secret_named, secret_values
from seawall.guard.self_test import part_at
from seawall.guard.views import read
from seawall.store.key_record import new_key

DETECTOR = cards.build("secrets")
PATTERNS = PatternSet(("secrets", pattern) for pattern in DETECTOR.patterns())
ALPHABETS = {
    "A": string.ascii_letters + string.digits,
    "a": string.ascii_lowercase + string.digits,
    "U": string.ascii_uppercase + string.digits,
    "h": "0123456789abcdef",
    "d": string.digits,
    "B": string.ascii_letters + string.digits + "+/",
    "w": string.ascii_letters + string.digits + "_",
    "k": "abcdefgh" + string.digits,
}
_SLOT = re.compile(r"\{([AaUhdBwk])([0-9]+)\}")


def made(shape: str, seed: int = 5) -> str:
    """Fill the slots of a shape: {A36} is 36 random letters and digits."""
    rng = Random(f"{seed}{shape}")
    return _SLOT.sub(lambda m: "".join(rng.choices(ALPHABETS[m[1]], k=int(m[2]))), shape)


def found(text: str) -> list[Finding]:
    views = read(text).views
    hits = PATTERNS.scan(views).get("secrets", ())
    subject = Subject(part=part_at(Stage.INPUT, text), views=views, hits=hits)
    return [f for f in DETECTOR.detect(subject, Context()).findings if f.score >= 0.5]


UUID = "{h8}-{h4}-{h4}-{h4}-{h12}"
# label -> shapes that carry their own sign.
PREFIXED: dict[str, tuple[str, ...]] = {
    "openai": ("sk-{A48}", "sk-proj-{A74}T3BlbkFJ{A74}", "sk-svcacct-{w60}"),
    "anthropic": ("sk-ant-api03-{A93}AA", "sk-ant-admin01-{A93}AA"),
    "langfuse": (f"sk-lf-{UUID}",),
    "openrouter": ("sk-or-v1-{h64}",),
    "hugging-face": ("hf_{A34}", "api_org_{A34}"),
    "replicate": ("r8_{A37}",),
    "groq": ("gsk_{A52}",),
    "perplexity": ("pplx-{A48}",),
    "xai": ("xai-{A80}",),
    "nvidia": ("nvapi-{A64}",),
    "langsmith": ("lsv2_pt_{h32}_{h10}",),
    "pinecone": ("pcsk_{A60}",),
    "seawall": ("sw_a2b3c4d5e6f7_{A43}",),
    "tavily": ("tvly-dev-{A32}",),
    "elevenlabs": ("sk_{h48}",),
    "cerebras": ("csk-{a48}",),
    "fireworks": ("fw_{A24}",),
    "e2b": ("e2b_{h40}",),
    "apify": ("apify_api_{A36}",),
    "netlify": ("nfp_{A36}",),
    "tailscale": ("tskey-auth-{A12}-{A32}",),
    "rootly": ("rootly_{h64}",),
    "resend": ("re_{A8}_{A24}",),
    "adafruit": ("aio_{A28}",),
    "twitter": (f"{'A' * 21}{{A85}}",),
    "aws-access-key": ("AKIA{U16}", "ASIA{U16}", "A3TX{U16}"),
    "aws-bedrock": ("ABSK{A120}=",),
    "google-api": ("AAAA{A7}:APA91b{A134}", "AIza{A35}",),
    "google-oauth": ("GOCSPX-{A28}", "ya29.{A60}"),
    "azure-storage": ("AccountKey={B86}==",),
    "azure-client-secret": ("{A3}8Q~{A34}",),
    "azure-devops": ("{A76}AZDO{A4}",),
    "alibaba": ("LTAI{a20}",),
    "tencent": ("AKID{A32}",),
    "digitalocean": ("dop_v1_{h64}", "doo_v1_{h64}", "dor_v1_{h64}"),
    "heroku": ("HRKU-AA{A58}",),
    "cloudflare": ("v1.0-{h24}-{h146}",),
    "fly-io": ("fo1_{A43}", "fm2_{A120}"),
    "scalingo": ("tk-us-{A48}",),
    "yandex": ("AQVN{A36}", "t1.{A12}.{A86}", "YC{A38}"),
    "planetscale": ("pscale_tkn_{A43}", "pscale_oauth_{A32}", "pscale_pw_{A43}"),
    "supabase": ("sbp_{h40}", "sb_secret_{A32}"),
    "neon": ("napi_{a64}",),
    "clickhouse": ("4b1d{A38}",),
    "databricks": ("dapi{h32}",),
    "doppler": ("dp.pt.{A43}", "dp.st.{A43}"),
    "vault": ("hvs.{A90}", "hvb.{A140}", "s.{A24}"),
    "terraform": ("{A14}.atlasv1.{A67}",),
    "pulumi": ("pul-{h40}",),
    "prefect": ("pnu_{A36}",),
    "infracost": ("ico-{A32}",),
    "openshift": ("sha256~{A43}",),
    "defined-networking": ("dnkey-{a26}-{a52}",),
    "authress": ("sc_{A8}.{A4}.acc-{a12}.{A44}",),
    "1password": ("A3-{U6}-{U11}-{U5}-{U5}-{U5}", "ops_eyJ{A260}"),
    "age": ("AGE-SECRET-KEY-1{U58}",),
    "github": ("ghp_{A36}", "gho_{A36}", "ghu_{A36}", "ghs_{A36}", "ghr_{A76}",
               "github_pat_{A22}_{A59}"),
    "gitlab": ("glpat-{A20}", "gldt-{A20}", "glrt-{A20}", "glptt-{h40}", "glft-{A20}",
               "glimt-{A25}", "glsoat-{A20}", "glagent-{A50}", "gloas-{h64}", "GR1348941{A20}",
               "glpat-{A27}.{a9}"),
    "bitbucket": ("ATBB{A32}", "ATCTT3{A180}"),
    "atlassian": ("ATATT3{A186}",),
    "npm": ("npm_{A36}",),
    "pypi": ("pypi-AgEIcHlwaS5vcmc{A70}",),
    "rubygems": ("rubygems_{h48}",),
    "clojars": ("CLOJARS_{a60}",),
    "crates-io": ("cio{A32}",),
    "nuget": ("oy2{a43}",),
    "docker-hub": ("dckr_pat_{A27}", "dckr_oat_{A32}"),
    "artifactory": ("AKCp{A69}", "cmVmd{A59}"),
    "harness": ("pat.{A22}.{A24}.{A20}", "sat.{A22}.{A24}.{A20}"),
    "octopus-deploy": ("API-{U26}",),
    "sonar": ("squ_{h40}", "sqp_{h40}", "sqa_{h40}"),
    "sourcegraph": ("sgp_{h16}_{h40}", "slk_{h64}"),
    "snyk": ("snyk_uat.{h8}.{A60}",),
    "postman": ("PMAK-{h24}-{h34}",),
    "readme": ("rdme_{a70}",),
    "linear": ("lin_api_{A40}", "lin_oauth_{h64}"),
    "buildkite": ("bkua_{h40}",),
    "circleci": ("CCIPAT_{A22}_{h40}",),
    "dynatrace": ("dt0c01.{U24}.{U64}",),
    "grafana": ("glsa_{A32}_{h8}", "glc_{A60}", "eyJrIjoi{A90}"),
    "newrelic": ("NRAK-{U27}", "NRJS-{h19}", "NRII-{A32}"),
    "sentry": ("sntrys_{A90}", "sntryu_{h64}"),
    "launchdarkly": ("sdk-{h8}-{h4}-4{h3}-8{h3}-{h12}",),
    "posthog": ("phx_{A43}",),
    "settlemint": ("sm_pat_{A16}", "sm_aat_{A16}", "sm_sat_{A16}"),
    "slack-token": ("xoxb-{d12}-{d12}-{A24}", "xoxp-{d12}-{d12}-{d13}-{h32}", "xoxa-2-{A24}",
                    "xoxr-{A20}", "xoxs-{d9}-{d9}-{d9}-{h10}", "xapp-1-A{U10}-{d13}-{h64}",
                    "xoxe-1-{A146}", "xoxe.xoxp-1-{A160}"),
    "slack-webhook": ("https://hooks.slack.com/services/T{U10}/B{U10}/{A24}",),
    "teams-webhook": (
        f"https://shop.webhook.office.com/webhookb2/{UUID}@{UUID}/IncomingWebhook/{{h32}}/{UUID}",
    ),
    "telegram-bot": ("4{d8}:AA{A33}",),
    "discord": ("MTA{A23}.{A6}.{A38}",),
    "discord-webhook": ("https://discord.com/api/webhooks/1{d17}/{A68}",),
    "twilio": ("SK{h32}", "AC{h32}"),
    "sendgrid": ("SG.{A22}.{A43}",),
    "sendinblue": ("xkeysib-{h64}-{A16}",),
    "mailgun": ("key-{h32}",),
    "mailchimp": ("{h32}-us14",),
    "facebook": ("EAAC{A120}", "{d15}|{A27}"),
    "stripe": ("sk_live_{A24}", "rk_live_{A24}", "sk_test_{A99}", "whsec_{A32}"),
    "square": ("sq0atp-{A22}", "sq0csp-{A43}", "EAAA{A60}"),
    "paypal": ("access_token$production${a16}${h32}",),
    "flutterwave": ("FLWSECK_TEST-{k32}-X", "FLWPUBK_TEST-{k32}-X"),
    "plaid": (f"access-sandbox-{UUID}",),
    "gocardless": ("live_{A40}",),
    "duffel": ("duffel_live_{A43}",),
    "easypost": ("EZAK{A54}", "EZTK{A54}"),
    "shippo": ("shippo_live_{h40}", "shippo_test_{h40}"),
    "lob": ("live_{h35}", "test_pub_{h31}"),
    "shopify": ("shpat_{h32}", "shpca_{h32}", "shppa_{h32}", "shpss_{h32}"),
    "razorpay": ("rzp_live_{A14}",),
    "adobe": ("p8e-{A32}",),
    "maxmind": ("{A6}_{A29}_mmk",),
    "frame-io": ("fio-u-{A64}",),
    "intra42": ("s-s4t2ud-{h64}",),
    "notion": ("ntn_{d11}{A35}", "secret_{A43}"),
    "airtable": ("pat{A14}.{h64}",),
    "figma": ("figd_{A43}",),
    "asana": ("1/{d16}:{h32}",),
    "typeform": ("tfp_{A44}_{A14}",),
    "hubspot": (f"pat-na1-{UUID}",),
    "dropbox": ("sl.{A140}",),
    "mapbox": ("sk.eyJ{A80}.{A22}",),
    "contentful": ("CFPAT-{A43}",),
    "zapier-hook": ("https://hooks.zapier.com/hooks/catch/{d7}/{a7}/",),
}  # fmt: skip
# (how the service is named, label, shape): the name alone gives these away.
NAMED = [
    ("ADAFRUIT_IO_KEY", "adafruit", "{a32}"), ("algolia_key", "algolia", "{a32}"),
    ("aliyunSecret", "alibaba", "{a30}"), ("asana_secret", "asana", "{a32}"),
    ("jira.token", "atlassian", "{a24}"), ("AUTH0_SECRET", "auth0", "{A64}"),
    ("AZURE_DEVOPS_PAT", "azure-devops", "{a52}"), ("FAL_KEY", "fal", UUID + ":{h32}"),
    ("POSTMARK_TOKEN", "postmark", UUID), ("WEAVIATE_KEY", "weaviate", "{A40}"),
    ("beamer", "beamer", "b_{a44}"), ("BITTREX_SECRET", "bittrex", "{a32}"),
    ("CLOUDFLARE_API_KEY", "cloudflare", "{h37}"), ("CODECOV_TOKEN", "codecov", "{a32}"),
    ("CO_API_KEY", "cohere", "{A40}"), ("coinbase", "coinbase", "{a64}"),
    ("confluent", "confluent", "{A16}"), ("contentful", "contentful", "{a43}"),
    ("DD_API_KEY", "datadog", "{h32}"), ("discord_secret", "discord", "{A32}"),
    ("DRONECI", "drone-ci", "{a32}"), ("dropbox", "dropbox", "{a15}"),
    ("ETSY_KEY", "etsy", "{a24}"), ("facebook_secret", "facebook", "{h32}"),
    ("fastly", "fastly", "{A32}"), ("finicity", "finicity", "{h32}"),
    ("finnhub", "finnhub", "{a20}"), ("flickr", "flickr", "{a32}"),
    ("freemius", "freemius", "sk_{A29}"), ("freshbooks", "freshbooks", "{a64}"),
    ("gitter", "gitter", "{a40}"), ("HEROKU_KEY", "heroku", UUID), ("hubspot", "hubspot", UUID),
    ("intercom", "intercom", "{a60}"), ("jfrog", "jfrog", "{a73}"),
    ("kraken", "kraken", "{A80}"), ("kucoin", "kucoin", "{h24}"),
    ("launchdarkly", "launchdarkly", "{a40}"), ("linear", "linear", "{h32}"),
    ("LINKED_IN_SECRET", "linkedin", "{a16}"), ("looker", "looker", "{a24}"),
    ("mailgun", "mailgun", "{k32}-{k8}-{k8}"), ("mapbox", "mapbox", "pk.{A70}.{A22}"),
    ("mattermost", "mattermost", "{a26}"), ("meraki", "meraki", "{h40}"),
    ("messagebird", "messagebird", "{a25}"), ("netlify", "netlify", "{a44}"),
    ("NEW_RELIC_ID", "newrelic", "{a64}"), ("nytimes", "new-york-times", "{a32}"),
    ("_authToken", "npm", "{A36}"), ("okta", "okta", "00{A40}"),
    ("OPENWEATHER_KEY", "openweather", "{h32}"), ("pagerduty", "pagerduty", "{A20}"),
    ("plaid_secret", "plaid", "{a30}"), ("privateai", "private-ai", "{a32}"),
    ("rapidapi-key", "rapidapi", "{a50}"), ("sendbird", "sendbird", "{h40}"),
    ("sentry", "sentry", "{h64}"), ("snyk_token", "snyk", UUID),
    ("BUNDLE_GEMS__CONTRIBSYS__COM", "sidekiq", "{h8}:{h8}"),
    ("squarespace", "squarespace", UUID), ("SUMO_ACCESS", "sumologic", "su{A12}"),
    ("travis", "travis-ci", "{A22}"), ("trello", "trello", "{h64}"),
    ("twilio_auth", "twilio", "{h32}"), ("twitch", "twitch", "{a30}"),
    ("twitter_key", "twitter", "{A25}"), ("zendesk", "zendesk", "{a40}"),
]  # fmt: skip
AROUND = ["{}", "export KEY={}", '{{"value": "{}", "region": "eu"}}', "It fails with {}, why?"]


@pytest.mark.parametrize("label", sorted(PREFIXED))
def test_a_format_is_found_wherever_it_stands(label: str) -> None:
    for shape in PREFIXED[label]:
        for around in AROUND:
            value = made(shape)
            text = around.format(value)
            findings = [f for f in found(text) if f.label == label]
            assert findings, f"{shape} in {around}"
            start = text.index(value)
            assert any(f.start <= start + 24 and f.end >= start + len(value) - 1 for f in findings)


@pytest.mark.parametrize(("name", "label", "shape"), NAMED, ids=[n[0] for n in NAMED])
def test_a_service_s_name_gives_its_key_away(name: str, label: str, shape: str) -> None:
    value = made(shape)
    for text in (f"{name}={value}", f'"{name}": "{value}"', f"{name} => '{value}'"):
        covered = {text[f.start : f.end] for f in found(text) if f.label == label}
        assert value in covered, text


def test_every_label_has_a_test_and_stands_on_the_card() -> None:
    formats = {f.label for f in secrets._FORMATS}
    structural = {"jwt", "aws-secret-key", "private-key", "kubernetes-secret", "azure-sas",
                  "azure-key"}  # fmt: skip
    assert formats - structural == set(PREFIXED)
    assert {row[0] for row in secret_named._NAMES} <= {n[1] for n in NAMED} | set(PREFIXED)
    assert formats | {row[0] for row in secret_named._NAMES} <= set(cards.cards()["secrets"].labels)


def test_keys_as_the_gateway_makes_them_are_found_and_request_ids_are_not() -> None:
    for key in (new_key()[1] for _ in range(50)):
        text = f"call it with {key}, please"
        assert [(text[f.start : f.end], f.label) for f in found(text)] == [(key, "seawall")]
    assert not found(f"x-seawall-request-id: {request_id()}")


@pytest.mark.parametrize("label", sorted(PREFIXED))
def test_a_format_without_a_value_is_clean(label: str) -> None:
    for shape in PREFIXED[label]:
        masked = _SLOT.sub(lambda m: "x" * int(m[2]), shape)
        assert not found(f"TOKEN={masked} # {label}"), masked


PASSWORD = "{A5}!{d2}{A4}"
NOTATIONS = [
    "password: {p}", "my password is {p} thanks", "Das Passwort lautet {p}", "DB_PASSWORD='{p}'",
    '{{"db_password": "{p}"}}', "passwd = {p}", "<password>{p}</password>",
    "--password {p} --force",
    "ADMIN_PASSWORD={p}", "login_password: '{p}'", "adminPassword: {p}", "SESSION_TOKEN={t}",
    "plan_token='{t}'", 'DB_PASS="{p}"', "export PASS={p}", "ldap_bind_pw: {p}",
    "пароль: {p}", "パスワード: {p}", "密码: {p}", "비밀번호: {p}", "şifre: {p}", "lösenord: {p}",
    "salasana: {p}", "jelszó: {p}", "mật khẩu: {p}", "كلمة المرور: {p}", "סיסמה: {p}",
    "รหัสผ่าน: {p}",
    "sshpass -p {p} ssh root@harbour.example", "mysql -u root -p{p} shop",
    "CREATE USER app IDENTIFIED BY '{p}'", 'ConvertTo-SecureString "{p}" -AsPlainText',
    "client_secret := \"{t}\"", "Authorization: Bearer {t}", "Authorization: Token {t}",
    "curl -H 'X-Api-Key: {t}' https://harbour.example", "api_key={t}&page=2",
    "https://harbour.example/?access_token={t}&page=2", "SECRET_KEY = '{h}'",
    "mongodb+srv://shop:{p}@db.harbour.example/shop", "redis://:{h}@cache:6379/0",
    "curl -u shop:{h} https://harbour.example", '<add key="DbPassword" value="{h}" />',
    "kind: Secret\nmetadata: {{}}\ndata:\n  token: {t}", "Bearer {t}",
    "-----BEGIN OPENSSH PRIVATE KEY-----\n{t}\n-----END OPENSSH PRIVATE KEY-----",
    "FTP login: shop, pw: {p}", "la mia password è {p}", "moje hasło jest {p}",
    "docker login -u shop -p {p} registry.harbour.example", "redis-cli -a {h} ping",
    "auth=('shop', '{h}')", 'login("shop@harbour.example", "{p}")',
    "host,user,password\ndb1,shop,{h}", "| host | password |\n|---|---|\n| db1 | {p} |",
    "host\tapi_key\ndb1\t{t}", "password for admin is {p}", "Passwort für den Server: {p}",
    "contraseña nueva: {p}",
    "The password has been changed to {p}", "machine harbour.example login shop password {p}",
    "amqp://shop:{h}@mq:5672", "HTTPBasicAuth('shop', '{p}')", "client-key-data: {t}",
    "Cookie: lang=en; sessionid={t}", "set-cookie: PHPSESSID={t}; HttpOnly",
    "password is: kq83hd92kd", "aws_secret_access_key = {b}", "https://store.example/a?sv=2022&sig={t}%3D",
]  # fmt: skip


@pytest.mark.parametrize("notation", NOTATIONS)
def test_a_notation_is_found(notation: str) -> None:
    for seed in range(12):
        values = {
            "p": made(PASSWORD, seed),
            "t": made("{A44}", seed),
            "h": made("{h20}", seed),
            "b": made("{B40}", seed),
        }
        text = notation.format(**values)
        assert found(text), text


def test_a_quoted_password_is_taken_out_whole() -> None:
    text = "the password 'gT7kz2Wq9vL!' is old"
    assert [text[f.start : f.end] for f in found(text)] == ["gT7kz2Wq9vL!"]


def test_a_quoted_password_ends_with_its_quotes() -> None:
    text = 'SECRET_KEY = "w0=bo9ht!m(#w6o=yx(ws$kox=ap^k5qmi!4+7@2k+zq"'
    assert [text[f.start : f.end] for f in found(text)] == [text[14:-1]]


def test_a_long_token_is_taken_out_whole() -> None:
    token = made("{A900}")
    text = f"AWS_SESSION_TOKEN={token}\nnext"
    assert [text[f.start : f.end] for f in found(text)] == [token]


def test_a_table_gives_every_line_s_password() -> None:
    text = "user;password;note\nada;gT7!kz2W;x\nbob;hunter2!x9;gT8!kz2W"
    assert [text[f.start : f.end] for f in found(text)] == ["gT7!kz2W", "hunter2!x9"]


def test_a_key_that_is_cut_off_is_taken_out_as_far_as_it_goes() -> None:
    key = made("-----BEGIN RSA PRIVATE KEY-----\n{B64}\n{B64}\n{B40}")
    text = f"here: {key}"
    assert [text[f.start : f.end] for f in found(text)] == [key]
    assert found(f'"private_key": "{key}"'.replace("\n", "\\n"))


def test_the_value_is_taken_out_and_not_its_name() -> None:
    value = made("{A44}")
    text = f"token: {value}."
    assert [(f.label, text[f.start : f.end]) for f in found(text)] == [("assignment", value)]


CLEAN = [
    "token: <your-token>", "password: ${{DB_PASSWORD}}", "PASSWORD=changeme1",
    "api_key = os.environ['K1']",
    "secret: {{{{ vault_secret1 }}}}", "AWS_SECRET_ACCESS_KEY=$(vault read -field=key aws/ci)",
    "commit {h40}", "etag: {h32}", "sha256:{h64}", "md5 = {h32}  shop.tar.gz", "id: {u}",
    "key: {u}",
    "integrity sha512-{B86}==", "data:image/png;base64,{B200}",
    "ssh-rsa AAAAB3NzaC1yc2E{B180} shop@harbour",
    "token_count: 123456, max_tokens=4096", "passwordHash column, secretName: shop-secret-2024-tls",
    "PASS: TestFoo_123/Bar", "boarding pass: LH-4711/22B", "pass the salt", "pass_rate=0.95",
    "HumanEval pass: 87.2%/91.0%", "mysql -h db -u root -p shop",
    "docker run -p3306:3306 mysql:8.0",
    "nextPageToken: {A40}", "max_tokens=4096", "n_tokens = 1234567890", "MIN_PASSWORD=Length8",
    "the patient was identified by Ward-7/B", "passes 3GPP-R15/16 tests",
    "password must have 8 characters, 1 digit", "csrf_token={A40}", "publicKey = {A44}",
    "Bearer of good news since 1998", "the 2024 token ring network, v1.0-rc3",
    "keySize = Key128Bit; keyLength=XSalsa20.keyLength", "secrets/prod2/password.txt",
    "password = request.form.get('password2')", "auth_token_url=https://auth.harbour.example/v2/token",
    "author = james.b2@harbour.example", "AKIAIOSFODNN7EXAMPLE",
    "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "hooks.slack.com is down, xoxo from the team, xoxb-your-token",
    "io.jsonwebtoken:jjwt-api:0.11.2", "sk-folding-cube sk-circle12", "mysql://root:password@localhost/db",
    "twitter: https://twitter.com/harbour, jira: SHOP-1204, heroku: 3 dynos",
    "-----BEGIN CERTIFICATE-----\n{B200}\n-----END CERTIFICATE-----",
    "-----BEGIN PGP PUBLIC KEY BLOCK-----\n{B200}\n-----END PGP PUBLIC KEY BLOCK-----",
    "validKeyChars = '0123456789abcdefghijklmnopqrstuvwxyz'",
    "tracking token: 1Z9999999999999999 is late",
    "Base64 of words: VGhlIGhhcmJvdXIgb3BlbnMgYXQgbm9vbiBhbmQgY2xvc2VzIGF0IHN1bnNl"
    "dCwgc28gY29tZSBlYXJseSBhbmQgc3RheSBh==",
    "kind: ConfigMap\ndata:\n  page: aGVsbG8gd29ybGQ5OQ==", "const token = tokens[index2].value",
    "xoxp-572370529330-573807301142-572331691188-####################",
    "6snZF9n/0y/pWD4N2YAQOVMeSliTt8ecacv88yxK346rXj/ewAih7FnVX1EM8zYr+72bD4HG",
    "The file begins with -----BEGIN RSA PRIVATE KEY----- and is yours alone.",
    "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
    "passwd\t1:4.13+dfsg1-1+deb12u1", "SRP_user_pwd *SRP_VBASE_get1_by_user(SRP_VBASE *vb)",
    "pass ``ambiguous_width=2``: wide", "<nextToken>page-2</nextToken>",
    "open https://abc:xyz@example.com, please", "password: cGFzc3dvcmQ=",
    "the secret access-control-list-v2 was deleted", 'pwd = "C:\\Users\\ada\\Documents2"',
    "password for the club is swordfish", "the token of the week is patience2024",
    "password to the new-model x200 of 2024", "Cookie: theme=dark; lang=en-US-x-twain-2024",
    "password abc123, password 2024summer", "the secret key to success is patience",
    "your token of appreciation", "[sudo] password for ada:\nada@build03:~/svc$ ls",
    "the password is a good idea", "name,password,token\nis,required,optional",
    "arn:aws:servicecatalog:us-west-2:813737243517:/applications/03axw94pjfj3uan00tcgbrxnkw",
]  # fmt: skip


@pytest.mark.parametrize("text", CLEAN)
def test_what_looks_like_a_secret_is_clean(text: str) -> None:
    for seed in range(6):
        shown = made(text.replace("{u}", UUID), seed).replace("{{", "{").replace("}}", "}")
        assert not found(shown), shown


def test_values_are_told_from_words_and_placeholders() -> None:
    assert secret_values.random_looking(made("{A32}"))
    assert not secret_values.random_looking("customer-account-service-2")
    assert not secret_values.random_looking("aaaaaaaaaa1111111111bbbb")
    assert secret_values.readable("VGhlIGhhcmJvdXIgb3BlbnMgYXQgbm9vbi4=")
    assert secret_values.placeholder("token-abcdefgh-12") and secret_values.placeholder("1234-1234")
    assert secret_values.password_like("gTq!kzrWqavL")
    assert secret_values.password_like("gT7!kz2Wq9vL") and not secret_values.password_like("fish")
