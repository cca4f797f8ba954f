"""What bench/run measures: rows of work with the ratio to the best rival that we set ourselves."""

import dataclasses

LARGE = ((28, 128, 28, 128), (128, 32, 64, 64), (512, 8, 128, 128), (128, 16, 256, 256), (128, 64, 512, 512),
         (32, 128, 1024, 1024))
SINGLE = tuple((128, 1, n, n) for n in (32, 128, 256, 512, 1024))
GATES = {"lstm": 4, "gru": 3, "peephole-lstm": 4}


@dataclasses.dataclass(frozen=True)
class Row:
    cell: str
    work: str
    shape: tuple  # T, B, I, H
    goal: float | None = None  # ratio to the best rival that we want at least
    product_goal: float | None = None  # share of the plain product's speed that we want at least
    layers: int = 1
    bidirectional: bool = False
    ragged: float | None = None  # share of the frames that are within the rows' lengths
    threads: tuple = ()  # counts that are tried, the best one counts; none: as many as bench/run is given

    @property
    def around(self):
        return " ".join(text for text, there in (("bidirectional", self.bidirectional),
                                                 (f"{self.layers} layers", self.layers > 1),
                                                 (f"ragged {self.ragged}", self.ragged)) if there)

    @property
    def name(self):
        return " ".join(filter(None, (self.cell, self.work, self.around, ",".join(map(str, self.shape)))))

    @property
    def product(self):
        """M, K, N of the plain product that has the layer's FLOP."""
        T, B, I, H = self.shape
        return T * B, I + H, GATES[self.cell] * H

    def flags(self):
        flags = ["--cell", self.cell, "--work", self.work, "--shape", ",".join(map(str, self.shape))]
        flags += ["--layers", self.layers] if self.layers > 1 else []
        flags += ["--bidirectional"] if self.bidirectional else []
        return flags + (["--ragged", self.ragged] if self.ragged else [])

    def item(self):
        return {"cell": self.cell, "work": self.work, "shape": self.shape, "layers": self.layers,
                "bidirectional": self.bidirectional}


def rows_of(cell, work, shapes, goals, products=()):
    products = products or (None,) * len(shapes)
    return [Row(cell, work, *rest) for rest in zip(shapes, goals, products, strict=True)]


LARGE_PRODUCTS = (.75, .75, .75, .9, .9, .9)
STREAM = {"lstm": {32: 1.4, 64: 1.2, 128: 1.15, 256: 1.8, 512: 1.15, 1024: 1}, "gru": {32: 1.3, 64: 1.2, 128: 1.15}}
SHORT, LONG = 1000, 100  # steps of a stream's burst, by its size

ROWS = [
    *rows_of("lstm", "train", LARGE, (1.7, 2, 1.8, 1.35, 1.35, 1.3), LARGE_PRODUCTS),
    *rows_of("lstm", "train", SINGLE, (4, 2.5, 2, 1.8, 1.4)),
    *rows_of("gru", "train", LARGE, (2, 2.5, 2.5, 1.8, 1.5, 1.4), LARGE_PRODUCTS),
    *rows_of("gru", "train", SINGLE, (5, 3, 3, 2, 2)),
    Row("peephole-lstm", "train", (128, 32, 64, 64), 25),
    Row("lstm", "train", (128, 32, 64, 64), 3, ragged=.5),
    Row("lstm", "train", (128, 16, 256, 256), 2, bidirectional=True),
    Row("lstm", "train", (128, 16, 256, 256), 2, layers=2),
    *rows_of("lstm", "infer", LARGE, (1.4, 1.5, 1.4, 1.2, 1.1, 1.2)),
    *rows_of("lstm", "infer", SINGLE, (2, 2.5, 2, 1.5, 1.3)),
    *rows_of("gru", "infer", LARGE + SINGLE, (None,) * 11),
    *(Row(cell, "stream", (SHORT if n <= 128 else LONG, 1, n, n), goal, threads=(1,) if n <= 128 else (1, 2))
      for cell, goals in STREAM.items() for n, goal in goals.items()),
]

BASE = (128, 16, 128, 128)  # of the sweeps


def sweep_points():
    """(sweep, what is on its axis, Row) of every point."""
    T, B, _, H = BASE
    for n in (16, 32, 64, 128, 256, 512, 1024):
        yield "steps", n, Row("lstm", "train", (n, B, H, H))
    for n in (1, 2, 4, 8, 16, 32, 64, 128, 256):
        yield "rows", n, Row("lstm", "train", (T, n, H, H))
    for n in (1, 2, 3, 4, 6, 8):
        yield "layers", n, Row("lstm", "train", BASE, layers=n)
    for n in (32, 64, 128, 256, 512, 1024):
        yield "units", n, Row("lstm", "train", (T, B, n, n))
    for share in (.1, .25, .5, .75, .9, 1):
        yield "ragged", share, Row("lstm", "train", (128, 32, 64, 64), ragged=share if share < 1 else None)
