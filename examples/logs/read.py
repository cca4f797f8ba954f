#!/usr/bin/env python3
# Reads event files back: counts records by their lengths, and compares with TensorBoard's own reader where it is installed.
"""usage: read.py WHOLE PARTS: run folders of the same training, the second stopped and resumed."""
import csv
import pathlib
import struct
import sys

NAME = "events.out.tfevents"


def records(path):
    """The messages of the file: 8 bytes of length, 4 of its checksum, the message, 4 of its checksum."""
    data, at, found = path.read_bytes(), 0, []
    while at < len(data):
        size, = struct.unpack_from("<Q", data, at)
        found.append(data[at + 12:at + 12 + size])
        at += 12 + size + 4
    if at != len(data):
        sys.exit(f"{path}: the last record is broken off")
    return found


def main():
    whole, parts = map(pathlib.Path, sys.argv[1:])
    counts = [len(records(folder / NAME)) for folder in (whole, parts)]
    ok = counts[0] == counts[1]
    words = {"events": counts[0]}
    try:
        import tensorboard
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    except ImportError:
        print("no tensorboard in this Python: its reader was not asked (PEERS_PYTHON names one that has it)")
        words["reader"] = "absent"
    else:
        logs = [EventAccumulator(str(folder), {"scalars": 0, "histograms": 0}) for folder in (whole, parts)]
        for log in logs:
            log.Reload()
        scalars = [{tag: [(e.step, e.value) for e in log.Scalars(tag)] for tag in log.Tags()["scalars"]} for log in logs]
        histograms = [{tag: [(e.step, e.histogram_value) for e in log.Histograms(tag)] for tag in log.Tags()["histograms"]}
                      for log in logs]
        ok = ok and scalars[0] == scalars[1] and histograms[0] == histograms[1]
        for tag, column in (("loss/train", "train_loss"), ("loss/validation", "validation_loss")):
            with (whole / "history.csv").open() as file:
                rows = [(int(row["step"]), struct.unpack("f", struct.pack("f", float(row[column])))[0])
                        for row in csv.DictReader(file)]
            ok = ok and rows == scalars[0][tag]
        words |= {"reader": tensorboard.__version__, "scalars": sum(map(len, scalars[0].values())),
                  "histograms": sum(map(len, histograms[0].values()))}
    print(f"ok={'yes' if ok else 'no'} " + " ".join(f"{name}={value}" for name, value in words.items()))


if __name__ == "__main__":
    main()
