"""The data-flow picture as an SVG file of its own, light, with its flows listed below."""

from collections.abc import Collection

from seawall.core.profile import Profile
from seawall.govern.charts.flow import chart
from seawall.govern.threats import place_of

_STYLE = """
svg{background:#fff}
.t{font-family:system-ui,"Segoe UI",Helvetica,Arial,sans-serif;font-size:13px;fill:#14202b}
.small{font-size:12px}.tiny{font-size:11px}.strong{font-weight:700}.muted{fill:#5a6873}
.box-name{font-size:12.5px;font-weight:600}
.zone{fill:#eef3f7;stroke:#5a6873;stroke-width:1.25;stroke-dasharray:6 4}
.zone-name{paint-order:stroke;stroke:#eef3f7;stroke-width:4}
.node,.node-fill{fill:#fff}.node{stroke:#14202b;stroke-width:1.5}
.node-line{stroke:#14202b;stroke-width:2}
.flow{fill:none;stroke:#5a6873;stroke-width:1.5}.flow.cross{stroke:#b42318;stroke-width:2}
.flow.open{stroke-width:4}
.arrow{fill:#5a6873}.arrow.cross{fill:#b42318}
.pill{fill:#fff;stroke:#5a6873;stroke-width:1.25}.pill.cross{fill:#b42318;stroke:#fff}
.t.pill-text{font-size:11px;font-weight:700}.t.pill-text.cross{fill:#fff}
""".strip()


def flow_file(profile: Profile, attacked: Collection[str] = ()) -> str:
    """Return the picture as SVG, "" without elements; flows at `attacked` places are thick."""
    numbers = [i for i, flow in enumerate(profile.flows, 1) if place_of(flow) in attacked]
    drawn = chart(profile, narrow=False, attacked=numbers, style=_STYLE)
    return f"{drawn}\n" if drawn else ""
