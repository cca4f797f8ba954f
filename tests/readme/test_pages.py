# Checks what every page shows: commands against the program, settings against its reader, code against the sources.
import collections
import gzip
import os
import pathlib
import re
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).parent.parent.parent
PROGRAM = pathlib.Path(sys.argv[1]).resolve()
BLOCK = re.compile(r"^```([\w+]*)\n(.*?)^```$", re.S | re.M)
# docs/cli.md is the help, whose examples run in test_e2e.
PAGES = sorted(page for folder in ("", "bench/**/", "data/**/", "docs/**/", "examples/**/", "fuzz/**/", "src/**/", "tests/**/")
               for page in ROOT.glob(folder + "*.md") if page.name != "cli.md")
# What a page may show without a test that runs it, by the first word of the line, and why.
NOT_RUN = {
    "./demo": "it installs packages and builds",
    "bench/gates": "its numbers are this machine's",
    "cmake": "it builds; that its presets exist is tested",
    "ninja": "it builds; that its targets exist is tested",
    "ctest": "it runs this test",
    "python3": "it fetches packages",
    "tensorboard": "a program of others; tests/tensorboard reads the log by its reader",
    "build/golden-venv/bin/python": "it makes the golden values anew, by PyTorch and others",
    "PEERS_PYTHON=$PWD/runs/venv/bin/python": "it runs this test",
}


def blocks(*languages):
    for page in PAGES:
        for language, text in BLOCK.findall(page.read_text()):
            if language in languages:
                yield page.relative_to(ROOT), text


def shell_lines():
    """Lines of blocks of commands, continued ones joined, without comments and output."""
    for page, text in blocks("", "sh"):
        for line in text.replace("\\\n", " ").splitlines():
            line = line.split("  #")[0].strip().removeprefix("$ ")
            for part in line.split(" && "):
                if part.strip():
                    yield page, part


def examples_with_output():
    """Command and output of blocks that open with `$ examples/NAME/run`."""
    for page, text in blocks(""):
        if match := re.match(r"\$ (examples/[\w-]+/run)\n", text):
            yield page, match.group(1), text[match.end():]


