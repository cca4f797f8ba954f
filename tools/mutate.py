#!/usr/bin/env python3
# Mutation by hand: changes one place of the engine at a time and sees whether the tests notice.
"""usage: tools/mutate.py [--count N] [--seed N] [--jobs N] [--only TEXT] [--list]

Mutants of src/cells, of the sweep, of src/loss and src/optim, drawn with a seed, each in a copy of the tree under
build/mutate, at -O1 (cmake/mutation.cmake). A mutant is killed when a test fails, crashes or takes too long. It meets
the tests of the cells first, then those of kernels, losses and optimisers with the kernels of a single lane, then with
those of the widest instruction set of this machine. One that does not compile, or that docs/mutation.md explains
to change no result ("alike"), is replaced by the next one drawn. Prints each survivor; exits 1 when fewer than 95 %
are killed. --only keeps what has TEXT in its file:line. A run that
was stopped goes on where it was; without build/mutate everything begins anew."""
import argparse
import concurrent.futures
import filecmp
import hashlib
import itertools
import os
import pathlib
import queue
import random
import re
import resource
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORK = ROOT / "build/mutate"
FILES = ["src/cells/*", "src/kernels/sweep_*.h", "src/kernels/gradient.h", "src/kernels/tile.h", "src/loss/*",
         "src/optim/*"]
GOAL = 0.95
ALIKE = re.compile(r"^    (src/\S+)\n        (.+)\n        (.+)$", re.M)  # place, was, now
CPU_SECONDS, WALL_SECONDS, BYTES = 60, 900, 8 << 30  # of one run of the tests, which take 15 seconds

COMMENT_OR_TEXT = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'|^[ \t]*#(?:\\\n|[^\n])*'
                             r'|\bstatic_assert\([^;]*;|\b__builtin_prefetch\([^;]*;|^\s*throw [^;]*;', re.S | re.M)
# clang-format puts blanks around binary operators, and none within the brackets of templates.
OPERATORS = {" + ": [" - "], " - ": [" + "], " * ": [" + ", " / "], " / ": [" * "], " % ": [" / "], " += ": [" -= "],
             " -= ": [" += "], " *= ": [" /= "], " /= ": [" *= "], " < ": [" <= ", " > "], " > ": [" >= ", " < "],
             " <= ": [" < ", " >= "], " >= ": [" > ", " <= "], " == ": [" != "], " != ": [" == "], " && ": [" || "],
             " || ": [" && "]}
NUMBER = re.compile(r"(?<![\w.])(\d+\.\d+f?|\d+)(?![\w.'])")
CONDITION = re.compile(r"\b(?:if|while) \(((?:[^()\n]|\((?:[^()\n]|\([^()\n]*\))*\))*)\)")
PAIR = re.compile(r"(?<=\()([^(),;{}\n]+), ([^(),;{}\n]+)(?=[,)])")
GATE = re.compile(r"\b([ads]0?)\[([A-Z]+)\]")
DECLARED = re.compile(r"(const )?[\w:<>, ]+[ *&]+\w+$")  # a parameter, not an argument
ENUM = re.compile(r"\benum \w+ \{([\w, ]+)\}")
CHOICE = re.compile(r" \? ([^?:;,\n]+) : ([^?:;,\n)]+)")
MINUS = re.compile(r"(?<=[(=,{] )-(?=[\w(])|(?<=[(\[{])-(?=[\w(])|(?<=return )-(?=[\w(])")
STATEMENT = re.compile(r"^[ \t]*(?![ \t]|return\b|using\b|throw\b|break\b|else\b|static\b|const\b|constexpr\b|enum\b"
                       r"|namespace\b|template\b|extern\b|struct\b|class\b|friend\b)"
                       r"[\w.\[\]>*:-]+(?: [-+*/]?= |\()[^;\n]*;$", re.M)


class Mutant:
    def __init__(self, path, text, begin, end, after):
        self.path, self.begin, self.end, self.after = path, begin, end, after
        self.line = text.count("\n", 0, begin + len(text[begin:end]) - len(text[begin:end].lstrip())) + 1
        changed = text[:begin] + after + text[end:]
        self.text = changed
        first = text.rfind("\n", 0, begin) + 1
        self.was = text[first:(text.find("\n", end) + 1 or len(text))].strip()
        self.now = changed[first:(changed.find("\n", begin + len(after)) + 1 or len(changed))].strip() or "(nothing)"

    def __str__(self):
        return f"{self.path}:{self.line}\n    {self.was}\n    {self.now}"


