# Opens the event files of real runs with the real tensorboard package: it must give back the run's own numbers.
"""usage: test_tensorboard.py PROGRAM; exits with 77 where no Python has tensorboard (PEERS_PYTHON names one)."""
import collections
import csv
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).parent.parent.parent
PROGRAM = pathlib.Path(sys.argv[1]).resolve()

try:
    import numpy as np
    from tensorboard.backend.event_processing import event_file_loader, io_wrapper
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
except ImportError:
    for python in (os.environ.get("PEERS_PYTHON"), ROOT / "build/peers/venv/bin/python"):
        if python and os.path.exists(python) and "CAROUSEL_LOOKED" not in os.environ:
            os.environ["CAROUSEL_LOOKED"] = "yes"
            os.execv(python, [str(python), *sys.argv])
    print("skipped: no tensorboard in this Python; PEERS_PYTHON names one that has it")
    sys.exit(77)


def read_model(path):
    """{name: numbers} of a model file's weights, read without Carousel."""
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + size])
    prefix = "members.0."
    return {name[len(prefix):]: np.frombuffer(data[8 + size:][slice(*entry["data_offsets"])], "<f4")
            for name, entry in header.items() if name.startswith(prefix)}


def counts_between(numbers, left, right, last):
    return int(((numbers >= left) & ((numbers <= right) if last else (numbers < right))).sum())


class TensorBoard(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "data").symlink_to(ROOT / "data")

    def carousel(self, *words):
        done = subprocess.run([PROGRAM, *map(str, words)], cwd=self.folder, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stderr

    def train(self, name, *more):
        return self.carousel("train", "data/co2.csv", "--target", "co2", "--window", 12, "--units", "8,4", "--epochs", 4,
                             "--keep", "last", "--clip-norm", 0.3, "--tensorboard", "--out", name, *more)

    def opened(self, name):
        accumulator = EventAccumulator(str(self.folder / name), {"scalars": 0, "histograms": 0, "tensors": 0})
        accumulator.Reload()
        return accumulator

    def check(self, name):
        run = self.folder / name
        log = self.opened(name)
        scalars = {tag: {event.step: event.value for event in log.Scalars(tag)} for tag in log.Tags()["scalars"]}
        for tag in scalars:  # a step that were there twice would be lost in the dictionary
            self.assertEqual(len(log.Scalars(tag)), len(scalars[tag]), tag)
        history = list(csv.DictReader((run / "history.csv").read_text().splitlines()))
        self.assertEqual(len(history), 4)
        for tag, column in (("loss/train", "train_loss"), ("loss/validation", "validation_loss")):
            self.assertEqual(scalars[tag], {int(row["step"]): float(np.float32(row[column])) for row in history})
        self.assertEqual(list(scalars["optimizer/rate"].values()), [float(np.float32(0.001))] * 4)
        norms = list(csv.DictReader((run / "gradients.csv").read_text().splitlines()))
        self.assertEqual([int(row["steps"]) for row in norms], [1] * len(norms))
        self.assertEqual(list(scalars["gradient/norm"]), [int(row["step"]) for row in norms])
        np.testing.assert_allclose(list(scalars["gradient/norm"].values()), [float(row["mean"]) for row in norms], 1e-6)
        self.assertEqual(list(scalars["gradient/clipped"].values()), [float(row["clipped"]) for row in norms])
        self.assertEqual(list(scalars["gradient/clipped"].values()), [float(float(row["mean"]) > 0.3) for row in norms])
        self.assertEqual(set(scalars["gradient/clipped"].values()), {0.0, 1.0})

        # The histograms of the last epoch, counted anew from the weights as the checkpoint holds them.
        weights = read_model(run / "last.safetensors")
        self.assertEqual(set(log.Tags()["histograms"]),
                         {f"{kind}/{name}" for kind in ("weights", "gradients") for name in weights})
        for tensor, numbers in weights.items():
            events = log.Histograms(f"weights/{tensor}")
            self.assertEqual([event.step for event in events], [int(row["step"]) for row in history])
            histogram = events[-1].histogram_value
            self.assertEqual(histogram.num, numbers.size)
            self.assertEqual((histogram.min, histogram.max), (numbers.min(), numbers.max()))
            self.assertAlmostEqual(histogram.sum, numbers.astype(float).sum(), places=9)
            edges = [-np.inf, *histogram.bucket_limit]
            counted = [counts_between(numbers, *edges[i:i + 2], False) for i in range(len(histogram.bucket))]
            self.assertEqual(list(histogram.bucket), counted, tensor)
            self.assertEqual(sum(counted), numbers.size)
        # The squares of all gradients of a step are the square of its norm.
        for index, row in enumerate(history):
            squares = sum(log.Histograms(f"gradients/{tensor}")[index].histogram_value.sum_squares for tensor in weights)
            self.assertAlmostEqual(squares ** 0.5 / scalars["gradient/norm"][int(row["step"])], 1, places=6)

        # As the pages of TensorBoard get them: [left, right, count].
        shown = collections.defaultdict(list)
        loader = event_file_loader.EventFileLoader(str(run / "events.out.tfevents"))
        for event in loader.Load():
            for value in event.summary.value:
                shown[value.tag].append(value)
        for tensor, numbers in weights.items():
            value = shown[f"weights/{tensor}"][-1]
            self.assertEqual(value.metadata.plugin_data.plugin_name, "histograms")
            triples = np.frombuffer(value.tensor.tensor_content, "<f4").reshape(-1, 3)
            for i, (left, right, count) in enumerate(triples):
                self.assertEqual(count, counts_between(numbers, left, right, i + 1 == len(triples)), tensor)
            self.assertEqual(triples[:, 2].sum(), numbers.size)
        return scalars

    def test_its_reader_gives_back_the_numbers_of_the_run(self):
        self.assertIn("tensorboard --logdir runs/a", self.train("runs/a"))
        self.assertTrue(io_wrapper.IsSummaryEventsFile(str(self.folder / "runs/a/events.out.tfevents")))
        self.check("runs/a")

    def test_a_run_that_was_killed_and_resumed_tells_each_step_once(self):
        self.train("runs/whole")
        whole = self.check("runs/whole")
        words = ["train", "data/co2.csv", "--target", "co2", "--window", "12", "--units", "8,4", "--epochs", "4", "--keep",
                 "last", "--clip-norm", "0.3", "--tensorboard", "--out", "runs/killed", "--checkpoint-every", "5"]
        run = self.folder / "runs/killed"
        killed = subprocess.Popen([PROGRAM, *words], cwd=self.folder, stderr=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL)
        until = time.monotonic() + 60
        while not (run / "last.safetensors").exists() and killed.poll() is None and time.monotonic() < until:
            time.sleep(0.001)
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        with (run / "events.out.tfevents").open("ab") as log:
            log.write(b"\x40\0\0\0\0\0\0\0half a record")
        self.carousel("resume", "runs/killed")
        self.assertEqual(self.check("runs/killed"), whole)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
