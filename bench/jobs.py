"""Whole jobs, as a user has them: Carousel's program and PyTorch by turns, each job as often as asked."""

import json
import pathlib
import subprocess
import sys
import tempfile
import time

from measure import Worker, carousel, progress

PEERS = pathlib.Path(__file__).resolve().parent / "peers"
EXAMPLES = pathlib.Path(__file__).resolve().parents[1] / "examples"

HEAD = """[data]
file = "{x}"
target = "{y}"
{more}
scale = "none"
split = {{ test = 0.0, validation = 0.0 }}
"""
TAIL = """
[train]
loss = "{loss}"
optimizer = {{ kind = "adam", rate = 1e-3 }}
batch = {batch}
epochs = 1
seed = {seed}
threads = {threads}
"""


def recurrent(cell, units, returns):
    return f'\n[[layer]]\nkind = "{cell}"\nunits = {units}\nreturns = "{returns}"\n'


def dense(units):
    return f'\n[[layer]]\nkind = "dense"\nunits = {units}\n'


class Jobs:
    def __init__(self, args, workers, folder):
        self.args, self.folder = args, folder
        self.torch = next((worker for worker in workers if worker.name == "PyTorch"), None)
        self.onnx = next((worker for worker in workers if worker.name == "ONNX Runtime"), None)
        self.session = args.program.parent / "examples/bench_session"
        self.found = []

    def train(self, settings, run="run", file=()):
        """Seconds of the one epoch, from its first batch to its last update."""
        lines = carousel(self.args.program, "train", *file, *settings, "--out", self.folder / run, "--force", "--json",
                         "--threads", self.args.threads)
        return [line["seconds"] for line in lines if line.get("event") == "epoch"][-1]

    def by_turns(self, name, what, goal, mine, others, better="less"):
        """mine and others (by name): functions that give seconds, or a rate where more is better."""
        best = min if better == "less" else max
        own, theirs = None, {}
        for number in range(self.args.job_rounds):
            progress(f"job {name}, round {number + 1} of {self.args.job_rounds}")
            value = mine(number)
            own = value if own is None else best(own, value)
            for rival, run in others.items():
                theirs[rival] = best(value := run(), theirs.get(rival, value))
        rival = best(theirs, key=theirs.get)
        ratio = theirs[rival] / own if better == "less" else own / theirs[rival]
        self.found.append({"name": name, "what": what, "goal": goal, "carousel": own, "rivals": theirs, "rival": rival,
                           "ratio": ratio, "rounds": self.args.job_rounds, "better": better})

    def settings(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def ask(self, key="seconds", **item):
        return lambda: self.torch.ask(threads=self.args.threads, **item)[key]

    def mnist(self):
        if self.args.only not in "job MNIST":
            return None
        images = self.args.data / "mnist/train-images-idx3-ubyte.gz"
        if not self.torch or not images.exists():
            return "MNIST is not there"

        def mine(number):
            text = (HEAD.format(x=images, y=str(images).replace("images-idx3", "labels-idx1"), more="") +
                    recurrent("lstm", 128, "last") + dense(10) +
                    TAIL.format(loss="cross_entropy", batch=128, seed=number + 1, threads=self.args.threads))
            return self.train([self.settings("mnist.toml", text)])
        self.by_turns("MNIST", "seconds an epoch: 60,000 images row by row, batch 128, LSTM(128), Dense(10), Adam", 1.8,
                      mine, {"PyTorch": self.ask(work="mnist-epoch", file=str(images))})

    def arrays(self, *what):
        """What peers/job_data.py makes; numpy is the rivals' Python's."""
        done = subprocess.run([self.args.python, PEERS / "job_data.py", what[0], self.folder, *map(str, what[1:])],
                              stdout=subprocess.PIPE, check=True)
        return json.loads(done.stdout)

    def characters(self, steps=6, batch=64, T=100, units=512):
        file = self.args.data / "text/tinyshakespeare_input.txt"
        if not self.torch or not file.exists():
            return "the text is not there"
        if not any(self.args.only in f"job {name}" for name in ("characters", "generating")):
            return None
        kinds = self.arrays("text", file, steps * batch, T)["kinds"]
        x, y = self.folder / "text.npy", self.folder / "next.npy"
        characters = steps * batch * T

        def mine(number):
            layers = 2 * recurrent("lstm", units, "sequence") + dense(kinds)
            tail = TAIL.format(loss="cross_entropy", batch=batch, seed=number + 1, threads=self.args.threads)
            file = self.settings("text.toml", HEAD.format(x=x, y=y, more="") + layers + tail)
            return characters / self.train([file], "text")
        rival = self.ask(work="characters", x=str(x), classes=str(y))
        self.by_turns("characters", f"characters a second: 2 x LSTM({units}), batch {batch}, T {T}, {steps} steps, Adam",
                      1.5, mine, {"PyTorch": lambda: characters / rival()}, "more")
        model = self.folder / "text/model.safetensors"
        if not model.exists() or not self.session.exists():
            return f"{self.session} is not there: generating is left out"
        count = 300

        def generated(_):
            rates = [count / json.loads(subprocess.run([self.session, model, str(count), str(threads)], check=True,
                                                       stdout=subprocess.PIPE).stdout)["seconds"]
                     for threads in {1, self.args.threads}]
            return max(rates)
        rival = self.ask(work="generate", kinds=kinds, count=count)
        self.by_turns("generating", "characters a second, one by one, from the same network", 8, generated,
                      {"PyTorch": lambda: count / rival()}, "more")
        return None

    def ragged(self, steps=12, batch=32):
        if not self.torch or self.args.only not in "job ragged":
            return None
        self.arrays("keys", steps * batch)
        names = {name: self.folder / f"{name}.npy" for name in ("keys", "next_keys", "lengths")}

        def mine(number):
            text = (HEAD.format(x=names["keys"], y=names["next_keys"], more=f'lengths = "{names["lengths"]}"') +
                    recurrent("gru", 200, "sequence") + dense(88) +
                    TAIL.format(loss="binary_cross_entropy", batch=batch, seed=number + 1, threads=self.args.threads))
            return steps / self.train([self.settings("keys.toml", text)])

        def theirs(form):
            run = self.ask(work="ragged", x=str(names["keys"]), target=str(names["next_keys"]),
                           lengths=str(names["lengths"]), forms=[form])
            return lambda: steps / run()
        self.by_turns("ragged", "steps a second: GRU(200), 88 in and out, 32 sequences of 50 to 150 steps, Adam", 5, mine,
                      {"PyTorch, padded": theirs("padded"), "PyTorch, packed": theirs("packed")}, "more")

    def sp500(self):
        file = self.args.data / "sp500/sp500.csv"
        if self.args.only not in "job S&P 500":
            return None
        if not file.exists():
            return "the S&P 500's closes are not there"
        settings = ["--settings", EXAMPLES / "sp500/settings.toml"]

        def fresh(*command):
            def run():
                worker = Worker(self.args.python, *command)
                seconds = worker.ask(work="sp500", cell="", file=str(file), count=3523, threads=self.args.threads)["seconds"]
                worker.close()
                return seconds
            return run
        others = {"PyTorch": fresh(PEERS / "torch_rnn.py")} if self.torch else {}
        if "Keras" in self.args.there:
            others["Keras"] = fresh(PEERS / "keras_rnn.py", self.args.threads)
        self.by_turns("S&P 500", "seconds of the first epoch of a process: LSTM(50), LSTM(100), dropout, batch 512, RMSprop",
                      5, lambda number: self.train(settings, file=[file]), others)

    def first_prediction(self):
        if self.args.only not in "job first prediction":
            return None
        if not self.onnx or not self.session.exists():
            return "ONNX Runtime or bench_session is not there"
        self.arrays("first")
        x, y = self.folder / "x.npy", self.folder / "y.npy"
        text = (HEAD.format(x=x, y=y, more="") + recurrent("lstm", 32, "last") +
                TAIL.format(loss="mse", batch=8, seed=1, threads=1))
        self.train([self.settings("first.toml", text)], "first")
        model, graph = self.folder / "first/model.safetensors", self.folder / "lstm.onnx"
        self.onnx.ask(work="save", cell="lstm", shape=(1, 1, 32, 32), file=str(graph))
        commands = {"Carousel": [self.session, model, "1"],
                    "ONNX Runtime": [self.args.python, PEERS / "onnx_first.py", graph]}
        found = {name: {"seconds": 1e9, "memory_kib": 0} for name in commands}
        for _ in range(10):
            for name, command in commands.items():
                start = time.perf_counter()
                with subprocess.Popen([*map(str, command)], stdout=subprocess.PIPE, text=True) as process:
                    line = process.stdout.readline()
                    found[name]["seconds"] = min(found[name]["seconds"], time.perf_counter() - start)
                found[name]["memory_kib"] = max(found[name]["memory_kib"], json.loads(line)["memory_kib"])
        self.found.append({"name": "first prediction", "first": found})
        return None

    def installed(self):
        if self.args.only not in "job installed":
            return None
        with tempfile.TemporaryDirectory() as folder:
            sizes = {}
            for component in "program", "development":
                place = pathlib.Path(folder, component)
                done = subprocess.run(["cmake", "--install", self.args.program.parent, "--strip", "--component", component,
                                       "--prefix", place], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
                if done.returncode or not place.exists():
                    return f"{self.args.program.parent} does not install: its size is left out"
                sizes[component] = sum(path.stat().st_size for path in place.rglob("*") if path.is_file())
        self.found.append({"name": "installed", "bytes": sizes})
        return None


def run_jobs(args, workers):
    with tempfile.TemporaryDirectory() as folder:
        jobs = Jobs(args, workers, pathlib.Path(folder))
        for job in jobs.mnist, jobs.characters, jobs.ragged, jobs.sp500, jobs.first_prediction, jobs.installed:
            if left_out := job():
                print(f"\nrun: job left out: {left_out}", file=sys.stderr)
    return jobs.found
