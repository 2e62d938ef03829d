"""Replays the README: every ```console block, in order, in one shell, against a server of its own.

usage: readme_test.py README.md

A line that begins with `$ ` is a command (a backslash at its end takes the next line along); the
lines up to the next command are what it prints, all of it and exactly. Port 8000, in commands and
in what they print, stands for the port of the server that this test started. The shell begins in
an empty folder where `build/` leads to the built program, with nothing in its environment that a
newcomer would not have.
"""

import difflib
import os
import re
import subprocess
import sys
import tempfile

import support

README_PORT = "8000"
SHELL_SECONDS = 120


class Step:
    """A command and what it prints."""

    def __init__(self, line, command):
        self.line = line
        self.command = command
        self.expected = []


def read_steps(text):
    """The steps of all console blocks."""
    steps = []
    inside = False
    continues = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("```"):
            inside = line.strip() == "```console"
            continues = False
        elif inside and continues:
            steps[-1].command += "\n" + line
            continues = line.endswith("\\")
        elif inside and line.startswith("$ "):
            steps.append(Step(number, line[2:]))
            continues = line.endswith("\\")
        elif inside:
            support.require(steps, f"line {number}: output before the first command")
            steps[-1].expected.append(line)
    return steps


def replay(steps, folder, port):
    """What each step prints. All run in one shell, so `export` and `cd` last."""
    script = "".join(
        "{\n%s\n} >%s/step-%d 2>&1 </dev/null\n"
        % (re.sub(rf"\b{README_PORT}\b", str(port), step.command), folder, n)
        for n, step in enumerate(steps)
    )
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": folder,
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        "NO_PROXY": "127.0.0.1,localhost",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    work = os.path.join(folder, "work")
    os.mkdir(work)
    os.symlink(os.path.dirname(support.program()), os.path.join(work, "build"))
    subprocess.run(
        ["bash", "-c", script], cwd=work, env=environment, timeout=SHELL_SECONDS, check=False
    )
    printed = []
    for n in range(len(steps)):
        with open(os.path.join(folder, f"step-{n}"), encoding="utf-8") as file:
            printed.append(file.read().splitlines())
    return printed


def differences(steps, printed, port):
    """Every step that printed something else than the README shows, as text."""
    found = []
    for step, lines in zip(steps, printed):
        expected = [re.sub(rf"\b{README_PORT}\b", str(port), line) for line in step.expected]
        if lines != expected:
            diff = "\n".join(difflib.unified_diff(expected, lines, "README", "printed", "", "", 3))
            found.append(f"line {step.line}: $ {step.command}\n{diff}\n")
    return found


def main(arguments):
    support.require(len(arguments) == 2, "usage: readme_test.py README.md")
    support.require(os.access("/usr/bin/aws", os.X_OK), "aws is missing: apt-get install awscli")
    with open(arguments[1], encoding="utf-8") as readme:
        steps = read_steps(readme.read())
    support.require(steps, f"{arguments[1]} has no console block to replay")
    with tempfile.TemporaryDirectory(prefix="stator-readme-") as folder:
        server = support.Server("--data", os.path.join(folder, "data"))
        try:
            printed = replay(steps, folder, server.port)
        finally:
            code = server.stop()
    found = differences(steps, printed, server.port)
    support.require(not found, "\n".join(found))
    support.require(code == 0, f"the server ended with {code}")
    print(f"{len(steps)} commands print what {arguments[1]} shows")


if __name__ == "__main__":
    main(sys.argv)
