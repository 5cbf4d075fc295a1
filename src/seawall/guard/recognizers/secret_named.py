"""Credentials without a prefix of their own: a service's name, a sign of assignment, the form."""

import re

from seawall.guard.recognizers.secret_values import random_looking

_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_NAMES: tuple[tuple[str, str, str], ...] = (
    ("adafruit", "adafruit", r"[a-z0-9_\-]{32}"),
    ("adobe", "adobe", r"[0-9a-f]{32}"),
    ("airtable", "airtable", r"[a-z0-9]{17}"),
    ("algolia", "algolia", r"[a-z0-9]{32}"),
    ("alibaba", "alibaba|aliyun", r"[a-z0-9]{30}"),
    ("asana", "asana", r"[0-9]{16}|[a-z0-9]{32}"),
    ("atlassian", "atlassian|confluence|jira", r"[a-z0-9]{24}"),
    ("auth0", "auth0", r"[a-z0-9_\-]{64}"),
    ("azure-devops", r"azure[_\-]?devops|ado_pat", r"[a-z0-9]{52}"),
    ("beamer", "beamer", r"b_[a-z0-9=_\-]{44}"),
    ("bitbucket", "bitbucket", r"[a-z0-9]{32}|[a-z0-9=_\-]{64}"),
    ("bittrex", "bittrex", r"[a-z0-9]{32}"),
    ("cloudflare", "cloudflare", r"[a-z0-9_\-]{40}|[0-9a-f]{37}"),
    ("codecov", "codecov", r"[a-z0-9]{32}|" + _UUID),
    ("cohere", "cohere|co_api_key", r"[a-z0-9]{40}"),
    ("coinbase", "coinbase", r"[a-z0-9_\-]{64}"),
    ("confluent", "confluent", r"[a-z0-9]{16}|[a-z0-9]{64}"),
    ("contentful", "contentful", r"[a-z0-9=_\-]{43}"),
    ("datadog", "datadog|dd_api_key|dd_app_key", r"[0-9a-f]{32}|[a-z0-9]{40}"),
    ("discord", "discord", r"[0-9a-f]{64}|[a-z0-9=_\-]{32}"),
    ("drone-ci", "drone_?ci", r"[a-z0-9]{32}"),
    ("dropbox", "dropbox", r"[a-z0-9]{15}|[a-z0-9]{11}A{10}[a-z0-9=_\-]{43}"),
    ("etsy", "etsy", r"[a-z0-9]{24}"),
    ("facebook", "facebook", r"[0-9a-f]{32}"),
    ("fastly", "fastly", r"[a-z0-9=_\-]{32}"),
    ("fal", "fal_key", _UUID + r":[0-9a-f]{32}"),
    ("finicity", "finicity", r"[0-9a-f]{32}|[a-z0-9]{20}"),
    ("finnhub", "finnhub", r"[a-z0-9]{20}"),
    ("flickr", "flickr", r"[a-z0-9]{32}"),
    ("freemius", "freemius", r"sk_[^\s\"']{29}"),
    ("freshbooks", "freshbooks", r"[a-z0-9]{64}"),
    ("gitter", "gitter", r"[a-z0-9_\-]{40}"),
    ("gocardless", "gocardless", r"live_[a-z0-9_=\-]{40}"),
    ("heroku", "heroku", _UUID),
    ("hubspot", "hubspot|hapikey", _UUID),
    ("intercom", "intercom", r"[a-z0-9=_\-]{60}"),
    ("jfrog", "jfrog|artifactory|bintray|xray", r"[a-z0-9]{73}|[a-z0-9]{64}"),
    ("kraken", "kraken", r"[a-z0-9/=_+\-]{80,90}"),
    ("kucoin", "kucoin", r"[0-9a-f]{24}|" + _UUID),
    ("launchdarkly", "launchdarkly", r"[a-z0-9=_\-]{40}"),
    ("linear", "linear", r"[0-9a-f]{32}"),
    ("linkedin", r"linked[_\-]?in", r"[a-z0-9]{14}|[a-z0-9]{16}"),
    ("lob", "lob", r"(?:live|test)_(?:pub_)?[0-9a-f]{31,35}"),
    ("looker", "looker", r"[a-z0-9]{20}|[a-z0-9]{24}"),
    ("mailgun", "mailgun", r"[a-h0-9]{32}-[a-h0-9]{8}-[a-h0-9]{8}"),
    ("mailchimp", "mailchimp", r"[0-9a-f]{32}(?:-us[0-9]{1,2})?"),
    ("mapbox", "mapbox", r"pk\.[a-z0-9_\-]{60,120}\.[a-z0-9_\-]{22}"),
    ("mattermost", "mattermost", r"[a-z0-9]{26}"),
    ("meraki", "meraki", r"[0-9a-f]{40}"),
    ("messagebird", r"message[_\-]?bird", r"[a-z0-9]{25}|" + _UUID),
    ("netlify", "netlify", r"[a-z0-9=_\-]{40,46}"),
    ("newrelic", r"new[_\-]?relic", r"[a-z0-9]{64}|nr(?:ak|aa|ra)-[a-z0-9]{27}|nrjs-[0-9a-f]{19}|nrii-[a-z0-9\-]{32}"),
    ("new-york-times", r"nytimes|new-york-times|newyorktimes", r"[a-z0-9=_\-]{32}"),
    ("npm", "_authtoken", r"[a-z0-9_\-]{36,40}"),
    ("okta", "okta", r"00[a-z0-9=_\-]{40}"),
    ("openweather", "openweather(?:map)?|owm", r"[0-9a-f]{32}"),
    ("pagerduty", "pager_?duty", r"[a-z0-9_+\-]{20}|[0-9a-f]{32}"),
    ("plaid", "plaid", r"[a-z0-9]{24}|[a-z0-9]{30}"),
    ("postmark", "postmark", _UUID),
    ("private-ai", "private[_-]?ai", r"[a-z0-9]{32}"),
    ("rapidapi", "rapidapi", r"[a-z0-9_\-]{50}"),
    ("sendbird", "sendbird", r"[0-9a-f]{40}|" + _UUID),
    ("sentry", "sentry", r"[0-9a-f]{64}"),
    ("sidekiq", r"bundle_(?:enterprise|gems)__contribsys__com", r"[0-9a-f]{8}:[0-9a-f]{8}"),
    ("snyk", "snyk", _UUID),
    ("sonar", "sonar", r"[a-z0-9=_\-]{40}"),
    ("squarespace", "squarespace", _UUID),
    ("sumologic", "(?-i:sumo|Sumo|SUMO)", r"su[a-z0-9]{12}|[a-z0-9]{64}"),
    ("telegram-bot", r"telegr", r"[0-9]{5,16}:a[a-z0-9_\-]{34}"),
    ("travis-ci", "travis", r"[a-z0-9_\-]{22}"),
    ("trello", "trello", r"[0-9a-f]{32}|[0-9a-f]{64}|atta[a-z0-9]{72}"),
    ("twilio", "twilio", r"[0-9a-f]{32}"),
    ("twitch", "twitch", r"[a-z0-9]{30}"),
    ("twitter", "twitter", r"[a-z0-9]{25}|[0-9]{15,25}-[a-z0-9]{20,40}|[a-z0-9]{45,50}|a{22}[a-z0-9%]{80,100}"),
    ("weaviate", "weaviate|wcd_api_key", r"[a-z0-9]{36,48}"),
    ("yandex", "yandex", r"t1\.[a-z0-9_\-]+={0,2}\.[a-z0-9_\-]{86}={0,2}|aqvn[a-z0-9_\-]{35,38}|yc[a-z0-9_\-]{38}"),
    ("zendesk", "zendesk", r"[a-z0-9]{40}"),
)  # fmt: skip
_GAP = r"[\w.\- \t]{0,20}[\"'`\s]{0,3}[:=>|,?]{1,3}[\"'`\s=>]{0,5}"
_ANY = "|".join(f"(?:{names})" for _, names, _ in _NAMES)
# The value that a match takes along may be the next name: COHERE_KEY = "co_api_key: ...".
_BEYOND = 40
EXPRESSION = rf"(?:{_ANY}){_GAP}[A-Za-z0-9_\-][A-Za-z0-9_\-.:%+/=]{{9}}"


# One group a service tells which name stands there.
_ANYWHERE = re.compile("|".join(f"({names})" for _, names, _ in _NAMES), re.IGNORECASE)
_BETWEEN = re.compile(_GAP, re.ASCII)
_VALUES = tuple(
    re.compile(rf"(?:{value})(?![\w\-])", re.IGNORECASE | re.ASCII) for _, _, value in _NAMES
)


def values(text: str, start: int, end: int) -> list[tuple[str, int, int]]:
    """Return (label, start, end) of the values beside the services' names in a range of a text."""
    found: list[tuple[str, int, int]] = []
    for name in _ANYWHERE.finditer(text, start, end + _BEYOND):
        between = _BETWEEN.match(text, name.end())
        service = (name.lastindex or 1) - 1
        value = _VALUES[service].match(text, between.end()) if between else None
        if value and (value.group().isdigit() or random_looking(value.group(), names_known=True)):
            found.append((_NAMES[service][0], value.start(), value.end()))
    return found
