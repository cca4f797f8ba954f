"""The measured part of docs/performance.md: tables and charts of what bench/run found."""

import re
import sys

import charts
from rows import GATES

SECTIONS = (("Training", lambda r: r["work"] == "train" and plain(r)),
            ("Training, further forms", lambda r: r["work"] == "train" and not plain(r)),
            ("Inference", lambda r: r["work"] == "infer"),
            ("Streaming: a step at a time, the state carried on", lambda r: r["work"] == "stream"))
UNITS = {"MNIST": "s", "S&P 500": "s", "characters": "/s", "generating": "/s", "ragged": "/s"}


def plain(r):
    return r["cell"] != "peephole-lstm" and r["layers"] == 1 and not r["bidirectional"] and not r["ragged"]


def number(value):
    return f"{value:.3f}" if value < 1 else f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 1000 else f"{value:.0f}"


def mark(reached):
    return "yes" if reached else "**no**"


def goal_text(ratio, goal):
    return f"{goal:g}: {mark(ratio >= goal)}" if goal else ""


def shape_text(r):
    return ",".join(map(str, r["shape"]))


def what_text(r):
    words = [r["cell"]]
    if r["bidirectional"]:
        words.append("both directions")
    if r["layers"] > 1:
        words.append(f"{r['layers']} layers")
    if r["ragged"]:
        words.append(f"ragged, {100 * r['ragged']:.0f} % of the frames valid")
    return ", ".join(words)


def rivals_of(rows, found):
    return [name for name in found["rivals"] if any(name in r["rivals_best_ms"] for r in rows)]


def table(header, lines):
    return ["| " + " | ".join(header) + " |", "|---" * len(header) + "|", *("| " + " | ".join(line) + " |" for line in lines)]


def rows_table(rows, found):
    peak, rivals = found["ceilings"]["all_threads_gflops"], rivals_of(rows, found)
    lines = []
    for r in rows:
        product = f"{100 * r['gflops'] / r['product_gflops']:.0f} %" if r["product_gflops"] else ""
        if r["product_goal"] and r["product_gflops"]:
            product += f" ({100 * r['product_goal']:.0f}: {mark(r['gflops'] >= r['product_goal'] * r['product_gflops'])})"
        theirs = [number(r["rivals_best_ms"][name]) if name in r["rivals_best_ms"] else "" for name in rivals]
        ratios = [f"{r['ratio_best']:.2f}", f"{r['ratio_p10']:.2f}", goal_text(r["ratio_best"], r["goal"])]
        lines.append([what_text(r), shape_text(r), f"{number(r['best_ms'])} / {number(r['p10_ms'])}", str(r["runs"]),
                      f"{r['gflops']:.0f}", f"{100 * r['gflops'] / peak:.0f} %", product, *theirs, *(ratios if "ratio_best" in r else [""] * 3)])
    return table(["cell", "T,B,I,H", "Carousel best / p10 ms", "runs", "GF/s", "of the peak", "of the plain product", *rivals,
                  "ratio best", "ratio p10", "goal"], lines)


def reading(r, ceilings):
    """The rate at which a step's weights are read, of the rate measured for the level that they are in."""
    T, _, I, H = r["shape"]
    weights = 4 * GATES[r["cell"]] * (I + H) * H
    level = next((level for level in ceilings["levels"] if weights / r["threads"] <= 2 * level["bytes_a_thread"]),
                 ceilings["levels"][-1])
    rate = level["all_threads_gbs" if r["threads"] > 1 else "one_thread_gbs"]
    return f"{100 * T * weights / (1e6 * r['best_ms']) / rate:.0f} % of {level['name']}"


def stream_table(rows, found):
    rivals = rivals_of(rows, found)
    lines = []
    for r in rows:
        def step(ms):
            return number(1e3 * ms / r["shape"][0])
        theirs = [step(r["rivals_best_ms"][name]) if name in r["rivals_best_ms"] else "" for name in rivals]
        ratios = [f"{r['ratio_best']:.2f}", f"{r['ratio_p10']:.2f}", goal_text(r["ratio_best"], r["goal"])]
        lines.append([r["cell"], str(r["shape"][3]), str(r["threads"]), f"{step(r['best_ms'])} / {step(r['p10_ms'])}",
                      reading(r, found["ceilings"]), *theirs, *(ratios if "ratio_best" in r else [""] * 3)])
    return table(["cell", "I = H", "threads", "Carousel best / p10 µs", "rate of reading the weights", *rivals, "ratio best",
                  "ratio p10", "goal"], lines)


