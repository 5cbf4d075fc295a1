"""Send spans, metrics and log records to an OpenTelemetry collector: OTLP over HTTP, as JSON."""

import http.client
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec

from seawall import __version__
from seawall.core.errors import InputError

SCOPE = {"name": "seawall", "version": __version__}


class Collector:
    """One signal's address. Keeps no connection between batches."""

    def __init__(self, url: str, headers: Mapping[str, str], seconds: float) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise InputError(f"{url!r} is no OTLP endpoint.", hint="Write http(s)://HOST:PORT.")
        self._secure = parts.scheme == "https"
        self._host, self._port = parts.hostname, parts.port
        self._path = parts.path or "/"
        self._headers = {"content-type": "application/json", "user-agent": "seawall", **headers}
        self._seconds = seconds

    def post(self, body: dict[str, Any]) -> None:
        """Post one export request. Raises OSError; an answer other than 2xx is one too."""
        connection: http.client.HTTPConnection
        if self._secure:
            connection = http.client.HTTPSConnection(
                self._host, self._port, timeout=self._seconds, context=ssl.create_default_context()
            )
        else:
            connection = http.client.HTTPConnection(self._host, self._port, timeout=self._seconds)
        try:
            connection.request("POST", self._path, msgspec.json.encode(body), self._headers)
            response = connection.getresponse()
            response.read(65_536)
        except http.client.HTTPException as error:
            raise OSError(type(error).__name__) from None
        finally:
            connection.close()
        if not 200 <= response.status < 300:
            raise OSError(f"HTTP {response.status}")


def collector(env: Mapping[str, str], signal: str) -> Collector | None:
    """Return where a signal (traces, metrics, logs) goes, by OpenTelemetry's variables; or None.

    Raises InputError for an address that is none, and for a protocol other than http/json.
    """
    own = signal.upper()
    off = env.get("OTEL_SDK_DISABLED", "").lower() == "true"
    if off or env.get(f"OTEL_{own}_EXPORTER", "otlp").strip() not in ("", "otlp"):
        return None
    url = env.get(f"OTEL_EXPORTER_OTLP_{own}_ENDPOINT", "").strip()
    if not url and (base := env.get("OTEL_EXPORTER_OTLP_ENDPOINT", "").strip()):
        url = f"{base.rstrip('/')}/v1/{signal}"
    if not url:
        return None
    protocol = _first(env, own, "PROTOCOL") or "http/json"
    if protocol != "http/json":
        raise InputError(
            f"OTEL_EXPORTER_OTLP_PROTOCOL is {protocol!r}, but Seawall speaks http/json.",
            hint="Set it to http/json and use the collector's HTTP port (4318).",
        )
    headers = {}
    for pair in filter(None, (_first(env, own, "HEADERS")).split(",")):
        name, _, value = pair.partition("=")
        headers[unquote(name).strip()] = unquote(value).strip()
    try:
        seconds = float(_first(env, own, "TIMEOUT") or 10_000) / 1000
    except ValueError:
        raise InputError("OTEL_EXPORTER_OTLP_TIMEOUT is a number of milliseconds.") from None
    return Collector(url, headers, seconds)


def resource(env: Mapping[str, str], application: str) -> dict[str, Any]:
    """Return the resource: service name and version, and OTEL_RESOURCE_ATTRIBUTES."""
    values: dict[str, Any] = {"service.name": "seawall", "service.version": __version__}
    values["seawall.application"] = application
    for pair in filter(None, env.get("OTEL_RESOURCE_ATTRIBUTES", "").split(",")):
        name, _, value = pair.partition("=")
        values[unquote(name).strip()] = unquote(value).strip()
    if name := env.get("OTEL_SERVICE_NAME", "").strip():
        values["service.name"] = name
    return {"attributes": attributes(values)}


def attributes(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return OTLP key-value pairs; None is left out. Whole numbers are strings, as OTLP wants."""
    return [
        {"key": name, "value": _value(value)} for name, value in values.items() if value is not None
    ]


def _value(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, list | tuple):
        return {"arrayValue": {"values": [_value(item) for item in value]}}
    return {"stringValue": str(value)}


def _first(env: Mapping[str, str], signal: str, name: str) -> str:
    special = env.get(f"OTEL_EXPORTER_OTLP_{signal}_{name}", "").strip()
    return special or env.get(f"OTEL_EXPORTER_OTLP_{name}", "").strip()
