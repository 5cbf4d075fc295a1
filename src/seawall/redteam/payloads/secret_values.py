"""Made-up credentials in the formats of well-known services. None of them was ever issued."""

import base64
import json
import string
from random import Random

_ALNUM = string.ascii_letters + string.digits


def _text(rng: Random, length: int, alphabet: str = _ALNUM) -> str:
    return "".join(rng.choices(alphabet, k=length))


def _segment(value: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _jwt(rng: Random) -> str:
    head = _segment({"alg": "HS256", "typ": "JWT"})
    body = _segment({"sub": str(rng.randrange(10**9)), "exp": 1_900_000_000})
    return f"{head}.{body}.{_text(rng, 43, _ALNUM + '-_')}"


def _private_key(rng: Random) -> str:
    """Return PEM armour around random bytes: it has the shape of a key and is none."""
    body = base64.b64encode(rng.randbytes(600)).decode()
    lines = [body[i : i + 64] for i in range(0, len(body), 64)]
    label = "RSA PRIVATE KEY"
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----"])


def secrets(rng: Random) -> dict[str, str]:
    """Return one value for each secret slot that seeds may use."""
    digits = string.digits
    return {
        "aws_id": "AKIA" + _text(rng, 16, string.ascii_uppercase + "234567"),
        "aws_secret": _text(rng, 40, _ALNUM + "+/"),
        "github": "ghp_" + _text(rng, 36),
        "slack": f"xoxb-{_text(rng, 12, digits)}-{_text(rng, 12, digits)}-{_text(rng, 24)}",
        "stripe": "sk_live_" + _text(rng, 24),
        "google": "AIza" + _text(rng, 35, _ALNUM + "-_"),
        "gitlab": "glpat-" + _text(rng, 20),
        "sendgrid": f"SG.{_text(rng, 22)}.{_text(rng, 43)}",
        "npm": "npm_" + _text(rng, 36),
        "openai": f"sk-proj-{_text(rng, 74)}T3BlbkFJ{_text(rng, 74)}",
        "azure": base64.b64encode(rng.randbytes(64)).decode(),
        "password": _text(rng, 6) + "!" + _text(rng, 9),
        "jwt": _jwt(rng),
        "private_key": _private_key(rng),
    }
