"""Public formats of credentials, written from the vendors' documentation."""

import msgspec


class SecretFormat(msgspec.Struct, frozen=True, kw_only=True):
    """One credential's form. `entropy`: least Shannon entropy in bits a character of the value."""

    label: str
    expression: str
    entropy: float = 2.5
    score: float = 0.98


def _f(label: str, expression: str, entropy: float = 2.5) -> SecretFormat:
    return SecretFormat(label=label, expression=expression, entropy=entropy)


FORMATS: tuple[SecretFormat, ...] = (
    _f("openai", r"\bsk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_\-]{20,200}"),
    _f("anthropic", r"\bsk-ant-(?:api|admin)[0-9]{2}-[A-Za-z0-9_\-]{80,120}"),
    _f("aws-access-key", r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b"),
    _f("google-api", r"\bAIza[A-Za-z0-9_\-]{35}"),
    _f("google-oauth", r"\bGOCSPX-[A-Za-z0-9_\-]{28}|\bya29\.[A-Za-z0-9_\-]{30,}"),
    _f("github", r"\bgh[pousr]_[A-Za-z0-9]{36,251}\b|\bgithub_pat_[A-Za-z0-9_]{60,90}\b"),
    _f("gitlab", r"\bgl(?:pat|dt|rt|cbt|ptt|ft|soat|agent|oas)-[A-Za-z0-9_\-]{20,64}"),
    _f("slack-token", r"\bxox[abeoprs]-[A-Za-z0-9\-]{10,250}"),
    _f("slack-webhook", r"https://hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9/]{40,80}"),
    _f("stripe", r"\b(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,120}\b"),
    _f("twilio", r"\b(?:AC|SK)[0-9a-f]{32}\b"),
    _f("sendgrid", r"\bSG\.[A-Za-z0-9_\-]{16,32}\.[A-Za-z0-9_\-]{32,64}"),
    _f("mailgun", r"\bkey-[0-9a-f]{32}\b"),
    _f("mailchimp", r"\b[0-9a-f]{32}-us[0-9]{1,2}\b"),
    _f("npm", r"\bnpm_[A-Za-z0-9]{36}\b"),
    _f("pypi", r"\bpypi-AgE[A-Za-z0-9_\-]{50,300}"),
    _f("hugging-face", r"\bhf_[A-Za-z0-9]{30,40}\b"),
    _f("replicate", r"\br8_[A-Za-z0-9]{37}\b"),
    _f("groq", r"\bgsk_[A-Za-z0-9]{48,56}\b"),
    _f("telegram-bot", r"\b[0-9]{8,10}:AA[A-Za-z0-9_\-]{33}\b"),
    _f("discord", r"\b[MNO][A-Za-z0-9_\-]{23,27}\.[A-Za-z0-9_\-]{6}\.[A-Za-z0-9_\-]{27,40}"),
    _f("discord-webhook", r"https://(?:\w+\.)?discord(?:app)?\.com/api/webhooks/[0-9]{17,20}/[A-Za-z0-9_\-]{60,80}"),
    _f("digitalocean", r"\bdo[por]_v1_[0-9a-f]{64}\b"),
    _f("shopify", r"\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}\b"),
    _f("square", r"\bsq0(?:atp|csp)-[A-Za-z0-9_\-]{22,43}|\bEAAA[A-Za-z0-9_\-]{60}"),
    _f("databricks", r"\bdapi[0-9a-f]{32}\b"),
    _f("linear", r"\blin_api_[A-Za-z0-9]{40}\b"),
    _f("notion", r"\b(?:secret|ntn)_[A-Za-z0-9]{43,50}\b"),
    _f("atlassian", r"\bATATT3[A-Za-z0-9_\-=]{180,200}"),
    _f("vault", r"\bhv[sbr]\.[A-Za-z0-9_\-]{24,300}"),
    _f("terraform", r"\b[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_\-=]{60,70}"),
    _f("grafana", r"\bglsa_[A-Za-z0-9]{32}_[0-9a-fA-F]{8}\b|\bglc_[A-Za-z0-9+/=]{32,400}"),
    _f("newrelic", r"\bNRAK-[A-Z0-9]{27}\b"),
    _f("sentry", r"\bsntrys_[A-Za-z0-9+/=_\-]{60,300}|\bsntryu_[0-9a-f]{64}\b"),
    _f("docker-hub", r"\bdckr_(?:pat|oat)_[A-Za-z0-9_\-]{27,40}"),
    _f("pulumi", r"\bpul-[0-9a-f]{40}\b"),
    _f("postman", r"\bPMAK-[0-9a-f]{24}-[0-9a-f]{34}\b"),
    _f("rubygems", r"\brubygems_[0-9a-f]{48}\b"),
    _f("planetscale", r"\bpscale_(?:tkn|oauth|pw)_[A-Za-z0-9_\-.=]{32,64}"),
    _f("doppler", r"\bdp\.(?:pt|st|ct|sa)\.[A-Za-z0-9._\-]{40,60}"),
    _f("airtable", r"\bpat[A-Za-z0-9]{14}\.[0-9a-f]{64}\b"),
    _f("figma", r"\bfigd_[A-Za-z0-9_\-]{38,60}"),
    _f("age", r"\bAGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}"),
    _f("jwt", r"\beyJ[A-Za-z0-9_\-]{8,}\.eyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{16,}"),
    _f("azure-storage", r"AccountKey=[A-Za-z0-9+/]{86}=="),
    _f("azure-sas", r"[?&]sig=[A-Za-z0-9%+/]{40,90}(?:%3D|=)"),
    _f("aws-secret-key",
       r"(?i:aws|secret|geheim\w*|secreto|segreto)\W(?:[^\n]{0,40}?[^A-Za-z0-9+/\n])?[A-Za-z0-9+/]{40}(?:[^A-Za-z0-9+/=]|$)", 4.2),
    _f("azure-key", r"\b[A-Za-z0-9+/]{86}==", 4.5),
    _f("connection-string",
       r"\b(?:postgres(?:ql)?|mysql|mariadb|mongodb(?:\+srv)?|redis|rediss|amqps?|mssql|ftp|sftp|https?)(?:\+\w+)?://[^\s:@/'\"<>]{1,64}:[^\s@/'\"<>]{3,128}@[A-Za-z0-9.\-]{3,}", 1.5),
    _f("private-key",
       r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----(?:[A-Za-z0-9+/=\s\\:,.]*-----END (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----)?", 0.0),
)  # fmt: skip

# A name that says "secret" followed by a value; the value must not read as a placeholder.
ASSIGNMENT = (
    r"(?:pass(?:word|wd|phrase|wort|code)|pwd|secret(?:[_ \-]?(?:access)?[_ \-]?key)?|api[_ \-]?key|"
    r"access[_ \-]?(?:key|token)|auth[_ \-]?token|client[_ \-]?secret|private[_ \-]?key|token|"
    r"kennwort|mot de passe|contrase[ñn]a|account[_ \-]?key|storage key|credentials?|bearer)"
    r"(?:[\"'`]?\s{0,3}(?:(?:is|ist|est|es|lautet|to|:=|[:=]|=>|->)\s{0,3}){1,2}|[ \t]{1,2}|\"\s{0,2}:\s{0,2})"
    r"(?:[\"'`„“«]?)[^\s\"'`„“”«»<>,;(){}]{8,200}"
)
