"""A provider's address may have a path of its own, as Gemini's and Azure's have."""

from pathlib import Path

import pytest
from gateway_support import Provider, gateway_of, message

from seawall.policy.load import decode_policy

POLICY = """\
version: 1
application: shop
upstreams:
  - name: main
    base_url: {base}
    api_key_env: UPSTREAM_KEY
    models: {{small: {{input_per_million: 1, output_per_million: 2}}}}
functions: {{chat: {{}}}}
"""


@pytest.mark.parametrize("end", ["", "/"])
def test_the_path_of_an_address_is_kept(provider: Provider, tmp_path: Path, end: str) -> None:
    provider.reset()
    provider.script = message("Hello.")
    base = provider.url.removesuffix("/v1") + "/v1beta/openai" + end
    policy = decode_policy(POLICY.format(base=base), "test")
    with gateway_of(policy, provider, tmp_path) as gateway:
        answer = gateway.client().chat.completions.create(
            model="small", messages=[{"role": "user", "content": "Hi"}]
        )
    assert answer.choices[0].message.content == "Hello."
    assert provider.asked[0][":path"] == "/v1beta/openai/chat/completions"
