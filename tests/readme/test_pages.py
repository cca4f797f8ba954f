# Checks what every page shows: commands against the program, settings against its reader, code against the sources.
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
PAGES = sorted(page for pattern in ("*.md", "docs/**/*.md", "examples/**/*.md", "bench/**/*.md", "data/**/*.md")
               for page in ROOT.glob(pattern) if page.name != "cli.md")


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
                yield page, part


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

    # The README's own commands run in full in test_readme.py; here training stops before its first step.
    def test_commands_do_what_they_say(self):
        self.stand_ins()
        seen = 0
        for page, line in shell_lines():
            words = shlex.split(line)
            if not words or words[0] not in ("carousel", "build/release/carousel") or page.name.startswith("README.zh"):
                continue
            if page.name == "README.md" and page.parent == pathlib.Path("."):
                continue
            done = self.carousel(*words[1:], *(["--dry-run"] if words[1] == "train" else []))
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

    # Only the README shows a whole program: it is compiled and run. Other code is a part of a source file.
    def test_programs_are_compiled(self):
        whole = {page.name for page, text in blocks("cpp", "c++") if "int main" in text}
        self.assertEqual(whole, {"README.md", "README.zh-CN.md"})

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

    def test_signatures_are_declared(self):
        header = " ".join((ROOT / "include/carousel/step.h").read_text().split())
        shown = [text for page, text in blocks("cpp") if page.parent.name == "step-functions"]
        names = re.findall(r"\b([A-Za-z_]\w*)[({]", shown[0])
        self.assertEqual(names, ["init_state", "rnn", "RnnParams", "lstm", "LstmParams"])
        self.assertIn(shown[0].split(";")[0] + ";", header)
        for struct_name in ("RnnParams", "LstmParams"):  # in the order of the header's members
            members = re.search(struct_name + r"\{([^}]*)\}", shown[0]).group(1)
            declared = re.search("struct " + struct_name + r" \{(.*?)\};", header).group(1)
            self.assertEqual(re.findall(r"[Wb]_\w+", declared), re.findall(r"[Wb]_\w+", members))

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
            for preset in re.findall(r"--preset (\w+)|(?<= build/)(\w+)", line):
                self.assertIn(f'"{preset[0] or preset[1]}"', presets, f"{page}: {line}")


if __name__ == "__main__":
    os.environ["NO_COLOR"] = "1"
    unittest.main(argv=sys.argv[:1])
