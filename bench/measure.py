"""How bench/run measures: rivals as processes of their own, rows in turns, sweeps, and the machine itself."""

import json
import pathlib
import statistics
import subprocess
import sys

import rows as table

DROPPED = 1.5  # a rival that is so many times slower than the best one in the first round leaves the others alone


class Worker:
    """A rival in a process of its own, kept for the whole run."""

    def __init__(self, *command):
        self.command = [*map(str, command)]
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)
        line = self.process.stdout.readline()
        if not line:
            raise OSError(f"{command[-1]} does not start")
        (self.name, self.version), = json.loads(line).items()

    def ask(self, **item):
        """Its answer; a worker that has died skips all that comes."""
        if self.process.poll() is None:
            self.process.stdin.write(json.dumps(item) + "\n")
            self.process.stdin.flush()
            if line := self.process.stdout.readline():
                return json.loads(line)
            self.process.wait()
            print(f"\nrun: {self.name}'s worker has died of {item}: left out from here", file=sys.stderr)
        return {"skip": True}

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def carousel(*arguments):
    """The JSON objects that a run of the program prints, one a line."""
    done = subprocess.run([*map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"run: {' '.join(map(str, arguments))} ended with status {done.returncode}\n{done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def processor():
    try:
        text = pathlib.Path("/proc/cpuinfo").read_text()
        return next(line.split(":")[1].strip() for line in text.splitlines() if line.startswith("model name"))
    except (OSError, StopIteration):
        return "unknown processor"


def progress(text):
    print(f"\r{text:90}", end="", file=sys.stderr, flush=True)


def best_of(bursts):
    return min(bursts, key=lambda b: b["best_ms"])


def p10_of(bursts):
    return statistics.median(b["p10_ms"] for b in bursts)


def ours(args, row, seconds):
    bursts = [carousel(args.program, "bench", *row.flags(), "--threads", threads, "--seconds", seconds, "--json")[-1]
              for threads in row.threads or (args.threads,)]
    return best_of(bursts)


def theirs(args, worker, row, lengths, seconds, enough):
    bursts = []
    for threads in row.threads or (args.threads,):
        burst = worker.ask(**row.item(), lengths=lengths, threads=threads, seconds=seconds / len(row.threads or (1,)),
                           enough=enough)
        if "skip" not in burst:
            bursts.append({"threads": threads, **burst})
    return best_of(bursts) if bursts else None


def ceilings(found, more):
    """Of two measurements of the machine, the larger of each number."""
    if not found:
        return more
    for key in ("one_thread_gflops", "all_threads_gflops"):
        found[key] = max(found[key], more[key])
    for level, other in zip(found["levels"], more["levels"]):
        for key in ("one_thread_gbs", "all_threads_gbs"):
            level[key] = max(level[key], other[key])
    return found


def compare(args, workers, rows):
    """The ceilings and every row: in each round everybody gets one burst of every row."""
    mine = {row: [] for row in rows}
    others = {row: {worker.name: [] for worker in workers} for row in rows}
    asked = {row: list(workers) for row in rows}
    products, machine = {}, None
    plain = next((worker for worker in workers if worker.name == "PyTorch"), None)
    for number in range(args.rounds):
        machine = ceilings(machine, carousel(args.program, "bench", "--roofline", "--threads", args.threads, "--seconds",
                                             max(1, 2 * args.seconds), "--json")[-1])
        measured = set()
        for place, row in enumerate(rows):
            progress(f"round {number + 1} of {args.rounds}, row {place + 1} of {len(rows)}: {row.name}")
            mine[row].append(ours(args, row, args.seconds))
            lengths = mine[row][-1]["lengths"]
            for worker in asked[row]:
                reached = [b["best_ms"] for bursts in (mine[row], *others[row].values()) for b in bursts]
                if burst := theirs(args, worker, row, lengths, args.seconds, min(reached)):
                    others[row][worker.name].append(burst)
            there = {worker: best_of(others[row][worker.name])["best_ms"] for worker in asked[row]
                     if others[row][worker.name]}
            if number == 0 and there:
                asked[row] = [worker for worker in there if there[worker] <= DROPPED * min(there.values())]
            if plain and row.work != "stream" and row.product not in measured:
                m, k, n = row.product
                burst = plain.ask(work="product", shape=(m, 1, k, n), threads=args.threads, seconds=.3 * args.seconds)
                rate = 2e-6 * m * k * n / burst.get("best_ms", float("inf"))
                products[row.product] = max(products.get(row.product, 0), rate)
                measured.add(row.product)
    found = []
    for row in rows:
        bursts = {name: b for name, b in others[row].items() if b}
        own = best_of(mine[row])
        entry = {"name": row.name, "cell": row.cell, "work": row.work, "shape": row.shape, "layers": row.layers,
                 "bidirectional": row.bidirectional, "ragged": row.ragged, "goal": row.goal,
                 "product_goal": row.product_goal, "best_ms": own["best_ms"], "p10_ms": p10_of(mine[row]),
                 "threads": own["threads"], "runs": sum(b["runs"] for b in mine[row]), "gflops": own["gflops"],
                 "product_gflops": products.get(row.product),
                 "rivals_best_ms": {name: best_of(b)["best_ms"] for name, b in bursts.items()}}
        if bursts:
            rival = min(bursts, key=lambda name: best_of(bursts[name])["best_ms"])
            other = best_of(bursts[rival])
            entry |= {"rival": rival, "rival_form": other["form"], "rival_best_ms": other["best_ms"],
                      "rival_p10_ms": p10_of(bursts[rival]), "ratio_best": other["best_ms"] / own["best_ms"],
                      "ratio_p10": p10_of(bursts[rival]) / p10_of(mine[row])}
        found.append(entry)
    return machine, found


def sweeps(args):
    """Carousel alone: how its time grows. Milliseconds, best of all rounds."""
    found = {}
    points = [p for p in table.sweep_points() if args.only in f"sweep {p[0]}"]
    for number in range(min(args.rounds, 3)):
        for name, at, row in points:
            progress(f"sweeps, round {number + 1}: {name} {at}")
            ms = ours(args, row, .3 * args.seconds)["best_ms"]
            places = found.setdefault(name, {})
            places[at] = min(ms, places.get(at, ms))
    return {name: sorted(places.items()) for name, places in found.items()}
