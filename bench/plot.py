"""The results as a picture: a group of bars for each scenario, in parts of L, with the spread of the rounds."""

from collections.abc import Sequence
from html import escape

from bench import ceiling, limit, ours
from bench.contenders import Contender
from bench.figures import Round, Spread, ratio
from bench.limit import limit_cell
from bench.scenarios import Scenario

WIDTH, LEFT, RIGHT = 860, 270, 70
TOP, BAR, GAP, TITLE = 48, 14, 5, 36
COLORS = {limit.NAME: "#8a8f98", ceiling.NAME: "#a5b4fc", ours.NAME: "#4f46e5", "ours-granian": "#7c74f0"}
PEER_COLOR, INK, PALE_INK = "#d6a45c", "#1f2430", "#5b6270"
FONT = 'font-family="system-ui, sans-serif" font-size="12.5"'


Group = tuple[str, list[tuple[Contender, Spread]]]


def plot(rounds: list[Round], contenders: Sequence[Contender], scenarios: Sequence[Scenario], caption: str) -> str:
    """An SVG of each contender's rate in parts of L, all on one scale."""
    groups = groups_of(rounds, contenders, scenarios)
    widest = max((spread.greatest for _, bars in groups for _, spread in bars), default=1.0)
    parts: list[str] = []
    y = TOP
    for title, bars in groups:
        y += TITLE
        parts.append(f'<text x="16" y="{y - 10}" font-weight="600">{escape(title)}</text>')
        for contender, spread in bars:
            parts.append(bar(contender, spread, y, widest))
            y += BAR + GAP
    height = y + 12
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" {FONT} fill="{INK}">',
            f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
            '<text x="16" y="26" font-size="15" font-weight="600">Orders a second, in parts of the limit L</text>',
            f'<text x="16" y="44" font-size="11" fill="{PALE_INK}">{escape(caption)}</text>',
            *parts,
            "</svg>\n",
        ]
    )


def groups_of(rounds: list[Round], contenders: Sequence[Contender], scenarios: Sequence[Scenario]) -> list[Group]:
    """Each scenario's title and bars; without the limit there are none."""
    groups = []
    for scenario in scenarios:
        ratios = {
            contender.name: ratio(rounds, (scenario.name, contender.name), limit_cell(scenario))
            for contender in contenders
        }
        bars = [(contender, spread) for contender in contenders if (spread := ratios[contender.name])]
        if bars:
            groups.append((scenario.title, bars))
    return groups


def bar(contender: Contender, spread: Spread, y: int, widest: float) -> str:
    """A contender's name, its bar with the spread as a line, and its value."""
    scale = (WIDTH - LEFT - RIGHT) / widest
    color = COLORS.get(contender.name, PEER_COLOR)
    middle = y + BAR / 2
    least, greatest = LEFT + spread.least * scale, LEFT + spread.greatest * scale
    return (
        f'<text x="{LEFT - 10}" y="{y + 11}" text-anchor="end">{escape(contender.title)}</text>'
        f'<rect x="{LEFT}" y="{y}" width="{spread.median * scale:.1f}" height="{BAR}" rx="2" fill="{color}"/>'
        f'<path d="M{least:.1f} {middle}H{greatest:.1f}M{least:.1f} {middle - 4}v8M{greatest:.1f} {middle - 4}v8" '
        f'stroke="{INK}" stroke-width="1" fill="none"/>'
        f'<text x="{greatest + 8:.1f}" y="{y + 11}">{spread.median:.3f}</text>'
    )
