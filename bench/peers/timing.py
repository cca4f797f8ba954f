"""What the rivals' workers share: how a work item is timed, and how a worker talks."""

import json
import sys
import time


def timed(once, seconds):
    """Milliseconds of each run: one to warm up, then at least three, until `seconds` are over."""
    once()
    times, begin = [], time.perf_counter()
    while len(times) < 3 or time.perf_counter() - begin < seconds:
        start = time.perf_counter()
        once()
        times.append((time.perf_counter() - start) * 1e3)
    times.sort()
    return {"best_ms": times[0], "p10_ms": times[len(times) // 10], "median_ms": times[len(times) // 2],
            "runs": len(times)}


def serve(name, version, answer):
    """Says who it is, then answers one JSON object a line; None is work that this rival does not do."""
    print(json.dumps({name: version}), flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line)) or {"skip": True}), flush=True)
