"""Runs js/client.test.mjs and js/streams.test.mjs: the AWS SDK for JavaScript v3 against servers of
this test's own. The second kills its servers, so it starts them itself.

usage: js_test.py BUILD_FOLDER

The SDK is installed from js/package-lock.json into BUILD_FOLDER, once per lock file: nothing is
downloaded again until the lock changes. The source tree stays as it is.
"""

import os
import shutil
import subprocess
import sys
import tempfile

import support

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.join(HERE, "js")
INSTALL = os.path.join(HERE, "../../scripts/npm-install")
NODE_MIN = 18


def node():
    found = shutil.which("node")
    support.require(found and shutil.which("npm"), "Node.js is missing: apt-get install nodejs npm")
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True)
    major = int(version.stdout.lstrip("v").split(".")[0])
    support.require(
        major >= NODE_MIN, f"Node.js {NODE_MIN} or later is needed, this is {version.stdout}"
    )
    return found


def run(folder, suite, **environment):
    """The exit code of a suite; node resolves its imports from where the file lies."""
    shutil.copy(os.path.join(SOURCE, suite), folder)
    command = [node(), "--test", "--test-reporter=spec", suite]
    environment = {**os.environ, **environment}
    return subprocess.run(command, cwd=folder, env=environment, check=False).returncode


def run_against(folder, url):
    return run(folder, "client.test.mjs", STATOR_TEST_ENDPOINT=url)


def main(arguments):
    support.require(len(arguments) == 2, "usage: js_test.py BUILD_FOLDER")
    folder = os.path.abspath(arguments[1])
    node()
    support.require(
        subprocess.run([INSTALL, SOURCE, folder], check=False).returncode == 0,
        "the AWS SDK for JavaScript could not be installed",
    )
    if support.elsewhere():
        return run_against(folder, support.elsewhere())
    with tempfile.TemporaryDirectory(prefix="stator-clients-") as data:
        server = support.Server("--data", os.path.join(data, "data"))
        try:
            failed = run_against(folder, server.url)
        finally:
            code = server.stop()
    support.require(code == 0, f"the server ended with {code}: {server.complaints()}")
    return failed or run(folder, "streams.test.mjs", STATOR=support.program())


if __name__ == "__main__":
    sys.exit(main(sys.argv))
