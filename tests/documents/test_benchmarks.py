"""Benchmarks and scripts that the documents start are there, with the options that are given."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md"))]
START = re.compile(r"python (?:benchmarks/([\w/]+)\.py|-m benchmarks\.([\w.]+))([^`#]*)")
PLACE = re.compile(r"\$\(python -c '([^']+)'\)(/[\w./]+)")


def text_of(benchmark: str) -> str | None:
    """Source of a benchmark that is one file, or of all files of its folder."""
    path = ROOT / "benchmarks" / benchmark
    files = [path.with_suffix(".py")] if path.with_suffix(".py").is_file() else sorted(path.glob("*.py"))
    return "\n".join(file.read_text(encoding="utf-8") for file in files) or None


def test_benchmarks_exist_with_their_options():
    started, wrong = set(), []
    for page in PAGES:
        for match in START.finditer(page.read_text(encoding="utf-8")):
            name = (match[1] or match[2]).strip(".").replace(".", "/")
            started.add(name)
            text = text_of(name) or text_of(name.partition("/")[0])
            options = re.findall(r"--([a-z][\w-]*)", match[3].split("\n\n")[0])
            wrong += [(page.name, name, option) for option in options if f'"--{option}"' not in (text or "")
                      and not (text and 'f"--{' in text and f'"{option}"' in text)]  # fmt: skip
            if text is None:
                wrong.append((page.name, name, "is missing"))
    assert not wrong and len(started) > 10


def test_files_of_the_package_are_where_the_commands_look_for_them():
    found = {match.groups() for page in PAGES for match in PLACE.finditer(page.read_text(encoding="utf-8"))}
    assert {Path(path).name for _, path in found} >= {"shard.sh", "pretrain.sbatch", "one_node.yaml"}
    for program in {program for program, _ in found}:
        run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert not [path for told, path in found if told == program and not Path(run.stdout.strip() + path).is_file()]
