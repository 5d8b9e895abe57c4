#!/usr/bin/env python3
"""A PENS target with the habits of PHP receivers in the field.

    python3 sloppy.py

A warning is printed before `error=`, so that the header that would have said text/plain
comes too late; of several faults the first is told, not the highest; callbacks are
multipart/form-data POSTs, announced with `Expect: 100-continue`, as an older libcurl
sends an array of fields.  Standard library only, loopback only.
"""
import http.client
import http.server
import signal
import socket
import sys
import threading
import urllib.parse

WARNING = ('<br />\n<b>Warning</b>:  Undefined array key "vendor-data" in '
           "<b>/var/www/html/pens.php</b> on line <b>31</b><br />\n")
REQUIRED = {
    "pens-version": 2001, "command": 2002, "package-type": 2003,
    "package-type-version": 2004, "package-format": 2005, "package-id": 2007,
    "package-url": 2008, "package-url-expiry": 2009, "client": 2010, "receipt": 2011,
}
ECHOED = ("package-type", "package-type-version", "package-format", "package-id",
          "package-url", "package-url-expiry", "client")
BOUNDARY = "------------------------5f3759df00000001"


def multipart(fields):
    part = '--%s\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
    parts = [part % (BOUNDARY, name, value) for name, value in fields.items()]
    return ("".join(parts) + "--%s--\r\n" % BOUNDARY).encode("utf-8")


def post(url, fields):
    """Sends the head, waits a second for `100 Continue`, sends the body all the same."""
    parts = urllib.parse.urlsplit(url)
    target = (parts.path or "/") + ("?" + parts.query if parts.query else "")
    body = multipart(fields)
    head = ("POST %s HTTP/1.1\r\nHost: %s\r\nAccept: */*\r\nContent-Length: %d\r\n"
            "Expect: 100-continue\r\nContent-Type: multipart/form-data; boundary=%s\r\n\r\n"
            % (target, parts.netloc, len(body), BOUNDARY))
    with socket.create_connection((parts.hostname, parts.port or 80), timeout=10) as sock:
        sock.sendall(head.encode("ascii"))
        sock.settimeout(1)
        try:
            sock.recv(1, socket.MSG_PEEK)
        except TimeoutError:
            pass
        sock.settimeout(10)
        sock.sendall(body)
        with http.client.HTTPResponse(sock, method="POST") as answer:
            answer.begin()
            answer.read()


def fetch(url):
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port or 80, timeout=10)
    try:
        connection.request("GET", parts.path or "/")
        answer = connection.getresponse()
        answer.read()
        return 0 if answer.status == 200 else 1301 if answer.status >= 500 else 1310
    except (OSError, http.client.HTTPException):
        return 1310
    finally:
        connection.close()


def work(values):
    code = fetch(values["package-url"])
    text = "unable to collect the package" if code else "package successfully collected"
    said = {"pens-version": "1.0.0", **{name: values[name] for name in ECHOED}}
    told = {"error": code, "error-text": text, "version": "1.0.0", "pens-data": ""}
    try:
        post(values["receipt"], {"command": "receipt", **said, **told})
        if values.get("alerts") and not code:
            post(values["alerts"], {"command": "alert", **said, **told})
    except (OSError, http.client.HTTPException) as error:
        print("callback not delivered: %s" % error, file=sys.stderr)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(urllib.parse.urlsplit(self.path).query)

    def do_POST(self):
        length = int(self.headers.get("Content-Length", "0"))
        self.answer(self.rfile.read(length).decode("latin-1"))

    def answer(self, message):
        values = dict(urllib.parse.parse_qsl(message, keep_blank_values=True))
        missing = [(name, code) for name, code in REQUIRED.items() if not values.get(name)]
        name, code = missing[0] if missing else ("", 0)
        text = name + " parameter missing" if missing else "collect command received and understood"
        body = "%serror=%d\r\nerror-text=%s\r\nversion=1.0.0\r\npens-data=\r\n" % (
            WARNING, code, text)
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=UTF-8")
        self.end_headers()
        self.wfile.write(body.encode("ascii"))
        if not code:
            threading.Thread(target=work, args=(values,), daemon=True).start()

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        print("listening on http://127.0.0.1:%d/pens" % server.server_address[1], flush=True)
        server.serve_forever()
