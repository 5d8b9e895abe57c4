#!/usr/bin/env python3
"""A PENS client (AICC CMI010 1.0a) whose packages lie on an FTP server: pyftpdlib, from PyPI.

    python3 ftp_sender.py TARGET-URL PACKAGE [--missing | --wrong-password] [--tls]

With --tls it is an FTPS server that wants AUTH TLS and PROT P, and shows a certificate that nobody has signed but it;
that takes pyOpenSSL, from PyPI.

It stages the package, sends a collect, and acknowledges what comes to its receipt and
alerts URLs.  It ends some seconds later.
"""
import argparse
import http.server
import shutil
import tempfile
import threading
import time
import urllib.parse
import urllib.request

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.servers import ThreadedFTPServer

SECONDS = 6


class Inbox(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b"error=0\r\nerror-text=command received and understood\r\nversion=1.0.0\r\npens-data="
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.do_GET()

    def log_message(self, *_):
        pass


def self_signed(directory):
    """A certificate for 127.0.0.1 and its key, in one file."""
    import datetime
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "ftp_sender")])
    now = datetime.datetime.now(datetime.timezone.utc)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False).sign(key, hashes.SHA256()))
    pem = serialization.Encoding.PEM
    path = directory + "/server.pem"
    with open(path, "wb") as file:
        file.write(certificate.public_bytes(pem))
        file.write(key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return path


def handler_over_tls(directory):
    from pyftpdlib.handlers import TLS_FTPHandler

    keys = {"certfile": self_signed(directory), "tls_control_required": True, "tls_data_required": True}
    return type("SecureHandler", (TLS_FTPHandler,), keys)


def stage(package, directory, handler):
    shutil.copy(package, directory + "/course.zip")
    authorizer = DummyAuthorizer()
    authorizer.add_user("staging", "correct horse", directory, perm="elr")
    handler = type("Handler", (handler,), {"authorizer": authorizer})
    server = ThreadedFTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.address[1]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("target")
    parser.add_argument("package")
    parser.add_argument("--missing", action="store_true")
    parser.add_argument("--wrong-password", action="store_true")
    parser.add_argument("--tls", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        handler = handler_over_tls(directory) if options.tls else FTPHandler
        port = stage(options.package, directory, handler)
        inbox = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Inbox)
        threading.Thread(target=inbox.serve_forever, daemon=True).start()
        callbacks = "http://127.0.0.1:%d/" % inbox.server_address[1]
        name = "elsewhere.zip" if options.missing else "course.zip"
        command = {
            "pens-version": "1.0.0", "command": "collect", "package-type": "scorm-pif",
            "package-type-version": "1.2", "package-format": "zip",
            "package-id": "http://author.example/ftp-course",
            "package-url": "%s://127.0.0.1:%d/%s" % ("ftps" if options.tls else "ftp", port, name),
            "package-url-user-id": "staging",
            "package-url-password": "wrong" if options.wrong_password else "correct horse",
            "package-url-expiry": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600)),
            "client": "ftp_sender", "receipt": callbacks + "receipt", "alerts": callbacks + "alerts",
        }
        query = urllib.parse.urlencode(command, quote_via=urllib.parse.quote)
        urllib.request.urlopen(options.target + "?" + query, timeout=10).read()
        time.sleep(SECONDS)


if __name__ == "__main__":
    main()
