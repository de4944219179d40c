"""Everything that ``make check`` checks, one after the other; all are run."""

import subprocess
import sys
import time

CHECKS = (
    ("format", ["ruff", "format", "--check", "-q", "."]),
    ("lint", ["ruff", "check", "-q", "."]),
    ("types", ["mypy"]),
    ("imports", ["importlinter.cli", "lint"]),
    ("typescript: counter", ["install.node", "tsc", "counter_client/ui"]),
    ("typescript: phone", ["install.node", "tsc", "web/phone"]),
    ("typescript: licence check", ["install.node", "tsc", "web/licence-check"]),
    ("typescript: verify", ["install.node", "tsc", "web/verify"]),
    ("typescript: desk", ["install.node", "tsc", "agent_desk"]),
    ("sizes, generated files, words", ["pytest", "-q", "tests/test_repository.py"]),
)


def main() -> int:
    """Run every check; return 1 if one of them found something."""
    failed = []
    for name, words in CHECKS:
        began = time.monotonic()
        command = [sys.executable, "-m", *words]
        if words[0] == "importlinter.cli":
            command = [
                sys.executable,
                "-c",
                "from importlinter.cli import lint_imports_command as l; l()",
            ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        mark = "✓" if done.returncode == 0 else "✗"
        print(f"  {mark} {name} ({time.monotonic() - began:.1f} s)", flush=True)
        if done.returncode != 0:
            failed.append(name)
            print((done.stdout + done.stderr)[-4000:], flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
