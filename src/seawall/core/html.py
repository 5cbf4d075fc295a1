"""What our HTML pages share: how templates are read, and how a page allows its own style."""

import base64
import hashlib
from pathlib import Path

import jinja2


def environment(folder: Path) -> jinja2.Environment:
    """Return what renders the templates of a folder: escaped, and strict about missing names."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def style_hash(style: str) -> str:
    """Return the base64 SHA-256 by which a page's policy allows its style."""
    return base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
