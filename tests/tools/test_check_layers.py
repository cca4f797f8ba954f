# Plants each kind of violation in a small house and expects tools/check_layers to name it.
import pathlib
import subprocess
import sys
import tempfile
import unittest

TOOL = pathlib.Path(__file__).parent.parent.parent / "tools/check_layers"
TABLE = """
| folder | what it holds | sees | public headers |
|---|---|---|---|
| `base` | x | | `error.h` |
| `loss` | x | `base` | |
| `model` | x | `base` | `model.h` |
| `stream` | x | `model` | |
"""


class CheckLayers(unittest.TestCase):
    def check(self, files, table=TABLE):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            subprocess.run(["git", "init", "-q", folder], check=True)
            house = {"src/README.md": table, "include/carousel/error.h": "// One.\n#include <string>\n",
                     "include/carousel/model.h": '// One.\n#include "carousel/error.h"\n',
                     "src/base/view.h": "// One.\n", "src/loss/mse.h": '// One.\n#include "base/view.h"\n',
                     "src/model/spec.cc": '// One.\n#include "carousel/model.h"\n#include <fmt/format.h>\n',
                     "src/stream/session.h": '// One.\n#include "base/view.h"\n#include "carousel/model.h"\n'} | files
            for name, text in house.items():
                path = root / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            done = subprocess.run([sys.executable, TOOL, folder], capture_output=True, text=True)
            return done.returncode, done.stdout

    def refuses(self, message, files, table=TABLE):
        status, text = self.check(files, table)
        self.assertEqual(status, 1, text)
        self.assertIn(message, text)
        self.assertIn("1 finding(s)", text)

    def test_a_sound_house_passes(self):
        self.assertEqual(self.check({}), (0, "layers: 0 finding(s) in 4 folders\n"))

    def test_include_of_a_folder_below(self):
        self.refuses("src/base/a.h:2: 'base' must not see 'loss'", {"src/base/a.h": '// One.\n#include "loss/mse.h"\n'})

    def test_include_of_a_public_header_of_a_folder_below(self):
        self.refuses("'base' must not see 'model'", {"src/base/a.h": '// One.\n#include "carousel/model.h"\n'})

    def test_public_header_with_third_party(self):
        self.refuses("third-party <fmt/format.h>", {"include/carousel/model.h": "// One.\n#include <fmt/format.h>\n"})

    def test_public_header_with_internal(self):
        self.refuses('internal "base/view.h"', {"include/carousel/model.h": '// One.\n#include "base/view.h"\n'})

    def test_public_header_without_folder(self):
        self.refuses("x.h: in no row", {"include/carousel/x.h": "// One.\n"})

    def test_serving_sees_no_learning_even_through_the_table(self):
        table = TABLE.replace("| `model` | x | `base`", "| `model` | x | `loss`")
        self.refuses("src/README.md: 'stream' sees ['loss']", {}, table)

    def test_row_names_a_row_below(self):
        self.refuses("'base' sees 'loss', which is not a row above it", {}, TABLE.replace("`base` | x | |", "`base` | x | `loss` |"))

    def test_folder_without_row(self):
        self.refuses("src/extra: not a row", {"src/extra/a.h": "// One.\n"})

    def test_file_without_opening_sentence(self):
        self.refuses("src/base/a.h: does not open", {"src/base/a.h": "#pragma once\n"})

    def test_file_too_long(self):
        self.refuses("1001 lines", {"src/base/a.h": "// One.\n" * 1001})

    def test_long_file_warns(self):
        status, text = self.check({"src/base/a.h": "// One.\n" * 501})
        self.assertEqual(status, 0)
        self.assertIn("warning: src/base/a.h: 501 lines", text)


if __name__ == "__main__":
    unittest.main()
