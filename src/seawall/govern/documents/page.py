"""A document as one HTML file without script, made for paper too."""

from markupsafe import Markup

from seawall.core.html import environment, style_hash
from seawall.govern.documents.model import Document
from seawall.govern.report import TEMPLATES
from seawall.govern.words import plural


def render(document: Document) -> str:
    """Return the document as HTML."""
    style = (TEMPLATES / "report.css").read_text(encoding="utf-8").strip()
    template = environment(TEMPLATES).get_template("document.html.j2")
    return template.render(
        document=document, left=plural(document.todo, "thing"), style=Markup(style),  # noqa: S704 - our own file
        style_hash=style_hash(style),
    )  # fmt: skip
