"""What the rivals' workers share: how a work item is timed, and how a worker talks."""

import json
import sys
import time

LONG = 3  # seconds that three runs may take


def timed(once, seconds):
    """Milliseconds of each run: one to warm up, then until `seconds` are over, and three at least; fewer of very long ones."""
    once()
    times, begin = [], time.perf_counter()
    while (over := time.perf_counter() - begin) < seconds or len(times) < 3 and over < LONG or not times:
        start = time.perf_counter()
        once()
        times.append((time.perf_counter() - start) * 1e3)
    times.sort()
    return {"best_ms": times[0], "p10_ms": times[len(times) // 10], "median_ms": times[len(times) // 2],
            "runs": len(times)}


def best_form(item, forms, runner):
    """The best of several forms of the same work. Where one is more than three times slower than what others of this row
    have reached ("enough", ms), the forms after it are not tried: none gains that much."""
    found = []
    for form in forms:
        found.append({**timed(runner(item, form), item["seconds"] / len(forms)), "form": form})
        if found[-1]["best_ms"] > 3 * item.get("enough", float("inf")):
            break
    return min(found, key=lambda r: r["best_ms"])


def serve(name, version, answer):
    """Says who it is, then answers one JSON object a line; None is work that this rival does not do."""
    print(json.dumps({name: version}), flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line)) or {"skip": True}), flush=True)
