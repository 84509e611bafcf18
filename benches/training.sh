#!/usr/bin/env bash
# Training throughput beside NumPy and PyTorch, in one go: each three times, in turn.
# Needs python3 with venv and the network once. Usage: benches/training.sh [VENV]
set -euo pipefail
cd "$(dirname "$0")/.."
venv=${1:-target/training-venv}
if [ ! -x "$venv/bin/python" ]; then
    python3 -m venv "$venv"
    "$venv/bin/pip" --quiet install numpy
    "$venv/bin/pip" --quiet install torch --index-url https://download.pytorch.org/whl/cpu ||
        "$venv/bin/pip" --quiet install torch
fi
cargo build --release --quiet --bench training
for round in 1 2 3; do
    echo "round $round, load $(cut -d' ' -f1 /proc/loadavg 2>/dev/null || echo unknown)"
    cargo bench --quiet --bench training
    for threads in 1 2; do
        OMP_NUM_THREADS=$threads OPENBLAS_NUM_THREADS=$threads MKL_NUM_THREADS=$threads \
            "$venv/bin/python" benches/training.py "$threads"
    done
done
