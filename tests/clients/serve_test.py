"""`stator serve` as the person who starts and stops it sees it: options, lines, exit codes."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

import support
from hostile_test import Raw, head, request

NOBODY = 65534
CREATE = {"TableName": "Kept", **support.key_schema(("id", "S"))}
ITEM = {"id": {"S": "x"}, "n": {"N": "1"}}
GET = {"TableName": "Kept", "Key": {"id": ITEM["id"]}, "ConsistentRead": True}


def run(*arguments, stator=None, **more):
    """A run of the program that ends by itself."""
    return subprocess.run(
        [stator or support.program(), *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=support.START_SECONDS,
        check=False,
        **more,
    )


def write_item(server):
    with support.Client(server.port) as client:
        client.must("CreateTable", CREATE)
        support.wait_active(client, "Kept")
        client.must("PutItem", {"TableName": "Kept", "Item": ITEM})


class FolderTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="stator-serve-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.data = os.path.join(self.folder, "data")

    def serve(self, *options, **more):
        """A server that is stopped after the test, if the test did not."""
        server = support.Server(*options, **more)
        self.addCleanup(lambda: server.running() and server.kill())
        return server


class StartTest(FolderTest):
    def test_start_line__names_version_address_folder_and_milliseconds(self):
        server = self.serve("--data", self.data)
        version = run("--version").stdout.split()[-1]
        self.assertIn(version, server.line)
        self.assertIn(server.url, server.line)
        self.assertIn(self.data, server.line)
        self.assertRegex(server.line, r"\d+(\.\d+)? ms")
        self.assertEqual(server.stop(), 0)

    def test_the_port_of_the_start_line__answers_at_once(self):
        server = self.serve("--memory")
        with support.Client(server.port) as client:
            self.assertEqual(client.must("ListTables", {}), {"TableNames": []})
        self.assertEqual(server.stop(), 0)

    def test_health__needs_no_signature(self):
        server = self.serve("--memory")
        with support.Client(server.port) as client:
            self.assertEqual(client.send("GET", "/health").status, 200)
        self.assertEqual(server.stop(), 0)

    def test_data__is_kept_from_run_to_run(self):
        for durability in ("sync", "relaxed"):
            with self.subTest(durability):
                data = os.path.join(self.folder, durability)
                server = self.serve("--data", data, "--durability", durability)
                write_item(server)
                self.assertEqual(server.stop(), 0)
                server = self.serve("--data", data, "--durability", durability)
                with support.Client(server.port) as client:
                    self.assertEqual(client.must("GetItem", GET), {"Item": ITEM})
                self.assertEqual(server.stop(), 0)

    def test_memory__leaves_nothing_behind(self):
        server = self.serve("--memory", cwd=self.folder)
        write_item(server)
        self.assertEqual(server.stop(), 0)
        self.assertEqual(os.listdir(self.folder), [])
        server = self.serve("--memory")
        with support.Client(server.port) as client:
            self.assertEqual(client.must("ListTables", {}), {"TableNames": []})
        self.assertEqual(server.stop(), 0)

    def test_without_a_folder__data_goes_to_stator_data(self):
        server = self.serve(cwd=self.folder)
        write_item(server)
        self.assertEqual(server.stop(), 0)
        self.assertEqual(os.listdir(self.folder), ["stator-data"])

    def test_cache_mb_and_log_level__are_taken(self):
        server = self.serve("--memory", "--cache-mb", "16", "--log-level", "debug")
        write_item(server)
        self.assertEqual(server.stop(), 0)

    def test_host__says_where_to_listen(self):
        server = self.serve("--memory", "--host", "127.0.0.1")
        with support.Client(server.port) as client:
            self.assertEqual(client.send("GET", "/health").status, 200)
        self.assertEqual(server.stop(), 0)

    def test_unix__listens_on_a_socket_file_too(self):
        path = os.path.join(self.folder, "socket")
        for ending in ("kill", "stop"):
            server = self.serve("--memory", "--unix", path)
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(10)
            connection.connect(path)
            connection.sendall(request(b"{}", x_amz_target="DynamoDB_20120810.ListTables"))
            self.assertIn(b'{"TableNames":[]}', connection.recv(10_000))
            connection.close()
            getattr(server, ending)()  # after kill the file is stale, and replaced
        self.assertFalse(os.path.exists(path))


class StopTest(FolderTest):
    def test_signals__end_it_with_exit_code_0(self):
        for ending in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(ending):
                server = self.serve("--memory")
                self.assertEqual(server.stop(ending), 0)

    def test_an_open_request__is_answered_before_the_end(self):
        for ending in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(ending):
                server = self.serve("--memory")
                write_item(server)
                connection = Raw(server.port)
                body = json.dumps(GET).encode()
                connection.send(head(content_length=str(len(body))) + body[:5])
                time.sleep(0.2)
                server.process.send_signal(ending)
                time.sleep(0.5)
                self.assertTrue(server.running(), "it did not wait for the open request")
                connection.send(body[5:])
                self.assertEqual(connection.reply().json(), {"Item": ITEM})
                self.assertEqual(server.wait(), 0)
                connection.close()

    def test_idle_connections__do_not_delay_the_end(self):
        server = self.serve("--memory")
        idle = [Raw(server.port) for _ in range(20)]
        idle[0].send(request(b"{}", x_amz_target="DynamoDB_20120810.ListTables"))
        self.assertEqual(idle[0].reply().status, 200)
        started = time.monotonic()
        self.assertEqual(server.stop(), 0)
        self.assertLess(time.monotonic() - started, 5)
        for connection in idle:
            self.assertIsNone(connection.reply())
            connection.close()

    def test_writes_under_way__are_answered_or_not_done(self):
        """Writers run while it stops: what was acknowledged is there afterwards."""
        server = self.serve("--data", self.data)
        write_item(server)
        acknowledged = []

        def write(writer):
            with support.Client(server.port) as client:
                for n in range(100_000):
                    item = {"id": {"S": f"{writer}-{n}"}}
                    try:
                        status, _ = client.call("PutItem", {"TableName": "Kept", "Item": item})
                    except (OSError, support.http.client.HTTPException, ValueError):
                        return
                    if status != 200:
                        return
                    acknowledged.append(item["id"]["S"])

        threads = [threading.Thread(target=write, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        time.sleep(0.3)
        self.assertEqual(server.stop(), 0)
        for thread in threads:
            thread.join()
        self.assertGreater(len(acknowledged), 8)
        server = self.serve("--data", self.data)
        with support.Client(server.port) as client:
            for name in acknowledged:
                key = {"id": {"S": name}}
                self.assertIn("Item", client.must("GetItem", {**GET, "Key": key}), name)
        self.assertEqual(server.stop(), 0)


class RefusalTest(FolderTest):
    """One line on standard error that names the culprit, and an exit code that is not zero."""

    def refused(self, *arguments, culprit, **more):
        done = run(*arguments, **more)
        self.assertGreater(done.returncode, 0, done)
        self.assertEqual(done.stdout, "")
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertTrue(done.stderr.endswith("\n"))
        self.assertIn(culprit, done.stderr)

    def test_a_port_in_use(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            self.refused("serve", "--memory", "--port", port, culprit=port)

    def test_a_folder_that_another_process_holds(self):
        server = self.serve("--data", self.data)
        self.refused("serve", "--port", "0", "--data", self.data, culprit=self.data)
        write_item(server)
        self.assertEqual(server.stop(), 0)

    def test_a_folder_of_somebody_else(self):
        os.mkdir(self.data)
        letter = os.path.join(self.data, "letter.txt")
        with open(letter, "w", encoding="ascii") as file:
            file.write("Dear")
        self.refused("serve", "--port", "0", "--data", self.data, culprit=self.data)
        self.assertEqual(os.listdir(self.data), ["letter.txt"])

    def test_a_folder_that_may_not_be_read(self):
        os.mkdir(self.data, mode=0o000)
        more = {}
        if os.geteuid() == 0:  # root may read everything: be somebody else
            stator = shutil.copy(support.program(), self.folder)
            os.chmod(self.folder, 0o755)
            more = {"stator": stator, "user": NOBODY, "group": NOBODY, "extra_groups": []}
        self.refused("serve", "--port", "0", "--data", self.data, culprit=self.data, **more)

    def test_a_file_in_place_of_the_folder(self):
        with open(self.data, "w", encoding="ascii"):
            pass
        self.refused("serve", "--port", "0", "--data", self.data, culprit=self.data)

    def test_options_that_do_not_exist(self):
        self.refused("serve", "--colour", culprit="--colour")
        self.refused("serve", "-z", culprit="-z")
        self.refused("serve", "somewhere", culprit="somewhere")
        self.refused("server", culprit="server")
        self.refused("--colour", culprit="--colour")

    def test_values_that_do_not_fit(self):
        for option, value in (
            ("--port", "65536"),
            ("--port", "-1"),
            ("--port", "http"),
            ("--port", ""),
            ("--durability", "perhaps"),
            ("--cache-mb", "-5"),
            ("--cache-mb", "many"),
            ("--cache-mb", "99999999999999999999"),
            ("--log-level", "loud"),

        ):
            with self.subTest(f"{option} {value}"):
                self.refused("serve", "--memory", "--port", "0", option, value, culprit=option)

    def test_an_option_without_its_value(self):
        self.refused("serve", "--data", culprit="--data")

    def test_memory_and_a_folder_at_once(self):
        self.refused("serve", "--memory", "--data", self.data, culprit="--memory")
        self.assertFalse(os.path.exists(self.data))


class CheckTest(FolderTest):
    """stator check DIR."""

    def test_a_sound_folder__is_called_sound(self):
        server = self.serve("--data", self.data)
        write_item(server)
        self.assertEqual(server.stop(), 0)
        done = run("check", self.data)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(done.stdout, "1 tables, 1 items, 0 index entries: sound\n")

    def test_a_folder_without_a_database__is_refused_and_stays_as_it_was(self):
        os.mkdir(self.data)
        for folder in (self.data, os.path.join(self.folder, "nowhere")):
            done = run("check", folder)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
            self.assertIn(folder, done.stderr)
        self.assertEqual(os.listdir(self.folder), ["data"])
        self.assertEqual(os.listdir(self.data), [])

    def test_a_folder_in_use__is_refused(self):
        self.serve("--data", self.data)
        done = run("check", self.data)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn(self.data, done.stderr)

    def test_no_folder__shows_the_usage(self):
        done = run("check")
        self.assertEqual(done.returncode, 2)
        self.assertIn("usage: stator check DIR", done.stderr)


class HelpTest(unittest.TestCase):
    def test_help__names_every_option_of_serve(self):
        done = run("serve", "--help")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for option in (
            "--host",
            "--port",
            "--unix",
            "--data",
            "--memory",
            "--durability",
            "--cache-mb",
            "--log-level",
        ):
            self.assertIn(option, done.stdout)

    def test_help__names_the_commands(self):
        done = run("--help")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("serve", done.stdout)

    def test_version__is_one_line(self):
        done = run("--version")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertTrue(re.fullmatch(r"stator \d+\.\d+\.\d+\n", done.stdout), done.stdout)


if __name__ == "__main__":
    unittest.main()