def mutants_of(path):
    text = (ROOT / path).read_text()
    code = COMMENT_OR_TEXT.sub(lambda m: re.sub(r"[^\n]", "\0", m.group()), text)
    found = []

    def add(begin, end, after):
        found.append(Mutant(path, text, begin, end, after))

    for operator, others in OPERATORS.items():
        for match in re.finditer(re.escape(operator), code):
            for other in others:
                add(match.start(), match.end(), other)
    for match in NUMBER.finditer(code):
        number = match.group()
        if "." in number:
            others = ["-" + number, "1.0" if float(number.rstrip("f")) != 1 else "0.0"]
        else:
            others = {"0": ["1"], "1": ["0", "2"]}.get(number, [str(int(number) + 1), str(int(number) - 1)])
        for other in others:
            add(*match.span(), other)
    for match in CONDITION.finditer(code):
        if " = " not in match.group(1):
            add(*match.span(1), f"!({text[match.start(1):match.end(1)]})")
    for pattern in (PAIR, CHOICE):
        for match in pattern.finditer(code):
            parts = match.groups()
            if parts[0] != parts[1] and not any("\0" in part or DECLARED.match(part) for part in parts):
                add(match.start(1), match.end(2), text[match.start(2):match.end(2)] +
                    text[match.end(1):match.start(2)] + text[match.start(1):match.end(1)])
    names = [re.findall(r"\w+", m.group(1)) for m in ENUM.finditer(code)]  # of gates, then of states
    for match in GATE.finditer(code):
        for other in next((group for group in names if match.group(2) in group), []):
            if other != match.group(2):
                add(*match.span(2), other)
    for match in MINUS.finditer(code):
        add(*match.span(), "")
    for match in STATEMENT.finditer(code):
        add(*match.span(), "")
    return found


class Tree:
    """A copy of the tree; `stages` are what a mutant has to survive: (instruction set, executable)."""

    def __init__(self, number, jobs):
        self.root, self.jobs = WORK / f"tree{number}", jobs
        self.stages = [("scalar", "mutation_cells"), ("scalar", "mutation"), (widest(), "mutation")]
        self.environment = {**os.environ, "CCACHE_DIR": str(WORK / "ccache"), "CCACHE_BASEDIR": str(self.root),
                            "CCACHE_NOHASHDIR": "1"}
        self.copy()
        for kernels, program in self.stages:
            if not (self.root / kernels).exists():
                subprocess.run(["cmake", "-G", "Ninja", "-S", self.root, "-B", self.root / kernels,
                                "-DCMAKE_BUILD_TYPE=None", "-DCMAKE_CXX_FLAGS=-O1", "-DCAROUSEL_TESTS=OFF",
                                f"-DCAROUSEL_MUTATION={kernels}"],
                               check=True, stdout=subprocess.DEVNULL, env=self.environment)
            if not self.builds(kernels, program, stderr=None) or (number == 0 and not self.passes(kernels, program)):
                sys.exit(f"mutate: {program} must build and pass unchanged")

    def copy(self):
        """What differs is copied anew: what was built before stays."""
        for name in ("CMakeLists.txt", "cmake", "docs", "include", "src", "tests"):
            for source in [ROOT / name] if (ROOT / name).is_file() else (ROOT / name).rglob("*"):
                copy = self.root / source.relative_to(ROOT)
                if source.is_file() and not (copy.is_file() and filecmp.cmp(source, copy, shallow=False)):
                    copy.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(source, copy)
        (self.root / "examples").mkdir(exist_ok=True)
        (self.root / "examples/CMakeLists.txt").touch()  # without any, whatever stands in the checkout

    def builds(self, kernels, program, stderr=subprocess.DEVNULL):
        return subprocess.run(["ninja", "-j", str(self.jobs), "-C", self.root / kernels, program],
                              env=self.environment, stdout=subprocess.DEVNULL, stderr=stderr).returncode == 0

    def passes(self, kernels, program):
        skipped = [f"*/{other}" for other in ("sse4", "avx2", "avx512", "neon") if other != kernels]
        if kernels == "scalar":  # threads share out the work alike in all sets, and wider ones are sooner done
            skipped.append("*Threads*")

        def limit():
            resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
            resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

        try:
            return subprocess.run([self.root / kernels / program, "--gtest_brief=1", "--gtest_fail_fast",
                                   "--gtest_filter=-" + ":".join(skipped)], cwd=self.root, preexec_fn=limit,
                                  timeout=WALL_SECONDS, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL).returncode == 0
        except subprocess.TimeoutExpired:
            return False

    def verdict(self, mutant):
        """'killed', 'survived', or 'invalid' where it does not compile."""
        target = self.root / mutant.path
        original = target.read_text()
        target.write_text(mutant.text)
        try:
            for kernels, program in self.stages:
                if not self.builds(kernels, program):
                    return "invalid"
                if not self.passes(kernels, program):
                    return "killed"
            return "survived"
        finally:
            target.write_text(original)


