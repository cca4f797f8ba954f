"""Draws the charts of docs/performance.md: SVG that is readable on light and on dark pages."""

import math

STYLE = """<style>:root{color-scheme:light dark;--paper:#fff;--ink:#1c2128;--dim:#5a6470;--grid:#e6e9ed;--shade:#f1f4f8;\
--ours:#0072b2;--good:#009e73;--bad:#d55e00}@media(prefers-color-scheme:dark){:root{--paper:#14181d;--ink:#e6e9ed;\
--dim:#9aa5b1;--grid:#2a3038;--shade:#1c222a;--ours:#5cb6f2;--good:#3fd0a2;--bad:#ff8b3d}}\
text{font:12px system-ui,sans-serif;fill:var(--ink)}.dim{fill:var(--dim)}.head{font-weight:600}</style>"""


class Svg:
    def __init__(self, width, height, label):
        self.size, self.label, self.parts = (width, height), label, []

    def line(self, x1, y1, x2, y2, color="grid", width=1, dash=""):
        dash = f' stroke-dasharray="{dash}"' if dash else ""
        self.parts.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="var(--{color})" '
                          f'stroke-width="{width}"{dash}/>')

    def path(self, points, color, dash=""):
        dash = f' stroke-dasharray="{dash}"' if dash else ""
        at = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.parts.append(f'<polyline points="{at}" fill="none" stroke="var(--{color})" stroke-width="2"{dash}/>')

    def area(self, points, color):
        at = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.parts.append(f'<polygon points="{at}" fill="var(--{color})"/>')

    def dot(self, x, y, color, radius=3.5):
        self.parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="var(--{color})"/>')

    def text(self, x, y, text, anchor="start", kind=""):
        text = text.replace("&", "&amp;").replace("<", "&lt;")
        kind = f' class="{kind}"' if kind else ""
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{kind}>{text}</text>')

    def save(self, path):
        width, height = self.size
        head = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
                f'height="{height}" role="img" aria-label="{self.label}">{STYLE}'
                f'<rect width="100%" height="100%" fill="var(--paper)"/>\n')
        path.write_text(head + "\n".join(self.parts) + "\n</svg>\n")


def short(value):
    return f"{value:.3g}" if value < 1000 else f"{value:.0f}"


def ratios(groups, path):
    """groups: (title, [(label, ratio, goal or None)]): a line each, on a logarithmic scale from 1."""
    pitch, left, right, top = 17, 215, 60, 62
    lines = sum(len(entries) + 1.6 for _, entries in groups)
    width, height = 780, int(top + lines * pitch + 40)
    most = max(max(ratio, goal or 0) for _, entries in groups for _, ratio, goal in entries)
    least = min(.8, min(ratio for _, entries in groups for _, ratio, _ in entries)) * .95
    svg = Svg(width, height, "How many times faster Carousel is than the best rival, for every row")

    def x_of(ratio):
        share = math.log(ratio / least) / math.log(most * 1.05 / least)
        return left + share * (width - left - right)
    svg.text(12, 20, "Speed of Carousel over that of the best rival in the same run", kind="head")
    for at, color, text in ((12, "good", "goal reached, or none set"), (210, "ours", "ahead, short of the goal"),
                            (400, "bad", "behind a rival")):
        svg.dot(at + 4, 36, color)
        svg.text(at + 14, 40, text, kind="dim")
    svg.line(530, 30, 530, 42, "ink", 2)
    svg.text(538, 40, "goal", kind="dim")
    bottom = height - 34
    for tick in (.5, .8, 1, 1.5, 2, 3, 5, 10, 20, 50):
        if least <= tick <= most * 1.05:
            svg.line(x_of(tick), top - 8, x_of(tick), bottom, "dim" if tick == 1 else "grid")
            svg.text(x_of(tick), bottom + 14, f"{tick:g}", "middle", "dim")
    svg.text((left + width - right) / 2, height - 6, "ratio (logarithmic); 1 = as fast as the best rival", "middle", "dim")
    y = top + 8
    for title, entries in groups:
        svg.text(12, y, title, kind="head")
        y += pitch
        for label, ratio, goal in entries:
            color = "bad" if ratio < 1 else "ours" if goal and ratio < goal else "good"
            svg.text(left - 8, y, label, "end")
            svg.line(x_of(1), y - 4, x_of(ratio), y - 4, color, 3)
            svg.dot(x_of(ratio), y - 4, color)
            if goal:
                svg.line(x_of(goal), y - 10, x_of(goal), y + 2, "ink", 2)
            x = x_of(max(ratio, 1)) + 8
            if goal and x - 8 < x_of(goal) < x + 36:  # not over the goal's mark
                x = x_of(goal) + 8
            svg.text(x, y, f"{ratio:.2f}" if ratio < 10 else f"{ratio:.1f}", kind="dim")
            y += pitch
        y += .6 * pitch
    svg.save(path)


