"""What siege_test is made of: a calm client that is timed, crowds that misbehave, a server watched.

    calm     a process of its own that gets one item every few milliseconds, over one connection
             in each window: between two of them it may be idle for longer than is allowed
    crowd    many sockets of an attacker's process, which say what became of each
    siege    both, and the server between them

A machine that is busy with other things delays everybody now and then. So what is compared is the
best of several windows of requests, before and during: what a siege does it does in all of them,
what the machine does it does in some.
"""

import collections
import contextlib
import errno
import gc
import multiprocessing
import os
import resource
import selectors
import socket
import struct
import time
import warnings

import support

WINDOW_REQUESTS = 100
PACE_SECONDS = 0.002
FORK = multiprocessing.get_context("fork")
TCP_REPAIR = 19


# ---- the calm client


def timed_get(connection, request):
    """Milliseconds until the whole reply is there."""
    begun = time.perf_counter()
    connection.sendall(request)
    data = b""
    while True:
        more = connection.recv(65536)
        if not more:
            raise ConnectionError("the calm client was hung up on")
        data += more
        head, mark, body = data.partition(b"\r\n\r\n")
        if mark and len(body) >= int(head.lower().split(b"content-length: ")[1].split(b"\r")[0]):
            break
    if not data.startswith(b"HTTP/1.1 200 "):
        raise ConnectionError(f"the calm client was told {data[:80]!r}")
    return (time.perf_counter() - begun) * 1000


