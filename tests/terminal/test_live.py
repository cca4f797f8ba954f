# Trains on terminals of several widths, real pseudo-terminals: one line, drawn over and over, and never a second one.
"""usage: test_live.py PROGRAM"""
import fcntl
import os
import pathlib
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
import unittest

ROOT = pathlib.Path(__file__).parent.parent.parent
PROGRAM = str(pathlib.Path(sys.argv[1]).resolve())
FORECAST = ["train", str(ROOT / "data/co2.csv"), "--target", "co2", "--units", "64", "--window", "24", "--patience", "0"]
WORDS = [*FORECAST, "--epochs", "160", "--members", "1"]


class Live(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def on_terminal(self, columns, words=WORDS, **environment):
        """What a run writes to a terminal that wide, as lists of what was drawn over each line."""
        outer, inner = pty.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        run = subprocess.Popen([PROGRAM, *words, "--out", "run"], cwd=self.folder, stderr=inner, stdout=subprocess.DEVNULL,
                               env={**os.environ, "TERM": "xterm", **environment})
        os.close(inner)
        written = b""
        while True:
            try:
                more = os.read(outer, 65536)
            except OSError:  # the other end is closed
                break
            if not more:
                break
            written += more
        os.close(outer)
        self.assertEqual(run.wait(), 0, written.decode())
        return [line.split("\r") for line in written.decode().split("\r\n")]

    def test_one_line_is_redrawn_whatever_the_width(self):
        for columns, environment in ((40, {"NO_COLOR": ""}), (80, {"NO_COLOR": "1"})):
            with self.subTest(columns=columns):
                self.setUp()
                redrawn = [line for line in self.on_terminal(columns, **environment) if len(line) > 1]
                self.assertEqual(len(redrawn), 1)
                # What stands there in the end is no progress any more: the line of talk that wiped it.
                drawn = [re.sub(r"\x1b\[[0-9;]*[mK]", "", text) for text in redrawn[0][:-1] if text]
                self.assertGreater(len(drawn), 3)
                self.assertIn("trained", redrawn[0][-1])
                for text in drawn:
                    self.assertLess(len(text), columns)
                    self.assertIn("loss 0.", text.replace("loss 1.", "loss 0."))
                whole = [text for text in drawn if " left" in text]
                self.assertTrue(whole, drawn)
                coloured = any("\x1b[36m" in text for text in redrawn[0])
                self.assertEqual(coloured, columns < 80)  # NO_COLOR is set on the wider one
                if columns >= 80:
                    self.assertRegex(whole[-1], r"^epoch \d+/160  loss \S+  val \S+  [▁▂▃▄▅▆▇█]{4,16}  [\d,]+/s  .* left$")

    def test_members_have_a_line_each_with_a_sparkline(self):
        words = [*FORECAST, "--epochs", "80"]
        redrawn = [line for line in self.on_terminal(72, words, NO_COLOR="1") if len(line) > 1]
        self.assertEqual(len(redrawn), 5)
        for member, line in enumerate(redrawn, 1):
            whole = [re.sub(r"\x1b\[K", "", text) for text in line if " left" in text]
            self.assertTrue(whole, line)
            self.assertRegex(whole[-1], rf"^{member}/5  (epoch )?\d+/80  loss \S+  val \S+  [▁▂▃▄▅▆▇█]{{4,16}}  [\d,]+/s  .* left$")

    def test_a_pipe_and_a_dumb_terminal_get_plain_lines(self):
        piped = subprocess.run([PROGRAM, *WORDS, "--out", "run"], cwd=self.folder, capture_output=True, text=True)
        self.setUp()
        dumb = "\n".join("\r".join(line) for line in self.on_terminal(80, TERM="dumb"))
        for text in (piped.stderr, dumb):
            self.assertNotIn("\x1b", text)
            self.assertNotIn("\r", text)
            self.assertEqual(re.findall(r"step (\d+)/", text)[:5], ["1", "2", "4", "8", "16"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