PANELS = (("steps", "steps T of a sequence", "B 16, I = H 128", 1), ("rows", "rows B of a batch", "T 128, I = H 128", 1),
          ("layers", "layers on each other", "T 128, B 16, I = H 128", 1),
          ("units", "units H (= inputs I)", "T 128, B 16", 2))


def growth(sweeps, path):
    """Four panels, both scales logarithmic: time over size, beside what is proportional to the last point."""
    wide, high, gap = 380, 260, 10
    svg = Svg(2 * wide + gap, 2 * high + 30, "Time of a training step over steps, rows, layers and units")
    svg.text(12, 20, "Milliseconds of an LSTM's training step: forward, backward, all gradients", kind="head")
    for place, (name, axis, fixed, power) in enumerate(PANELS):
        points = sweeps[name]
        x0, y0 = (place % 2) * (wide + gap) + 52, (place // 2) * high + 56
        w, h = wide - 84, high - 92
        (low, _), (high_at, last) = points[0], points[-1]
        reference = [(at, last * (at / high_at) ** power) for at, _ in points]
        least, most = min(v for _, v in points + reference), max(v for _, v in points + reference)
        least, most = least / 1.25, most * 1.25

        def at_of(at, value):
            return (x0 + w * math.log(at / low) / math.log(high_at / low),
                    y0 + h - h * math.log(value / least) / math.log(most / least))
        svg.text(x0, y0 - 12, fixed, kind="dim")
        for decade in range(math.floor(math.log10(least)), math.ceil(math.log10(most)) + 1):
            for digit in (1, 2, 5) if most / least < 200 else (1,):
                tick = digit * 10 ** decade
                if least <= tick <= most:
                    y = at_of(low, tick)[1]
                    svg.line(x0, y, x0 + w, y)
                    svg.text(x0 - 6, y + 4, f"{tick:g}", "end", "dim")
        for at, _ in points:
            x = at_of(at, least)[0]
            svg.line(x, y0 + h, x, y0 + h + 4, "dim")
            svg.text(x, y0 + h + 17, f"{at:g}", "middle", "dim")
        svg.text(x0 + w / 2, y0 + h + 33, axis, "middle")
        svg.text(x0 - 6, y0 - 12, "ms", "end", "dim")
        svg.path([at_of(*p) for p in reference], "dim", "4 4")
        svg.path([at_of(*p) for p in points], "ours")
        for point in points:
            svg.dot(*at_of(*point), "ours", 3)
        end = at_of(*points[-1])
        svg.text(end[0] - 8, end[1] - 8, f"{short(last)} ms", "end")
        middle = reference[len(reference) // 2]
        x, y = at_of(*middle)
        svg.text(x + 10, y + 18, "proportional" if power == 1 else "proportional to H²", kind="dim")
    svg.save(path)


def ragged(points, path):
    """points: (share of the frames that are valid, ms), the last of all frames."""
    width, height, x0, y0, w, h = 600, 330, 60, 46, 430, 220
    full = points[-1][1]
    svg = Svg(width, height, "Time of ragged batches over the share of valid frames")
    svg.text(12, 20, "A ragged batch, as a share of the full batch's time", kind="head")

    def at_of(share, part):
        return x0 + w * share, y0 + h - h * min(part, 1.2) / 1.2
    svg.area([at_of(0, 0), at_of(1, 1), at_of(1, 1.15)], "shade")
    for tick in (0, .2, .4, .6, .8, 1):
        x, y = at_of(tick, tick)
        svg.line(x0, y, x0 + w, y)
        svg.text(x0 - 8, y + 4, f"{100 * tick:.0f} %", "end", "dim")
        svg.line(x, y0 + h, x, y0 + h + 4, "dim")
        svg.text(x, y0 + h + 18, f"{100 * tick:.0f} %", "middle", "dim")
    svg.path([at_of(0, 0), at_of(1, 1)], "dim", "4 4")
    svg.path([at_of(share, ms / full) for share, ms in points], "ours")
    for share, ms in points:
        svg.dot(*at_of(share, ms / full), "ours")
    x, y = at_of(.62, .62)
    svg.text(x + 12, y + 12, "as many frames, as much time", kind="dim")
    x, y = at_of(.5, dict(points).get(.5, full / 2) / full)
    svg.text(x - 10, y - 12, "measured (shaded: within 1.15)", "end")
    svg.text(x0 + w / 2, height - 28, "frames within the rows' lengths, of all T x B frames", "middle")
    svg.text(x0 + w / 2, height - 10, "LSTM training, T 128, B 32, I = H 64; lengths in no order", "middle", "dim")
    svg.save(path)
