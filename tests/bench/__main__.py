"""Every benchmark in turn: `python -m tests.bench`. Each prints ratios taken within its own run."""

import subprocess
import sys
from pathlib import Path

for path in sorted(Path(__file__).parent.glob("bench_*.py")):
    print(f"\n{path.stem}", flush=True)
    subprocess.run([sys.executable, "-m", f"tests.bench.{path.stem}"], check=True)
