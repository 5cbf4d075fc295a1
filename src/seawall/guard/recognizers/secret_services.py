"""Credentials of messaging, payment, shop and office services that carry a known prefix."""

from seawall.guard.recognizers.secret_formats import SecretFormat, form

MESSAGING: tuple[SecretFormat, ...] = (
    form("slack-token",
         r"\bxox[bep](?:-[0-9]{8,14}){1,3}(?:-[A-Za-z0-9\-]{10,250}|[A-Za-z0-9]{0,40})|\bxoxe(?:\.xox[bp])?-[0-9]-[A-Za-z0-9]{100,250}\b"
         r"|\bxox[os]-[0-9]+-[0-9]+-[0-9]+-[0-9a-fA-F]+\b|\bxoxc-[0-9]{8,14}-[A-Za-z0-9\-]{20,250}|\bxoxd-[A-Za-z0-9%+/]{40,250}", 2.0),
    form("slack-token", r"\bxox[ar]-(?:[0-9]-)?[0-9A-Za-z]{8,48}\b"),
    form("slack-token", r"\bxapp-[0-9]-[A-Z0-9]{6,16}-[0-9]{8,16}-[a-z0-9]{20,80}\b"),
    form("slack-webhook", r"\bhooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9/+]{40,80}"),
    form("teams-webhook", r"https://[a-z0-9\-]{1,40}\.webhook\.office\.com/webhookb2/[0-9a-f\-]{36}@[0-9a-f\-]{36}/IncomingWebhook/[0-9a-f]{32}/[0-9a-f\-]{36}"),
    form("telegram-bot", r"\b[0-9]{8,10}:A[A-Za-z0-9_\-]{34}\b"),
    form("discord", r"\b[MNO][A-Za-z0-9_\-]{23,27}\.[A-Za-z0-9_\-]{6}\.[A-Za-z0-9_\-]{27,40}", 3.5),
    form("discord-webhook", r"https://(?:\w+\.)?discord(?:app)?\.com/api/webhooks/[0-9]{17,20}/[A-Za-z0-9_\-]{60,80}"),
    form("twilio", r"\b(?:AC|SK)[0-9a-f]{32}\b"),
    form("sendgrid", r"\bSG\.[A-Za-z0-9_\-=.]{60,70}"),
    form("sendinblue", r"\bx(?:keysib|smtpsib)-[0-9a-f]{64}-[A-Za-z0-9]{16}\b"),
    form("mailgun", r"\bkey-[0-9a-f]{32}\b|\bpubkey-[0-9a-f]{32}\b"),
    form("mailchimp", r"\b[0-9a-f]{32}-us[0-9]{1,2}\b"),
    form("facebook", r"\bEAA[A-Za-z0-9]{90,300}\b|\b[0-9]{15,16}[|%][A-Za-z0-9_\-]{27,40}"),
    form("twitter", r"(?:^|[\s\"'`=:>,(])A{20,22}[A-Za-z0-9%]{80,100}(?:[^A-Za-z0-9%+/=]|$)"),
    form("resend", r"\bre_[A-Za-z0-9]{8}_[A-Za-z0-9]{24}\b", 3.5),
)  # fmt: skip

COMMERCE: tuple[SecretFormat, ...] = (
    form("stripe", r"\b(?:sk|rk)_(?:live|test|prod)_[A-Za-z0-9]{16,120}\b|\bwhsec_[A-Za-z0-9+/]{32,64}"),
    form("square", r"\bsq0(?:atp|csp|idp)-[A-Za-z0-9_\-]{22,43}|\bEAAA[A-Za-z0-9_\-]{22,60}", 3.0),
    form("paypal", r"\baccess_token\$(?:production|sandbox)\$[0-9a-z]{16}\$[0-9a-f]{32}\b"),
    form("flutterwave", r"\bFLW(?:PUBK|SECK)_TEST-[0-9a-h]{12}(?:[0-9a-h]{20}-X)?\b|\bFLW(?:PUBK|SECK)-[0-9a-z]{32}-X\b"),
    form("plaid", r"\baccess-(?:sandbox|development|production)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"),
    form("gocardless", r"\blive_[A-Za-z0-9_\-]{40}\b", 3.5),
    form("duffel", r"\bduffel_(?:test|live)_[A-Za-z0-9_\-=]{43}"),
    form("easypost", r"\bEZ[AT]K[A-Za-z0-9]{54}\b"),
    form("shippo", r"\bshippo_(?:live|test)_[0-9a-fA-F]{40}\b"),
    form("lob", r"\b(?:live|test)_(?:pub_)?[0-9a-f]{31,35}\b"),
    form("shopify", r"\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}\b"),
    form("razorpay", r"\brzp_(?:live|test)_[A-Za-z0-9]{14}\b"),
    form("adobe", r"\bp8e-[A-Za-z0-9]{32}\b"),
    form("maxmind", r"\b[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk\b"),
    form("frame-io", r"\bfio-u-[A-Za-z0-9_\-=]{64}"),
    form("intra42", r"\bs-s4t2(?:ud|af)-[0-9a-f]{64}\b"),
)  # fmt: skip

OFFICE: tuple[SecretFormat, ...] = (
    form("notion", r"\bntn_[0-9]{11}[A-Za-z0-9]{32,36}\b|\bsecret_[A-Za-z0-9]{43,50}\b"),
    form("airtable", r"\bpat[A-Za-z0-9]{14}\.[0-9a-f]{64}\b"),
    form("figma", r"\bfig[dour]h?_[A-Za-z0-9_\-]{38,60}"),
    form("asana", r"\b[12]/[0-9]{14,17}(?:/[0-9]{14,17})?:[0-9a-f]{32}\b"),
    form("typeform", r"\btfp_[A-Za-z0-9_.=\-]{44,65}"),
    form("hubspot", r"\bpat-(?:na|eu)[0-9]-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"),
    form("dropbox", r"\bsl\.(?:u\.)?[A-Za-z0-9_\-=]{130,}"),
    form("mapbox", r"\bsk\.eyJ[A-Za-z0-9_\-]{60,120}\.[A-Za-z0-9_\-]{22}"),
    form("adafruit", r"\baio_[A-Za-z0-9]{28}\b", 3.5),
    form("contentful", r"\bCFPAT-[A-Za-z0-9_\-]{43}"),
    form("zapier-hook", r"https://hooks\.zapier\.com/hooks/catch/[0-9]{5,10}/[a-z0-9]{5,10}/"),
)  # fmt: skip
