# Opens real reports in a headless Chromium: they render, ask nobody for anything, and answer to mouse, finger and keys.
"""usage: test_report.py PROGRAM; exits with 77 where there is no Chromium (the variable CHROMIUM names one)."""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

from browser import Browser, pixels, program

ROOT = pathlib.Path(__file__).parent.parent.parent
PROGRAM = pathlib.Path(sys.argv[1]).resolve()

# Of the first figure whose title or axis holds these words: its box on the screen, its tip, and the words on its x axis.
HELPERS = """
function figureOf(words) {
  return [...document.querySelectorAll("figure")].find(f => f.textContent.includes(words));
}
function chartOf(words) {
  return [...figureOf(words).querySelectorAll("svg.chart")].find(s => s.getBoundingClientRect().width > 0);
}
function boxOf(words) {
  chartOf(words).scrollIntoView({block: "center"});
  const r = chartOf(words).getBoundingClientRect();
  return [r.x, r.y, r.width, r.height];
}
function tipOf(words) {
  const tip = figureOf(words).querySelector(".tip");
  return tip.hidden ? "" : tip.innerText;
}
function textsOf(words) {
  return [...chartOf(words).querySelectorAll(".plot text")].map(t => t.textContent);
}
function shown(words) {
  return [...document.querySelectorAll("body *")].some(e => e.children.length === 0 && e.textContent.includes(words) &&
    e.getClientRects().length > 0 && e.checkVisibility({contentVisibilityAuto: true}));
}
"""


