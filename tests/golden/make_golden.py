"""Makes every golden file of tests/golden/data: what PyTorch, Keras, TensorFlow and ONNX compute, in float64.

One command, about 20 seconds, needs what requirements.txt lists:

    python3 -m venv build/golden-venv && build/golden-venv/bin/pip install -r tests/golden/requirements.txt
    build/golden-venv/bin/python tests/golden/make_golden.py
"""

import importlib
import os
import pathlib
import subprocess
import sys

# One process each: TensorFlow and PyTorch bring two copies of LLVM, which do not live in one process.
MAKERS = ("torch_cases", "keras_cases", "tensorflow_cases", "onnx_cases", "loop_cases", "learning_cases")
FOLDER = pathlib.Path(__file__).parent / "data"
LIMIT_BYTES = 600_000


def make(maker):
    sys.dont_write_bytecode = True
    for case in importlib.import_module(f"make.{maker}").cases():
        case.save(FOLDER)


def main():
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.safetensors"):
        old.unlink()
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1",
                   "KERAS_BACKEND": "tensorflow"}
    for maker in MAKERS:
        print(maker, flush=True)
        subprocess.run([sys.executable, __file__, maker], check=True, env=environment)
    made = sorted(FOLDER.glob("*.safetensors"))
    for file in made:
        file.chmod(0o644)
    total = sum(f.stat().st_size for f in made)
    print(f"{len(made)} files, {total:,} bytes in {FOLDER}")
    if total > LIMIT_BYTES:
        raise SystemExit(f"the folder is larger than {LIMIT_BYTES:,} bytes")


if __name__ == "__main__":
    make(sys.argv[1]) if len(sys.argv) > 1 else main()
