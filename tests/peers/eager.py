#!/usr/bin/env python3
"""A PENS target (AICC CMI010 1.0a) that does everything at once, on one thread.

    python3 eager.py

It fetches the package, sends the receipt and an alert, and only then answers the
collect (5.1 wants the answer to acknowledge the command, no more); while it does so it
serves nobody else.  Standard library only, loopback only.
"""
import http.client
import http.server
import signal
import sys
import urllib.parse

# Table 3, "parameter missing".
REQUIRED = {
    "pens-version": 2001, "command": 2002, "package-type": 2003,
    "package-type-version": 2004, "package-format": 2005, "package-id": 2007,
    "package-url": 2008, "package-url-expiry": 2009, "client": 2010, "receipt": 2011,
}
# What the sample of a receipt repeats of the collect (A.1.1).
ECHOED = ("package-type", "package-type-version", "package-format", "package-id",
          "package-url", "package-url-expiry")
TEXT = {
    0: "package successfully collected",
    1310: "Unable to retrieve package at specified URL",
    1301: "Unable to retrieve package",
}


def ask(url, query=""):
    """One GET; (status, body).  A query is appended to the one that the URL has."""
    parts = urllib.parse.urlsplit(url)
    whole = "&".join(part for part in (parts.query, query) if part)
    connection = http.client.HTTPConnection(parts.hostname, parts.port or 80, timeout=10)
    try:
        connection.request("GET", (parts.path or "/") + ("?" + whole if whole else ""))
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def fetch(url):
    try:
        status, body = ask(url)
    except (OSError, http.client.HTTPException):
        return 1310
    if status == 200 and body:
        return 0
    return 1310 if status in (404, 410) else 1301


def call_back(url, command, values, code, text):
    fields = {"command": command, "pens-version": "1.0.0"}
    fields.update((name, values[name]) for name in ECHOED)
    fields.update({"client": "eager", "error": str(code), "error-text": text})
    try:
        ask(url, urllib.parse.urlencode(fields, quote_via=urllib.parse.quote))
    except (OSError, http.client.HTTPException) as error:
        print("%s not delivered: %s" % (command, error), file=sys.stderr)


def process(message):
    """Does all that a collect asks for; (code, text) of the answer."""
    values = {}
    for name, value in urllib.parse.parse_qsl(message, keep_blank_values=True):
        values.setdefault(name, value)
    missing = [code for name, code in REQUIRED.items() if not values.get(name)]
    if missing:
        return max(missing), "parameter missing"
    if values["pens-version"] != "1.0.0":
        return 1420, "PENS version not supported"
    if values["command"] != "collect":
        return 1421, "Command not supported"
    code = fetch(values["package-url"])
    call_back(values["receipt"], "receipt", values, code, TEXT[code])
    if values.get("alerts") and code == 0:
        call_back(values["alerts"], "alert", values, 0, "package successfully deployed")
    return 0, "collect command received and understood"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(urllib.parse.urlsplit(self.path).query)

    def do_POST(self):
        length = int(self.headers.get("Content-Length", "0"))
        self.answer(self.rfile.read(length).decode("latin-1"))

    def answer(self, message):
        body = "error=%d\r\nerror-text=%s\r\nversion=1.0.0\r\npens-data=" % process(message)
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode("ascii"))

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        print("listening on http://127.0.0.1:%d/pens" % server.server_address[1], flush=True)
        server.serve_forever()
