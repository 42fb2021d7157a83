"""An HTTPS server on this machine's loopback, with a certificate of its own."""

import ipaddress
import ssl
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from support.servers import LOOPBACK, served


def write_certificate(folder, address=LOOPBACK):
    """Write a certificate for an address that signs itself, and its key; return their paths."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "findrobots tests")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(1))
        .not_valid_after(now + timedelta(1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    form = serialization.PrivateFormat.PKCS8
    (folder / "cert.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "key.pem").write_bytes(
        key.private_bytes(pem, form, serialization.NoEncryption()),
    )
    return folder / "cert.pem", folder / "key.pem"


class Routed(BaseHTTPRequestHandler):
    """Answer each path by a function of the handler, which ``server.routes`` has.

    ``server.requests`` lists the paths that were asked for.
    """

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.requests.append(self.path)
        self.close_connection = True
        with suppress(OSError):  # the client may have enough
            self.server.routes[self.path](self)

    def answer(self, body=b"", status=200, **headers):
        """Send an answer; ``None`` leaves a header out."""
        self.send_response(status)
        sent = {"Content_Length": str(len(body)), "Content_Type": "application/json"} | headers
        for name, value in sent.items():
            if value is not None:
                self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *_):
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_):
        """Print nothing: clients break off on purpose."""


@contextmanager
def https_server(routes, certificate, key):
    """Serve routes over HTTPS; yield the server, whose ``url`` is its address."""
    server = _Server((LOOPBACK, 0), Routed)
    server.routes, server.requests = routes, []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    with served(server) as address:
        server.url = address.replace("http://", "https://")
        yield server