class Report(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.carousel("train", ROOT / "data/co2.csv", "--target", "co2", "--horizon", 3, "--window", 24, "--units", 8,
                     "--epochs", 4, "--clip-norm", 0.5, "--histograms", "--out", "co2")
        rows = "".join(f"{i % 7},{(i * i) % 11},{i % 3}\n" for i in range(200))
        (cls.folder / "two.csv").write_text("a,b,c\n" + rows)
        cls.carousel("train", "two.csv", "--target", "a,b", "--horizon", 2, "--window", 6, "--units", 4, "--epochs", 2,
                     "--out", "two")
        cls.carousel("synth", "reber", "--sequences", 120, "--out", "reber.safetensors")
        cls.carousel("train", "reber.safetensors", "--target", "y", "--lengths", "lengths", "--mask", "mask", "--scale",
                     "none", "--units", 8, "--epochs", 2, "--out", "reber")
        cls.carousel("compare", "co2", "two", "--out", "compare.html")
        cls.pages = [cls.folder / name / "report.html" for name in ("co2", "two", "reber")] + [cls.folder / "compare.html"]
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.close)

    @classmethod
    def carousel(cls, *words):
        done = subprocess.run([PROGRAM, *map(str, words), "--quiet"], cwd=cls.folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def open(self, page, **more):
        self.browser.open(page, **more)
        self.browser.run(HELPERS)

    def ask(self, function, words):
        return self.browser.run(f"{function}({words!r})")

    def quiet(self, page):
        self.assertEqual(self.browser.complaints, [])
        self.assertEqual(self.browser.requests, [page.resolve().as_uri()])

    def test_pages_render_and_ask_for_nothing(self):
        for page in self.pages:
            for dark in (False, True):
                with self.subTest(page=page.parent.name, dark=dark):
                    self.open(page, width=500, height=400, dark=dark)
                    figures = self.browser.run("document.querySelectorAll('figure').length")
                    self.assertGreater(figures, 0)
                    drawn = self.browser.run("[...document.querySelectorAll('figure')].filter("
                                             "f => [...f.querySelectorAll('svg path')].some(p => p.getClientRects().length))"
                                             ".length")
                    self.assertEqual(drawn, figures)
                    width, height, rows, each = pixels(self.browser.picture())
                    corner = rows[2][2 * each:2 * each + 3]
                    self.assertEqual(max(corner) < 64, dark)
                    different = sum(row[i:i + 3] != corner for row in rows for i in range(0, width * each, each))
                    self.assertGreater(different, 0.01 * width * height)
                    self.quiet(page)

    def test_the_pointer_shows_the_values_of_the_nearest_row(self):
        page = self.pages[0]
        self.open(page)
        truth = {}
        for line in (ROOT / "data/co2.csv").read_text().splitlines():
            name, *values = line.split(",")
            truth[name] = values[-1]
        left, top, width, height = self.ask("boxOf", "never seen in training")
        seen = set()
        for share in (0.2, 0.4, 0.6, 0.8):
            self.browser.mouse("Moved", left + share * width, top + height / 2)
            lines = self.ask("tipOf", "never seen in training").split("\n")
            self.assertRegex(lines[0], r"^\d{4}-\d\d$")
            self.assertEqual(lines[1].split("\t")[0], "measured")
            self.assertEqual(float(lines[1].split("\t")[1]), float(truth[lines[0]]))
            line = self.browser.run("(r => r.x + r.width / 2)(chartOf('never seen in training').querySelector('.hover line')"
                                    ".getBoundingClientRect())")
            self.assertLess(abs(line - left - share * width), 6)  # 9 pixels lie between rows
            seen.add(lines[0])
        self.assertEqual(len(seen), 4)
        self.browser.mouse("Moved", 2, 2)
        self.assertEqual(self.ask("tipOf", "never seen in training"), "")
        for words, expected in (("best: epoch", r"^epoch \d\n.*training\t.*\n.*validation\t"),
                                ("Autocorrelation", r"^lag, in rows \d+\n.*correlation\t-?0\.\d"),
                                ("RMSE", r"^step of the horizon \d\n.*forecast\t.*\n.*naive\t.*\n.*seasonal.*\n.*linear"),
                                ("clip_norm", r"^step \d+\n.*each step\t")):
            left, top, width, height = self.ask("boxOf", words)
            self.browser.mouse("Moved", left + width / 2, top + 0.6 * height)
            self.assertRegex(self.ask("tipOf", words), expected)
        self.quiet(page)

    def test_a_dot_says_which_row_it_is(self):
        self.open(self.pages[0])
        self.ask("boxOf", "exact")
        x, y = self.browser.run("(() => { const s = chartOf('exact'), [l, t, r, b] = s.querySelector('.plot').dataset.box"
                                ".split(' ').map(Number), k = s.getBoundingClientRect().width / s.viewBox.baseVal.width,"
                                "d = s.querySelector('path[stroke-linecap]').getAttribute('d').match(/M([\\d.]+) ([\\d.]+)/),"
                                "at = s.getBoundingClientRect(); return [at.x + k * d[1], at.y + k * d[2]]; })()")
        self.browser.mouse("Moved", x, y)
        self.assertRegex(self.ask("tipOf", "exact"), r"^\d{4}-\d\d, step \d\ntrue\t[\d.]+\npredicted\t[\d.]+$")

    def test_dragging_zooms_and_three_ways_lead_back(self):
        page = self.pages[0]
        words = "never seen in training"
        self.open(page)
        whole = self.ask("textsOf", words)
        drawing = self.browser.run(f"chartOf({words!r}).querySelector('.plot').innerHTML")

        def zoom():
            left, top, width, height = self.ask("boxOf", words)
            self.browser.drag(left + 0.4 * width, top + height / 2, left + 0.6 * width, top + height / 2)
            now = self.ask("textsOf", words)
            self.assertNotEqual(now, whole)
            self.assertGreater(len(now), 4)
            return now, left + width / 2, top + height / 2

        def back():
            self.assertEqual(self.ask("textsOf", words), whole)
            self.assertEqual(self.browser.run(f"chartOf({words!r}).querySelector('.plot').innerHTML"), drawing)

        first, x, y = zoom()
        self.browser.mouse("Moved", x, y)
        self.assertIn("measured", self.ask("tipOf", words))  # values of the part, too
        again = zoom()[0]  # a part of the part
        self.assertNotEqual(again, first)
        self.browser.key("Escape")
        back()
        _, x, y = zoom()
        self.browser.click(x, y, times=1)
        self.browser.click(x, y, times=2)
        back()
        zoom()
        self.browser.run(f"figureOf({words!r}).querySelector('.tools button').click()")
        back()
        self.quiet(page)

    def test_the_curves_have_a_logarithmic_axis_to_switch(self):
        self.open(self.pages[0])
        words = "best: epoch"
        drawing = f"chartOf({words!r}).querySelector('.plot').innerHTML"
        before = self.browser.run(drawing)
        name = f"chartOf({words!r}).querySelector('text.y').textContent"
        press = f"[...figureOf({words!r}).querySelectorAll('.tools button')].at(-1).click()"
        self.assertEqual("logarithmic" in self.browser.run(name), False)
        self.browser.run(press)
        self.assertNotEqual(self.browser.run(drawing), before)
        self.assertIn("logarithmic", self.browser.run(name))
        self.browser.run(press)
        self.assertEqual(self.browser.run(drawing), before)
        self.assertNotIn("logarithmic", self.browser.run(name))

    def test_keys_walk_from_row_to_row(self):
        self.open(self.pages[0])
        self.browser.run("chartOf('never seen in training').focus()")
        names = []
        for _ in range(3):
            self.browser.key("ArrowRight")
            names.append(self.ask("tipOf", "never seen in training").split("\n")[0])
        self.browser.key("ArrowLeft")
        self.assertEqual(len(set(names)), 3)
        self.assertEqual(self.ask("tipOf", "never seen in training").split("\n")[0], names[1])

    def test_a_phone_needs_no_sideways_scroll_and_a_tap_shows_values(self):
        for page in self.pages:
            with self.subTest(page=page.parent.name):
                self.open(page, width=390, height=844, touch=True)
                self.assertEqual(self.browser.run("document.documentElement.scrollWidth"), 390)
                self.assertEqual(self.browser.run("innerWidth"), 390)
        page = self.pages[0]
        self.open(page, width=390, height=844, touch=True)
        left, top, width, height = self.ask("boxOf", "never seen in training")
        self.assertGreater(width, 340)
        self.browser.tap(left + width / 2, top + height / 2)
        self.assertIn("measured", self.ask("tipOf", "never seen in training"))
        tip = self.browser.run("(() => { const r = figureOf('never seen in training').querySelector('.tip')"
                               ".getBoundingClientRect(); return [r.left, r.right]; })()")
        self.assertGreaterEqual(tip[0], 0)
        self.assertLessEqual(tip[1], 390)
        self.quiet(page)

    def test_paper_is_light_and_hides_nothing(self):
        for page in self.pages:
            with self.subTest(page=page.parent.name):
                self.open(page, dark=True, media="print", width=760)
                self.assertEqual(self.browser.run("getComputedStyle(document.body).backgroundColor"), "rgb(255, 255, 255)")
                ink = self.browser.run("getComputedStyle(document.querySelector('.verdict') || document.body).color")
                self.assertLess(max(map(int, re.findall(r"\d+", ink)[:3])), 80)
                self.assertEqual(self.browser.run("[...document.querySelectorAll('.tools, .tip, .hint')].filter("
                                                  "e => e.getClientRects().length).length"), 0)
                if page.name == "report.html":
                    self.assertTrue(self.ask("shown", "train.seed"))  # of the settings that are folded on a screen
                    self.browser.emulate()
                    self.assertFalse(self.ask("shown", "train.seed"))
                paper = self.browser.pdf()
                self.assertTrue(paper.startswith(b"%PDF"))
                self.assertGreater(len(paper), 20_000)  # an empty page has less than 2,000 bytes
                self.assertGreaterEqual(len(re.findall(rb"/Type\s*/Page\b", paper)), 1)

    @unittest.skipUnless(shutil.which("pdftotext"), "no pdftotext here (tools/packages browser installs it)")
    def test_paper_tears_no_text_from_its_heading(self):
        for page in self.pages:
            with self.subTest(page=page.parent.name):
                self.open(page)
                texts = self.browser.run("[...document.querySelectorAll('section > p')].map("
                                         "p => [p.parentNode.querySelector('h2').textContent, p.textContent])")
                self.assertGreater(len(texts), 1)
                (self.folder / "paper.pdf").write_bytes(self.browser.pdf())
                paper = subprocess.run(["pdftotext", "paper.pdf", "-"], cwd=self.folder, capture_output=True, text=True,
                                       check=True).stdout
                sheets = [" ".join(sheet.split()) for sheet in paper.split("\f")]
                for heading, text in texts:
                    whole = [sheet for sheet in sheets if " ".join(text.split()) in sheet]
                    self.assertEqual(len(whole), 1, text)
                    self.assertIn(heading, whole[0])

    def test_without_its_script_a_page_shows_all_charts(self):
        self.browser.send("Emulation.setScriptExecutionDisabled", value=True)
        try:
            self.browser.open(self.pages[0])
            self.browser.send("Emulation.setScriptExecutionDisabled", value=False)
            self.browser.run(HELPERS)
            self.assertEqual(self.browser.run("document.querySelectorAll('.tip, .tools button').length"), 0)
            for words in ("never seen in training", "best: epoch", "Autocorrelation", "exact"):
                self.assertGreater(len(self.ask("textsOf", words)), 4)
        finally:
            self.browser.send("Emulation.setScriptExecutionDisabled", value=False)


if __name__ == "__main__":
    if not program():
        print("skipped: no chromium here (tools/packages browser installs it, the variable CHROMIUM names another)")
        sys.exit(77)
    unittest.main(argv=sys.argv[:1])