def ceilings_table(ceilings):
    threads = f"{ceilings['threads']} threads"
    lines = [["multiply-adds, 32-bit numbers, " + ceilings["target"], f"{ceilings['one_thread_gflops']:.0f} GF/s",
              f"{ceilings['all_threads_gflops']:.0f} GF/s"]]
    lines += [[f"reading from {level['name']} ({level['bytes_a_thread'] >> 10} KiB a thread)",
               f"{level['one_thread_gbs']:.0f} GB/s", f"{level['all_threads_gbs']:.0f} GB/s"] for level in ceilings["levels"]]
    return table(["ceiling", "1 thread", threads], lines)


def jobs_table(jobs):
    lines = []
    for job in jobs:
        if "ratio" in job:
            unit = UNITS[job["name"]]
            theirs = ", ".join(f"{name} {number(value)}{unit if unit[0] == '/' else ' ' + unit}"
                               for name, value in job["rivals"].items())
            own = number(job["carousel"]) + (unit if unit[0] == "/" else " " + unit)
            lines.append([f"{job['name']}: {job['what']}", own, theirs, f"{job['ratio']:.2f}",
                          goal_text(job["ratio"], job["goal"])])
        elif "first" in job:
            own, other = job["first"]["Carousel"], job["first"]["ONNX Runtime"]
            reached = own["seconds"] <= .015 and own["memory_kib"] <= 15e6 / 1024
            lines.append(["start to first prediction of a saved LSTM(32): time and memory of the process",
                          f"{1e3 * own['seconds']:.1f} ms, {own['memory_kib'] * 1024e-6:.1f} MB",
                          f"ONNX Runtime {1e3 * other['seconds']:.0f} ms, {other['memory_kib'] * 1024e-6:.0f} MB (from "
                          "Python)", f"{other['seconds'] / own['seconds']:.0f}", f"15 ms, 15 MB: {mark(reached)}"])
        else:
            size = {component: bytes / 1e6 for component, bytes in job["bytes"].items()}
            lines.append(["installed: the program, all that runs need (`cmake --install --component program`)",
                          f"{size['program']:.1f} MB; headers and static library for programs of one's own "
                          f"{size['development']:.1f} MB more", "", "", f"10 MB: {mark(size['program'] <= 10)}"])
    return table(["job", "Carousel", "rivals", "ratio", "goal"], lines)


def promises(found):
    """Goals of our own that no rival has part in."""
    rows = {r["name"]: r for r in found["rows"]}
    lines = []
    plain_cell, peephole = (rows.get(f"{cell} train 128,32,64,64") for cell in ("lstm", "peephole-lstm"))
    if plain_cell and peephole:
        times = peephole["best_ms"] / plain_cell["best_ms"]
        lines.append(["peephole LSTM over the plain one, training, 128,32,64,64", f"{times:.2f}",
                      f"at most 1.15: {mark(times <= 1.15)}"])
    if points := found["sweeps"].get("ragged"):
        full = points[-1][1]
        worst = max(ms / full / share for share, ms in points)
        lines.append(["ragged batches over (valid frames / all frames) x the full batch, the worst of "
                      f"{len(points) - 1} shares", f"{worst:.2f}", f"at most 1.15: {mark(worst <= 1.15)}"])
    for name, first in (("steps", 64), ("rows", 16), ("layers", 1)):
        if points := [p for p in found["sweeps"].get(name, []) if p[0] >= first]:
            each = [ms / at for at, ms in points]
            lines.append([f"time over {name}, from {points[0][0]} to {points[-1][0]}: the dearest {name[:-1]} over the "
                          "cheapest", f"{max(each) / min(each):.2f}", f"at most 1.25: {mark(max(each) / min(each) <= 1.25)}"])
    return table(["promise", "measured", "goal"], lines) if lines else []