def _calm(pipe, port, request):
    gc.disable()
    try:
        while pipe.recv():
            times = []
            with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for _ in range(WINDOW_REQUESTS):
                    times.append(timed_get(connection, request))
                    time.sleep(PACE_SECONDS)
            times.sort()
            pipe.send((times[len(times) // 2], times[len(times) * 99 // 100]))
    except (OSError, EOFError) as error:
        with contextlib.suppress(OSError):
            pipe.send(f"{type(error).__name__}: {error}")


class Calm:
    """Windows of requests, timed by a process that does nothing else."""

    def __init__(self, port, request):
        self.pipe, theirs = FORK.Pipe()
        self.process = FORK.Process(target=_calm, args=(theirs, port, request), daemon=True)
        self.process.start()
        theirs.close()

    def window(self):
        """(median, 99th percentile) of a window, in milliseconds."""
        self.pipe.send(True)
        answer = self.pipe.recv()
        if isinstance(answer, str):
            raise AssertionError(answer)
        return answer

    def close(self):
        with contextlib.suppress(OSError):
            self.pipe.send(False)
        self.process.join()
        self.pipe.close()


# ---- crowds


class Crowd:
    """Sockets, and what became of each: a status of HTTP, "line", "closed", or "open"."""

    def __init__(self, connect, count, reads=True, small=False):
        self.selector = selectors.DefaultSelector()
        self.fates = {}
        self.cut = set()  # took less than was sent
        self.sockets = []
        for _ in range(count):
            peer = connect()
            if small:
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            peer.setblocking(False)
            self.sockets.append(peer)
            self.fates[peer] = "open"
            if reads:
                self.selector.register(peer, selectors.EVENT_READ)

    def open(self):
        return [peer for peer, fate in self.fates.items() if fate == "open"]

    def _end(self, peer, fate):
        if self.fates[peer] == "open":
            self.fates[peer] = fate
        with contextlib.suppress(KeyError, ValueError):
            self.selector.unregister(peer)
        peer.close()

    def send(self, data):
        """To all that are open, as much as they take."""
        for peer in self.open():
            try:
                if peer.send(data) < len(data):
                    self.cut.add(peer)
            except BlockingIOError:
                pass
            except OSError:
                self._read(peer)
                if peer.fileno() >= 0:
                    self._end(peer, "closed")

    def _read(self, peer):
        try:
            data = peer.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data.startswith(b"HTTP/1.1 "):
            status = int(data[9:12])
            if status >= 300:
                self._end(peer, status)
        elif data.startswith(b'{"error"'):
            self._end(peer, "line")
        elif not data:
            self._end(peer, "closed")

    def look(self, seconds):
        for key, _ in self.selector.select(seconds):
            self._read(key.fileobj)

    def drip(self, byte, seconds):
        """Send byte by byte until the server has ended all. Answers what became of how many."""
        until = time.monotonic() + seconds
        while self.open() and time.monotonic() < until:
            self.send(byte)
            self.look(0.05)
        return self.count()

    def see_off(self, seconds):
        """Wait until the server has ended all, then say what became of how many."""
        for peer in self.open():
            with contextlib.suppress(KeyError, ValueError):
                self.selector.register(peer, selectors.EVENT_READ)
        until = time.monotonic() + seconds
        while self.open() and time.monotonic() < until:
            self.look(0.1)
        return self.count()

    def count(self):
        return dict(collections.Counter(str(fate) for fate in self.fates.values()))

    def vanish(self):
        """Be gone without a word: neither FIN nor RST. False: this user may not."""
        try:
            for peer in self.open():
                peer.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
        except PermissionError:
            return False
        self.close()
        return True

    def close(self):
        for peer in self.sockets:
            peer.close()
        self.selector.close()


# ---- a siege


class Siege:
    """What an attack is given: addresses, when to go on, and when it has begun in earnest."""

    def __init__(self, port, path, pipe):
        self.port = port
        self.path = path
        self.pipe = pipe
        self.has_begun = False

    def by_port(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def by_path(self):
        peer = socket.socket(socket.AF_UNIX)
        peer.connect(self.path)
        return peer

    def begun(self):
        if not self.has_begun:
            self.pipe.send("begun")
        self.has_begun = True

    def goes_on(self):
        return not self.pipe.poll()

    def hold(self):
        """Do nothing more, but stay, until the server has been looked at."""
        self.pipe.recv()
        self.pipe.recv()

    def ask(self, data, by=None):
        """Send on a connection of its own; the status, or "closed"."""
        try:
            with (by or self.by_port)() as peer:
                peer.settimeout(30)
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    peer.sendall(data)
                reply = peer.recv(65536)
        except ConnectionResetError:
            return "closed"
        if reply.startswith(b"HTTP/1.1 "):
            return str(int(reply[9:12]))
        return "line" if reply.startswith(b"{") else "closed"


def _attack(attack, port, path, pipe):
    os.nice(10)  # the machine's time is the server's and the calm client's first
    warnings.simplefilter("ignore", ResourceWarning)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with contextlib.suppress(OSError):
        try:
            pipe.send(attack(Siege(port, path, pipe)))
        except Exception as error:  # pylint: disable=broad-except
            pipe.send(f"the attack failed: {type(error).__name__}: {error}")
    os._exit(0)  # pylint: disable=protected-access


class Attack:
    """An attack under way in a process of its own."""

    def __init__(self, attack, port, path):
        self.pipe, theirs = FORK.Pipe()
        self.process = FORK.Process(
            target=_attack, args=(attack, port, path, theirs), daemon=True)
        self.process.start()
        theirs.close()
        self.wait_for("begun")

    def wait_for(self, word=None):
        answer = self.pipe.recv()
        if isinstance(answer, str) and answer != word:
            raise AssertionError(answer)
        return answer

    def rest(self):
        with contextlib.suppress(OSError):
            self.pipe.send("rest")

    def end(self):
        """What the attack says became of it."""
        with contextlib.suppress(OSError):
            self.pipe.send("end")
        answer = self.wait_for()
        self.process.join()
        self.pipe.close()
        return answer

    def kill(self):
        self.process.kill()
        self.process.join()
        self.pipe.close()


# ---- the server, watched


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def open_files(pid):
    """What its descriptors are, for whoever wonders why there are so many."""
    found = []
    for number in sorted(os.listdir(f"/proc/{pid}/fd"), key=int):
        with contextlib.suppress(FileNotFoundError):
            found.append(f"{number} {os.readlink(f'/proc/{pid}/fd/{number}')}")
    return ", ".join(found)


def forget_peak(pid):
    """False where the system does not let one."""
    try:
        with open(f"/proc/{pid}/clear_refs", "w", encoding="ascii") as file:
            file.write("5")
        return True
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EPERM):
            return False
        raise


def peak_mib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    raise AssertionError("no VmHWM")


def head(length, method="POST", operation="GetItem", **more):
    lines = {"Host": "a", **support.call_headers(operation), "Content-Length": length, **more}
    text = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in lines.items()
                   if value is not None)
    return f"{method} / HTTP/1.1\r\n{text}\r\n".encode()


def linger_nothing(peer):
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