class Verdicts:
    """What was killed or does not compile, so that a run that was stopped can go on; survivors are always tried anew."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def place(self, mutant):
        return self.folder / hashlib.sha256(f"{mutant.path}\n{mutant.text}".encode()).hexdigest()

    def get(self, mutant):
        place = self.place(mutant)
        return place.read_text() if place.exists() else None

    def put(self, mutant, verdict):
        if verdict in ("killed", "invalid"):
            self.place(mutant).write_text(verdict)
        return verdict


def widest():
    flags = pathlib.Path("/proc/cpuinfo").read_text()
    sets = (("avx512", "avx512bw"), ("avx2", "avx2"), ("sse4", "sse4_2"))
    return next((name for name, flag in sets if flag in flags), "neon")


def main():
    parser = argparse.ArgumentParser(usage=__doc__, add_help=False)
    parser.add_argument("--count", type=int, default=120)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--only", default="")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("-h", "--help", action="help")
    args = parser.parse_args()

    paths = sorted({str(p.relative_to(ROOT)) for pattern in FILES for p in ROOT.glob(pattern)})
    drawn = [m for path in paths for m in mutants_of(path) if args.only in f"{m.path}:{m.line}"]
    random.Random(args.seed).shuffle(drawn)
    if args.list:
        for mutant in drawn[:args.count]:
            print(mutant)
        print(f"{len(drawn)} mutants can be drawn")
        return
    started = time.monotonic()
    trees = queue.SimpleQueue()
    for number in range(args.jobs):
        trees.put(Tree(number, max(1, os.cpu_count() // args.jobs)))

    def judge(mutant):
        if (mutant.path, mutant.was, mutant.now) in explained:
            return "alike"
        tree = trees.get()
        try:
            return tree.verdict(mutant)
        finally:
            trees.put(tree)

    known = Verdicts(WORK / "killed")
    explained = set(ALIKE.findall((ROOT / "docs/mutation.md").read_text()))
    counts = {"killed": 0, "survived": 0, "invalid": 0, "alike": 0}
    survivors, rest = [], iter(drawn)
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        # In the order of their files, the last of which are the longest to compile. What does not compile is
        # replaced in the next round, so that the same ones are judged whatever the number of jobs.
        while batch := list(itertools.islice(rest, args.count - counts["killed"] - counts["survived"])):
            batch.sort(key=lambda m: (re.search("loss|optim", m.path) is None, m.path, m.line))
            futures = [pool.submit(lambda m=mutant: (m, known.get(m) or known.put(m, judge(m)))) for mutant in batch]
            for future in concurrent.futures.as_completed(futures):
                mutant, verdict = future.result()
                counts[verdict] += 1
                if verdict == "survived":
                    survivors.append(mutant)
                print(f"{verdict:8}  {mutant}", flush=True)
    judged = counts["killed"] + counts["survived"]
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"\n{len(survivors)} survivor(s)")
    for mutant in survivors:
        print(mutant)
    print(f"\nseed {args.seed}: {counts['killed']} of {judged} killed ({counts['killed'] / max(1, judged):.1%}), "
          f"{counts['invalid']} did not compile, {counts['alike']} change no result; {(time.monotonic() - started) / 60:.0f} minutes, "
          f"{(usage.ru_utime + usage.ru_stime) / 60:.0f} of processor time")
    sys.exit(0 if counts["killed"] >= GOAL * judged else 1)


if __name__ == "__main__":
    main()
