import sys
from pathlib import Path

# the benchmark is run from the root of the repository and is not installed
sys.path.insert(0, str(Path(__file__).parents[2]))
