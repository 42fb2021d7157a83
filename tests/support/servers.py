"""Servers on this machine's loopback, for the tests."""

import os
import socket
import socketserver
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

LOOPBACK = "127.0.0.1"


def free_port():
    with socket.create_server((LOOPBACK, 0)) as listener:
        return listener.getsockname()[1]


def answers(port):
    with socket.socket() as client:
        return client.connect_ex((LOOPBACK, port)) == 0


@contextmanager
def s3_server():
    """An S3 server in a process of its own; its address."""
    port = free_port()
    program = "from moto.server import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", program, "-H", LOOPBACK, "-p", str(port)],
        env={**os.environ, "COVERAGE_PROCESS_START": ""},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 30
    try:
        while not answers(port):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield f"http://{LOOPBACK}:{port}"
    finally:
        process.terminate()
        process.wait(10)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@contextmanager
def served(server):
    """Run a server in a thread for as long as a test lasts; its address."""
    thread = threading.Thread(target=partial(server.serve_forever, 0.01))
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def http_server(folder):
    """Serve a folder over HTTP, as a web server does that knows no ranges."""
    return served(ThreadingHTTPServer((LOOPBACK, 0), partial(Quiet, directory=str(folder))))


class Proxy(socketserver.ThreadingTCPServer):
    """Stand between a client and a server: late, or breaking off after some bytes.

    ``breaks`` is how many connections break, behind some that are ``spared``; ``broken``
    is how many have, ``most`` how many there were at once.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self, behind, *, delay=0.0, breaks=0, spared=0, after=20_000):
        super().__init__((LOOPBACK, 0), Passing)
        self.behind = (LOOPBACK, int(behind.rpartition(":")[2]))
        self.delay, self.breaks, self.after = delay, breaks, after
        self.spared = spared
        self.now = self.most = self.broken = 0


class Passing(socketserver.BaseRequestHandler):
    def handle(self):
        self.server.now += 1
        self.server.most = max(self.server.most, self.server.now)
        with socket.create_connection(self.server.behind) as behind:
            threading.Thread(target=self.pass_back, args=(behind,), daemon=True).start()
            try:
                while request := self.request.recv(1 << 16):
                    time.sleep(self.server.delay)
                    behind.sendall(request)
            except OSError:
                pass

    def finish(self):
        self.server.now -= 1

    def pass_back(self, behind):
        passed = 0
        try:
            while answer := behind.recv(1 << 12):
                passed += len(answer)
                if passed > self.server.after and self.server.spared > 0:
                    self.server.spared -= 1
                    passed = -(1 << 40)
                elif passed > self.server.after and self.server.broken < self.server.breaks:
                    self.server.broken += 1
                    break
                self.request.sendall(answer)
            self.request.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
