"""Files of every purpose through the gateway, with the official client."""

import io
import json
from pathlib import Path
from typing import Any

import msgspec
import openai
import pytest
from gateway_support import Gateway, Provider, gateway_of, make_policy
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from seawall.policy.model import Files
from seawall.wire import filetypes

SECRET = "AKIAQ3EGRTZ5KLMNOP27"


def upload(gateway: Gateway, data: bytes, name: str = "notes.txt", **fields: Any) -> Any:
    asked: Any = {"purpose": "assistants", **fields}
    return gateway.client().files.create(file=(name, data), **asked)


def test_a_text_is_judged_as_a_document_and_kept_for_its_function(gateway: Gateway) -> None:
    client = gateway.client()
    file = upload(gateway, f"The key is {SECRET}.\nOpen 9 to 5.".encode(), expires_after={
        "anchor": "created_at", "seconds": 3600})  # fmt: skip
    assert SECRET.encode() not in gateway.provider.uploads[-1]
    assert b"Open 9 to 5." in gateway.provider.uploads[-1]
    assert file.id.startswith("file-") and file.id != "file-1" and file.filename == "notes.txt"
    assert client.files.retrieve(file.id).bytes == len(gateway.provider.uploads[-1])
    assert file.id in [one.id for one in client.files.list(purpose="assistants")]
    assert file.id not in [one.id for one in client.files.list(purpose="batch")]
    record = gateway.exchanges()[-4]
    assert record["details"]["file_id"] == file.id and record["controls"]
    other = gateway.client(gateway.keys["batch"])
    for ask in (other.files.retrieve, other.files.delete, other.files.content):
        with pytest.raises(openai.NotFoundError) as caught:
            ask(file.id)
        assert caught.value.code == "not_found"
    assert [one.id for one in other.files.list()] == []
    gateway.provider.replies["GET /files/file-1/content"] = gateway.provider.uploads[-1]
    assert client.files.content(file.id).content == gateway.provider.uploads[-1]
    gateway.provider.replies["GET /files/file-1/content"] = b"something else"
    with pytest.raises(openai.InternalServerError):
        client.files.content(file.id)
    gateway.provider.replies["DELETE /files/file-1"] = {"id": "file-1", "deleted": True}
    assert client.files.delete(file.id).deleted
    with pytest.raises(openai.NotFoundError):
        client.files.retrieve(file.id)


def test_escapes_and_long_texts_hide_nothing(gateway: Gateway) -> None:
    hidden = "".join(f"\\u{ord(c):04x}" for c in SECRET)
    upload(gateway, f'{{"a": "{hidden}"}}'.encode(), "a.json")
    sent = gateway.provider.uploads[-1]
    assert SECRET.encode() not in sent and b"\\u0041" not in sent and json.loads(sent)["a"]
    gateway.provider.uploads += [b""]
    text = "word " * 6_000 + SECRET + " end." * 4_000
    upload(gateway, b"\xff\xfe" + text.encode("utf-16-le"), "b.txt")
    assert SECRET.encode() not in gateway.provider.uploads[-1]
    assert gateway.provider.uploads[-1].startswith(b"word word")


def test_pieces_are_whole_and_cut_at_words() -> None:
    text = "one two\n" * 5_000 + "x" * 40_000
    cut = filetypes.pieces(text)
    assert "".join(cut) == text and max(map(len, cut)) <= 16_000 and cut[0].endswith("\n")
    assert filetypes.kind_of(b"%PDF-1.7") == "application/pdf"
    assert filetypes.kind_of(b"\x00\x01") == "application/octet-stream"
    assert filetypes.kind_of("Grüße".encode()) == "text/plain"


@pytest.mark.parametrize(
    ("data", "fields", "param"),
    [
        (b"%PDF-1.7 x", {}, "/file"),
        (b"\x00\x01\x02", {"purpose": "user_data"}, "/file"),
        (b"x", {"purpose": "evals"}, "/purpose"),
        (b"x", {"extra_body": {"webhook": "x"}}, "/webhook"),
        (b"x", {"expires_after": {"anchor": "created_at", "seconds": 1}}, "/expires_after/seconds"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(
    gateway: Gateway, data: bytes, fields: dict[str, Any], param: str
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        upload(gateway, data, **fields)
    assert caught.value.param == param and gateway.provider.uploads == []


def test_the_policy_may_let_a_type_pass_and_pictures_are_read(
    provider: Provider, tmp_path: Path
) -> None:
    provider.reset()
    policy = msgspec.structs.replace(
        make_policy(provider), files=Files(unread_types=("application/pdf",))
    )
    with gateway_of(policy, provider, tmp_path, reads_images=True) as gateway:
        upload(gateway, b"%PDF-1.7 nobody reads this", "a.pdf", purpose="user_data")
        assert provider.uploads[-1].startswith(b"%PDF")
        out, info = io.BytesIO(), PngInfo()
        info.add_text("Comment", SECRET)
        picture = Image.new("L", (16, 16), 255)
        picture.save(out, "PNG", pnginfo=info)
        with pytest.raises(openai.BadRequestError) as caught:
            upload(gateway, out.getvalue(), "a.png", purpose="vision")
        assert caught.value.code == "content_filter" and len(provider.uploads) == 1
        out = io.BytesIO()
        picture.save(out, "PNG")
        assert upload(gateway, out.getvalue(), "a.png", purpose="vision").purpose == "vision"
