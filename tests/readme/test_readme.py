# Runs what the README shows: its C++ program and its commands, in a folder of their own, and checks what comes out.
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).parent.parent.parent
PROGRAM, SNIPPET = (pathlib.Path(path).resolve() for path in sys.argv[1:3])
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.S)


def blocks(name):
    return BLOCK.findall((ROOT / name).read_text())


class Readme(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        (self.folder / "data").symlink_to(ROOT / "data")

    def test_the_program_forecasts_the_next_year(self):
        done = subprocess.run([SNIPPET], cwd=self.folder, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = [line.split() for line in done.stdout.splitlines()]
        self.assertEqual([line[0] for line in lines], [f"2002-{month:02d}" for month in range(1, 13)])
        values = [float(line[1]) for line in lines]
        # What was measured in 2002 at Mauna Loa: a mean of 373.3 ppm, highest in May, lowest in September.
        self.assertAlmostEqual(sum(values) / 12, 373.3, delta=1.5)
        self.assertIn(values.index(max(values)), (3, 4, 5))
        self.assertIn(values.index(min(values)), (7, 8, 9))

    def test_the_program_forecasts_what_the_commands_do(self):
        commands = [line.split()[1:] for _, text in blocks("README.md") for line in text.splitlines()
                    if re.match(r"build/release/carousel (train|forecast) ", line)]
        for words in commands:
            subprocess.run([PROGRAM, *words], cwd=self.folder, capture_output=True, check=True)
        rows = (self.folder / "runs/co2/forecast.csv").read_text().splitlines()[1:]
        expected = [f"{month}  {float(value):.1f} ppm" for month, value, *_ in (row.split(",") for row in rows)]
        done = subprocess.run([SNIPPET], cwd=self.folder, capture_output=True, text=True, check=True)
        self.assertEqual(done.stdout.splitlines(), expected)

    def test_the_snippet_is_short(self):
        code = next(text for language, text in blocks("README.md") if language == "cpp")
        self.assertLessEqual(len([line for line in code.splitlines() if line.strip()]), 20)

    def test_the_commands_run(self):
        commands = [line for language, text in blocks("README.md") if language == "sh"
                    for line in text.splitlines() if line.startswith("build/release/carousel")]
        self.assertGreaterEqual(len(commands), 6)
        for command in commands:
            words = command.split("#")[0].split()
            done = subprocess.run([PROGRAM, *words[1:]], cwd=self.folder, capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, f"{command}\n{done.stdout}\n{done.stderr}")
        for name in ("model.safetensors", "run.toml", "history.csv", "forecast.csv", "report.html"):
            self.assertTrue((self.folder / "runs/co2" / name).exists(), name)

    # The same headings, points, tables and pictures in the same order; the same commands and code (their comments
    # are translated); the same names in `...`, whose order a sentence may change; the same links.
    def test_both_languages_show_the_same(self):
        def parts(name):
            page = (ROOT / name).read_text()
            prose = re.sub(r"```.*?```", "```", page, flags=re.S)
            return {"form": re.findall(r"^(#+ |- |\||!|```)", prose, re.M),
                    "code": [re.sub(r"(//|#) .*|[ ]", "", text) for _, text in blocks(name)],
                    "names": sorted(re.findall(r"`([^`]+)`", prose.replace("```", ""))),
                    "links": re.findall(r"\]\(([^)]+)\)", page)[1:]}  # the first leads to the other language
        english, chinese = parts("README.md"), parts("README.zh-CN.md")
        for part, said in english.items():
            self.assertEqual(said, chinese[part], part)

    def test_links_lead_somewhere(self):
        for page in [ROOT / "README.md", ROOT / "README.zh-CN.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/**/*.md")]:
            for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
                self.assertTrue((page.parent / target).exists(), f"{page.relative_to(ROOT)}: {target}")


if __name__ == "__main__":
    os.environ["NO_COLOR"] = "1"
    unittest.main(argv=sys.argv[:1])
