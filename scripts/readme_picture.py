"""Draw the README's picture from a real run: readme_picture.py demo-out/register.json OUT.svg."""

import re
import sys
from pathlib import Path

import msgspec

from seawall.core.register import Register
from seawall.govern import headline, rows
from seawall.govern.charts import asr, svg
from seawall.govern.report import TEMPLATES
from seawall.govern.words import percent, plural

MARGIN, HEAD = 24.0, 66.0


def style() -> str:
    """Return the report's colours and chart rules, for a picture that stands alone."""
    css = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    light = css[css.index(":root") : css.index("@media")]
    dark = re.search(r"@media screen and \(prefers-color-scheme: dark\) \{\n.*?\n\}\n", css, re.S)
    assert dark is not None
    chart = css[css.index(".t {") : css.index(".zone {")]
    font = 'text { font-family: system-ui, "Liberation Sans", Arial, sans-serif; }'
    return f"{light}{dark.group(0)}{chart}{font}\n.paper {{ fill: var(--paper); }}"


def picture(register: Register) -> str:
    """Return the whole SVG."""
    inner = str(asr.chart(rows.by_category(register.pitfalls), narrow=False))
    size = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', inner)
    assert size is not None
    wide, high = float(size[1]) + 2 * MARGIN, float(size[2]) + HEAD + MARGIN
    inner = inner.replace("<svg ", f'<svg x="{MARGIN}" y="{HEAD}" ', 1)
    tried = plural(headline.attempts(register), "scored attempt")
    off, on = (
        percent(sum(getattr(row, mode).asr for row in register.pitfalls) / len(register.pitfalls))
        for mode in ("off", "on")
    )
    title = f"Attacks that succeed: {off} with the guards off, {on} with them on"
    note = f"{tried} on {plural(len(register.pitfalls), 'pitfall')} · {register.model}"
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:g} {high:g}" '
            f'width="{wide:g}" height="{high:g}" role="img">',
            svg.element("title", f"{title}. {note}"),
            f"<style>{style()}</style>",
            svg.element("rect", width=wide, height=high, class_="paper"),
            svg.element("text", title, x=MARGIN, y=32, class_="t strong", font_size="17"),
            svg.element("text", note, x=MARGIN, y=52, class_="t muted"),
            inner,
            "</svg>\n",
        )
    )


def main() -> int:
    """Read the register, write the picture."""
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    register = msgspec.json.decode(source.read_bytes(), type=Register)
    target.write_text(picture(register), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