class Pages(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        for name in ("data", "examples"):
            (self.folder / name).symlink_to(ROOT / name)

    def carousel(self, *words):
        return subprocess.run([PROGRAM, *words], cwd=self.folder, capture_output=True, text=True)

    def stand_ins(self):
        """Small files under the names of data sets that the project may not ship."""
        (self.folder / "sp500.csv").write_text("".join(f"{1000 + i % 17}\n" for i in range(200)))
        for part in ("train", "t10k"):
            with gzip.open(self.folder / f"{part}-images-idx3-ubyte.gz", "wb") as images:
                images.write(struct.pack(">4I", 0x803, 20, 28, 28) + bytes(i % 251 for i in range(20 * 28 * 28)))
            with gzip.open(self.folder / f"{part}-labels-idx1-ubyte.gz", "wb") as labels:
                labels.write(struct.pack(">2I", 0x801, 20) + bytes(i % 10 for i in range(20)))

    # The README's own commands run in full in test_readme.py; here a training ends after a step, and that of a
    # network of 1,024 units before it.
    def test_commands_do_what_they_say(self):
        self.stand_ins()
        seen = 0
        for page, line in shell_lines():
            words = shlex.split(line)
            if not words or words[0] not in ("carousel", "build/release/carousel") or page.name.startswith("README.zh"):
                continue
            if page.name == "README.md" and page.parent == pathlib.Path("."):
                continue
            short = ["--dry-run"] if "speech" in line else ["--steps", "1"]
            done = self.carousel(*words[1:], *(short if words[1] == "train" else []))
            self.assertEqual(done.returncode, 0, f"{page}: {line}\n{done.stderr}")
            seen += 1
        self.assertGreaterEqual(seen, 3)

    def test_commands_within_sentences_are_known(self):
        commands = re.findall(r"^  ([a-z][a-z-]+) +\S", self.carousel("-h").stdout, re.M)
        self.assertIn("forecast", commands)
        flags = {}
        for command in commands:
            said = self.carousel(command, "--help").stdout
            flags[command] = set(re.findall(r"(?<![\w-])--?[a-z][a-z0-9-]*", said)) | {"-h", "--help"}
        for page in PAGES:
            prose = BLOCK.sub("", page.read_text())
            for words in (span.split() for span in re.findall(r"`carousel ([^`]+)`", prose)):
                if re.fullmatch(r"[A-Z]+|-.*", words[0]):  # `carousel COMMAND -h`, `carousel --version`
                    continue
                self.assertIn(words[0], commands, f"{page}: carousel {' '.join(words)}")
                for word in words[1:]:
                    if re.fullmatch(r"--?[a-z][a-z0-9-]*(=.*)?", word):
                        self.assertIn(word.split("=")[0], flags[words[0]], f"{page}: carousel {' '.join(words)}")

    def test_settings_are_read(self):
        seen = 0
        for page, text in blocks("toml"):
            (self.folder / "shown.toml").write_text(text)
            done = self.carousel("show-config", "shown.toml")
            self.assertEqual(done.returncode, 0, f"{page}:\n{text}\n{done.stderr}")
            seen += 1
        self.assertGreaterEqual(seen, 5)

    def test_examples_print_what_their_pages_show(self):
        seen = 0
        for page, command, output in examples_with_output():
            done = subprocess.run([ROOT / command, "--short"], capture_output=True, text=True,
                                  env=os.environ | {"CAROUSEL_BUILD": str(PROGRAM.parent)})
            self.assertEqual(done.returncode, 0, f"{page}\n{done.stderr}")
            self.assertIn(output, done.stdout, page)
            seen += 1
        self.assertGreaterEqual(seen, 2)

    def test_every_example_has_a_page_with_pictures(self):
        listed = re.findall(r"^\| \[([\w-]+)\]", (ROOT / "examples/README.md").read_text(), re.M)
        folders = sorted(run.parent.name for run in ROOT.glob("examples/*/run"))
        self.assertEqual(sorted(listed), folders)
        for name in folders:
            page = ROOT / "examples" / name / "README.md"
            pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", page.read_text())
            self.assertTrue(pictures, f"{name} shows no picture")
            for picture in pictures:
                self.assertTrue((page.parent / picture).exists(), f"{name}: {picture}")

    # A block that no test knows is an error here, as is an exception that no page needs any more.
    def test_every_block_is_run_or_named(self):
        known_code = {"README.md": 1, "README.zh-CN.md": 1,  # compiled and run by test_readme.py
                      "docs/adding-a-cell.md": 3,            # stands in the header
                      "docs/streaming.md": 1, "examples/step-functions/README.md": 1,
                      "examples/unrolled/README.md": 1}      # compiled and run by tests/readme/snippets.cc
        self.assertEqual(collections.Counter(str(page) for page, _ in blocks("cpp", "c++")), known_code)
        languages = {language for page in PAGES for language, _ in BLOCK.findall(page.read_text())}
        self.assertLessEqual(languages, {"", "sh", "toml", "cpp", "c++"})

        printed = {text for _, _, output in examples_with_output() for text in output.splitlines()}
        used = set()
        for page, text in blocks("", "sh"):
            if page.name == "cells.md" or "₋₁" in text:  # equations, which the program prints (tools/check_docs)
                continue
            if page == pathlib.Path("src/README.md"):  # a walk through files
                for word in re.findall(r"[a-z]+/[a-z_]+", text):
                    self.assertTrue(list(ROOT.glob(f"src/{word}*")), f"{page}: {word}")
                continue
            lines = text.replace("\\\n", " ").splitlines()
            for line in lines[:1] if text.startswith("$ bench/") else lines:
                for part in line.split("  #")[0].split(" && "):
                    word = part.strip().removeprefix("$ ").split(" ")[0]
                    if word in NOT_RUN:
                        used.add(word)
                        continue
                    self.assertTrue(
                        line in printed or word in ("", "carousel", "build/release/carousel") or
                        re.fullmatch(r"build/\w+/test_\w+|tools/\w+|examples/[\w-]+/run|runs/venv/bin/pip|"
                                     r"build/golden-venv/bin/pip", word), f"{page}: nothing runs '{part}'")
        self.assertEqual(used, set(NOT_RUN))
        indented = [f"{page}: {line}" for page in PAGES for line in BLOCK.sub("", page.read_text()).splitlines()
                    if re.match(r"    (\$|carousel|build/)", line)]
        self.assertEqual(indented, [])

    def test_code_of_a_cell_stands_in_its_header(self):
        def plain(text):
            return [line.split("  //")[0].strip() for line in text.splitlines()]

        header = plain((ROOT / "src/cells/minimal_gated.h").read_text())
        shown = [text for page, text in blocks("c++") if page.name == "adding-a-cell.md"]
        self.assertGreaterEqual(len(shown), 3)
        for text in shown:
            lines = plain(text)
            places = [i for i in range(len(header)) if header[i:i + len(lines)] == lines]
            self.assertEqual(len(places), 1, text)

    def test_tools_and_targets_exist(self):
        modules = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir()}
        presets = (ROOT / "CMakePresets.json").read_text()
        for page, line in shell_lines():
            words = line.split()
            if not words:
                continue
            if re.match(r"(tools|bench|examples)/|\./", words[0]):
                self.assertTrue(os.access(ROOT / words[0], os.X_OK), f"{page}: {line}")
            for module in re.findall(r"\btest_(\w+)", line):
                self.assertIn(module, modules, f"{page}: {line}")
            for preset in re.findall(r"--preset (\w+)|(?<= build/)(\w+)(?=/| |$)", line):
                self.assertIn(f'"{preset[0] or preset[1]}"', presets, f"{page}: {line}")


if __name__ == "__main__":
    os.environ["NO_COLOR"] = "1"
    unittest.main(argv=sys.argv[:1])
