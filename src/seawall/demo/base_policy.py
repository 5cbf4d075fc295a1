"""The part of the demo's policy that belongs to the application: providers, functions, tools."""

from typing import Any

from seawall.demo.names import KEY_ENV

SUPPORT, REPORTS = "support-chat", "report-writer"
_DOCUMENT = r"(?:documents/)?[a-z0-9][a-z0-9-]*\.md"
_OWN_HOST = "harbour-shop-bank.example"


def base_policy(provider_url: str, model: str, *, simulated: bool) -> dict[str, Any]:
    """Return what a plan completes with controls. The provider's key is read from KEY_ENV."""
    upstream: dict[str, Any] = {
        "name": "provider",
        "base_url": provider_url,
        "api_key_env": KEY_ENV,
        "models": {
            model: {
                "input_per_million": 0.5,
                "output_per_million": 1.5,
                "training_per_million": 3.0,
            }
        },
        "timeout_seconds": 20.0 if simulated else 120.0,
        "max_concurrency": 8,
    }
    return {
        "upstreams": [upstream],
        "functions": {
            SUPPORT: {
                "weight": 4.0,
                "max_output_tokens": 1024,
                "limits": {
                    "requests_per_minute": 30_000,
                    "tokens_per_minute": 60_000_000,
                    "cost_per_day": 500.0,
                    "concurrent": 64,
                },
            },
            REPORTS: {
                "weight": 1.0,
                "max_output_tokens": 1024,
                "limits": {
                    "requests_per_minute": 30,
                    "tokens_per_minute": 6_000,
                    "cost_per_day": 5.0,
                    "concurrent": 2,
                },
            },
        },
        # The shop's customers accept its terms when they open an account.
        "usage_policy": {"required": False},
        "allow_hosts": [_OWN_HOST, f"*.{_OWN_HOST}"],
        "tools": _tools(),
    }


def _tools() -> dict[str, Any]:
    """Return the rules of the shop bank's tools: a customer acts on his own account only."""
    return {
        "lookup_account": {"effect": "read", "arguments": {"account_id": {"equals_user": True}}},
        "transfer_money": {
            "effect": "pay",
            "arguments": {
                "from_account": {"equals_user": True},
                "to_account": {"from_trusted": True},
                "amount": {"maximum": 1000, "from_trusted": True},
            },
        },
        "send_email": {
            "effect": "send",
            "arguments": {"to": {"pattern": r"[a-z0-9.+-]+@harbour-shop-bank\.example"}},
        },
        "read_file": {
            "effect": "read",
            "returns": "trusted",
            "arguments": {"path": {"pattern": _DOCUMENT}},
        },
        "run_python": {"effect": "execute", "arguments": {"code": {"code": "python"}}},
    }