def order_table(order):
    return table(["product, two threads", "one order, ms", "cut between the threads, ms", "what the order costs"],
                 [[o["product"], number(o["fixed_ms"]), number(o["cut_ms"]), f"{100 * (o['cost'] - 1):+.0f} %"] for o in order])


def text_of(found):
    rivals = ", ".join(f"{name} {version}" for name, version in found["rivals"].items())
    goals = [(r["ratio_best"], r["goal"]) for r in found["rows"] if r["goal"] and "ratio_best" in r]
    goals += [(job["ratio"], job["goal"]) for job in found["jobs"] if "ratio" in job]
    ahead = [r for r in found["rows"] if "ratio_best" in r]
    lines = [f"{found['machine']}, {found['threads']} threads, {found['ceilings']['target']}; {found['date']}; rivals: "
             f"{rivals}. `{found['command']}`: {found['rounds']} rounds of {found['seconds']} s, {found['minutes']:.0f} "
             "minutes in all.", "",
             f"Carousel is ahead of every rival in {sum(r['ratio_best'] > 1 for r in ahead)} of {len(ahead)} rows, and "
             f"reaches {sum(ratio >= goal for ratio, goal in goals)} of {len(goals)} goals.", "",
             *ceilings_table(found["ceilings"]), ""]
    if ahead:
        lines += ["![for every row, how many times faster than the best rival](images/ratios.svg)", ""]
    for title, of in SECTIONS:
        if rows := [r for r in found["rows"] if of(r)]:
            lines += [f"### {title}", "", *(stream_table if rows[0]["work"] == "stream" else rows_table)(rows, found), ""]
    if found["jobs"]:
        lines += ["### Jobs", "", *jobs_table(found["jobs"]), ""]
    if more := promises(found):
        lines += ["### Linear cost, ragged rows, peepholes", "", *more, ""]
    if all(name in found["sweeps"] for name, *_ in charts.PANELS):
        lines += ["![milliseconds over steps, rows, layers and units](images/growth.svg)", ""]
    if "ragged" in found["sweeps"]:
        lines += ["![time of ragged batches over the share of valid frames](images/ragged.svg)", ""]
    if found.get("order"):
        lines += ["### What equal bits cost", "", *order_table(found["order"]), ""]
    return "\n".join(lines).rstrip() + "\n"


def draw(found, folder):
    groups = []
    for title, of in SECTIONS:
        for cell in ("lstm", "gru", "") if "Streaming" not in title and "further" not in title else ("",):
            rows = [r for r in found["rows"] if of(r) and "ratio_best" in r and (not cell or r["cell"] == cell)]
            rows = [r for r in rows if cell or "Streaming" in title or "further" in title]
            if rows:
                def label(r, cell=cell):
                    if r["work"] == "stream":
                        return f"{r['cell']} {r['shape'][3]}"
                    return shape_text(r) if cell else what_text(r).replace(" of the frames valid", "")
                name = f"{title.split(':')[0]}{', ' + cell.upper() if cell else ''}"
                groups.append((name, [(label(r), r["ratio_best"], r["goal"]) for r in rows]))
    jobs = [(job["name"], job["ratio"], job["goal"]) for job in found["jobs"] if "ratio" in job]
    if jobs:
        groups.append(("Jobs", jobs))
    if groups:
        charts.ratios(groups, folder / "ratios.svg")
    if all(name in found["sweeps"] for name, *_ in charts.PANELS):
        charts.growth(found["sweeps"], folder / "growth.svg")
    if "ragged" in found["sweeps"]:
        charts.ragged(found["sweeps"]["ragged"], folder / "ragged.svg")


def write(found, docs):
    draw(found, docs / "images")
    file = docs / "performance.md"
    text, times = re.subn(r"(<!-- bench/run -->\n).*(<!-- end -->)", lambda m: m[1] + text_of(found) + m[2],
                          file.read_text(), flags=re.S)
    if times != 1:
        sys.exit(f"run: {file} does not have the two marks around what is measured")
    file.write_text(text)
