# What every `run` begins with: reads --short and --seed N, finds build and data, builds what is missing.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[1]}")" && pwd)
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=${CAROUSEL_BUILD:-$root/build/release}
data=${CAROUSEL_DATA:-$root/../shared/data}
short= seed=
while (( $# )); do
  case $1 in
    --short) short=--short ;;
    --seed) seed=${2:?--seed takes a number}; shift ;;
    *) echo "usage: $(basename "$here")/run [--short] [--seed N]" >&2; exit 2 ;;
  esac
  shift
done

# Builds targets into build/release; where CAROUSEL_BUILD names a build, that one is taken as it is.
built() {
  [[ ! ${CAROUSEL_BUILD:-} ]] || return 0
  local log
  "$root/tools/packages" demo
  log=$(mktemp)
  { { [[ -e $build/CMakeCache.txt ]] || cmake -S "$root" --preset release -DCAROUSEL_TESTS=OFF; } &&
    cmake --build "$build" --target "$@"; } > "$log" 2>&1 ||
    { cat "$log" >&2; rm -f "$log"; echo "run: the build failed" >&2; exit 1; }
  rm -f "$log"
}

# Data sets that the project may not ship: exits with 77, which the tests count as skipped.
needs() {
  local file
  for file in "$@"; do
    [[ -e $data/$file ]] || { echo "skipped: $data/$file is not there; CAROUSEL_DATA names its folder" >&2; exit 77; }
  done
}

# The C++ program of this example, with the folder for its pictures.
example() {
  local name
  name=$(basename "$here")
  built "example_$name"
  folder
  "$build/examples/$name" "$out" $short ${seed:+--seed "$seed"} "$@"
}

# The gradients of settings.toml against finite differences; the run ends where they differ.
gradients() { "$build/carousel" gradcheck "$here/settings.toml" 2>&1; }

# A folder for what a run writes: runs/examples/NAME, or one that goes away after a short run.
folder() {
  if [[ $short ]]; then
    out=$(mktemp -d)
    trap 'rm -rf "$out"' EXIT
  else
    out=$root/runs/examples/$(basename "$here")
    mkdir -p "$out"
  fi
}
