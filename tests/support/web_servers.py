"""Real servers and their checkers, run on this machine's loopback with rules of findrobots."""

import http.client
import os
import shutil
import subprocess
import time
from contextlib import contextmanager
from typing import NamedTuple

import pytest
from support.servers import LOOPBACK, answers, free_port

# Debian puts servers where a user's PATH does not lead.
PATH = f"{os.environ['PATH']}:/usr/sbin:/sbin"
APACHE_MODULES = "/usr/lib/apache2/modules"


def find_program(name):
    """The path of a program; the test is skipped where it is not installed."""
    found = shutil.which(name, path=PATH)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def run(*command, **options):
    return subprocess.run(
        [*map(str, command)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PATH": PATH, "HOME": "/nonexistent"},
        **options,
    )


def nginx(directory, rules, port):
    (directory / "rules.conf").write_text(rules)
    config = directory / "nginx.conf"
    config.write_text(
        f"daemon off; pid {directory}/pid; error_log stderr;\n"
        "events {}\n"
        "http {\n"
        f"  include {directory}/rules.conf; access_log off;\n"
        f"  client_body_temp_path {directory}/a; proxy_temp_path {directory}/b;\n"
        f"  fastcgi_temp_path {directory}/c; uwsgi_temp_path {directory}/d;\n"
        f"  scgi_temp_path {directory}/e;\n"
        f"  server {{ listen {LOOPBACK}:{port}; if ($findrobots_blocked) {{ return 403; }}\n"
        "    location / { return 200; } }\n"
        "}\n"
    )
    program = find_program("nginx")
    return [program, "-t", "-c", config], [program, "-c", config]


def apache(directory, rules, port):
    program = find_program("apache2")
    (directory / "rules.conf").write_text(rules)
    config = directory / "apache.conf"
    modules = ("mpm_event", "authz_core", "setenvif", "status")
    config.write_text(
        f"ServerRoot {directory}\nServerName localhost\nPidFile pid\nErrorLog error.log\n"
        f"DefaultRuntimeDir {directory}\nListen {LOOPBACK}:{port}\nDocumentRoot /usr/share\n"
        + "".join(f"LoadModule {name}_module {APACHE_MODULES}/mod_{name}.so\n" for name in modules)
        + ("User www-data\nGroup www-data\n" if os.geteuid() == 0 else "")
        # A handler that answers each path with 200.
        + "<Location />\n  SetHandler server-status\n</Location>\n"
        f"Include {directory}/rules.conf\n"
    )
    return [program, "-t", "-f", config], [program, "-f", config, "-D", "FOREGROUND"]


def haproxy(directory, rules, port):
    config = directory / "haproxy.cfg"
    config.write_text(
        "defaults\n  mode http\n  timeout client 5s\n  timeout server 5s\n  timeout connect 5s\n"
        f"frontend site\n  bind {LOOPBACK}:{port}\n{rules}  http-request return status 200\n"
    )
    program = find_program("haproxy")
    return [program, "-c", "-f", config], [program, "-db", "-f", config]


def caddy(directory, rules, port):
    (directory / "rules.caddy").write_text(rules)
    config = directory / "Caddyfile"
    config.write_text(
        "{\n  admin off\n  auto_https off\n}\n"
        f"import {directory}/rules.caddy\n"
        f"http://{LOOPBACK}:{port} {{\n  import findrobots\n  respond 200\n}}\n"
    )
    program = find_program("caddy")
    named = ["--config", config, "--adapter", "caddyfile"]
    return [program, "validate", *named], [program, "run", *named]


SERVERS = {"nginx": nginx, "apache": apache, "haproxy": haproxy, "caddy": caddy}


class Site(NamedTuple):
    """A running server."""

    port: int

    def status(self, path="/page", *, user_agent="Firefox", source=LOOPBACK):
        """Return the status with which a request from a loopback address is answered."""
        connection = http.client.HTTPConnection(
            LOOPBACK, self.port, timeout=10, source_address=(source, 0)
        )
        try:
            connection.request("GET", path, headers={"User-Agent": user_agent, "Host": LOOPBACK})
            return connection.getresponse().status
        finally:
            connection.close()


@contextmanager
def web_server(name, directory, rules):
    """A server that answers all that its rules do not block with 200."""
    port = free_port()
    _, command = SERVERS[name](directory, rules, port)
    with (directory / "output").open("w") as output:
        process = subprocess.Popen(
            [*map(str, command)],
            stdout=output,
            stderr=output,
            env={**os.environ, "HOME": str(directory)},
        )
    try:
        deadline = time.monotonic() + 20
        while not answers(port):
            assert process.poll() is None, (directory / "output").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield Site(port)
    finally:
        process.terminate()
        process.wait(20)
