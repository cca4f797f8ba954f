#!/usr/bin/env python3
"""Makes the arrays of bench/jobs.py: job_data.py text|keys|first FOLDER [TEXT] [SEQUENCES] [T]. Prints what it made."""

import json
import pathlib
import sys

import numpy as np


def text(folder, file, sequences, T):
    """One-hot characters and the number of each one's next."""
    characters = pathlib.Path(file).read_text()
    kinds = sorted(set(characters))
    number_of = {kind: i for i, kind in enumerate(kinds)}
    ids = np.array([number_of[c] for c in characters[:int(sequences) * int(T) + 1]], np.int32)
    np.save(folder / "text.npy", np.eye(len(kinds), dtype=np.float32)[ids[:-1]].reshape(int(sequences), int(T), -1))
    np.save(folder / "next.npy", ids[1:].reshape(int(sequences), int(T)))
    return {"kinds": len(kinds)}


def keys(folder, sequences):
    """Piano rolls of 50 to 150 steps, four of 88 keys a step, and the next step's keys."""
    random = np.random.default_rng(1)
    rolls = (random.random((int(sequences), 151, 88)) < 4 / 88).astype(np.float32)
    np.save(folder / "keys.npy", rolls[:, :-1])
    np.save(folder / "next_keys.npy", rolls[:, 1:])
    np.save(folder / "lengths.npy", random.integers(50, 151, int(sequences)).astype(np.int32))
    return {}


def first(folder):
    """Anything for a network of 32 inputs and outputs."""
    np.save(folder / "x.npy", np.zeros((8, 4, 32), np.float32))
    np.save(folder / "y.npy", np.zeros((8, 32), np.float32))
    return {}


if __name__ == "__main__":
    made = {"text": text, "keys": keys, "first": first}[sys.argv[1]]
    print(json.dumps(made(pathlib.Path(sys.argv[2]), *sys.argv[3:])))
