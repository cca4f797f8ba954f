# Installs the project into a folder of its own and lets another project find it there: builds and runs the README's program.
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).parent.parent.parent
BUILD, COMPILER = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2]

PROJECT = """cmake_minimum_required(VERSION 3.23)
project(product LANGUAGES CXX)
find_package(carousel REQUIRED)
if(DEFINED Protobuf_USE_STATIC_LIBS)
  message(FATAL_ERROR "a choice for another package was left behind")
endif()
add_executable(product main.cc)
target_link_libraries(product carousel::carousel)
"""


class Install(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def run_here(self, *words, **more):
        done = subprocess.run([str(word) for word in words], cwd=self.folder, capture_output=True, text=True, **more)
        self.assertEqual(done.returncode, 0, f"{words}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def test_another_project_finds_the_library(self):
        prefix = self.folder / "installed"
        self.run_here("cmake", "--install", BUILD, "--prefix", prefix)
        self.assertIn("carousel", self.run_here(prefix / "bin/carousel", "--version"))
        code = re.search(r"```cpp\n(.*?)```", (ROOT / "README.md").read_text(), re.S).group(1)
        (self.folder / "main.cc").write_text(code)
        (self.folder / "CMakeLists.txt").write_text(PROJECT)
        (self.folder / "data").symlink_to(ROOT / "data")
        self.run_here("cmake", "-B", "build", f"-DCMAKE_PREFIX_PATH={prefix}", f"-DCMAKE_CXX_COMPILER={COMPILER}")
        self.run_here("cmake", "--build", "build")
        environment = {**os.environ, "CAROUSEL_THREADS": "1"}
        self.assertEqual(len(self.run_here("build/product", env=environment).splitlines()), 12)

    def test_the_program_alone_is_small(self):
        prefix = self.folder / "program"
        self.run_here("cmake", "--install", BUILD, "--component", "program", "--prefix", prefix)
        files = [path for path in prefix.rglob("*") if path.is_file()]
        self.assertEqual([path.name for path in files], ["carousel"])
        self.assertLess(files[0].stat().st_size, 10e6)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
