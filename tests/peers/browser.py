"""A course catalogue on the web that has no sender of its own: each course has a link whose URL is the collect, and the
browser that follows it is the client. Here that browser is a headless Chromium, and a script of the page follows the link.

Called with the target system URL and the file of a course; stays up for receipt and alerts until it is ended.
"""

import html
import http.server
import pathlib
import subprocess
import sys
import tempfile
import threading
import urllib.parse

TARGET, COURSE = sys.argv[1:]
PACKAGE_ID = "http://catalogue.example/courses/1"
PACKAGE = pathlib.Path(COURSE).read_bytes()
PAGE = """<!DOCTYPE html><meta charset="utf-8"><title>Catalogue</title>
<p>A course. <a href="%s">Send it to the LMS</a></p>
<script>document.querySelector("a").click()</script>"""


def collect(base):
    elements = {
        "pens-version": "1.0.0",
        "command": "collect",
        "package-type": "scorm-pif",
        "package-type-version": "1.2",
        "package-format": "zip",
        "package-id": PACKAGE_ID,
        "package-url": base + "/course.zip",
        "package-url-expiry": "2099-12-31T00:00:00Z",
        "client": "catalogue",
        "receipt": base + "/receipt",
        "alerts": base + "/alerts",
        "vendor-data": "a browser's \u201cwindow\u201d",
    }
    query = urllib.parse.urlencode(elements, quote_via=urllib.parse.quote, safe="")
    return TARGET + ("&" if "?" in TARGET else "?") + query


class Catalogue(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        path, _, query = self.path.partition("?")
        link = html.escape(collect("http://127.0.0.1:%d" % self.server.server_address[1]))
        if path == "/":
            self.say("text/html; charset=utf-8", (PAGE % link).encode())
        elif path == "/course.zip":
            self.say("application/zip", PACKAGE)
        elif path in ("/receipt", "/alerts"):
            self.acknowledge(query)
        else:
            self.send_error(404)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.acknowledge(body.decode())

    def acknowledge(self, message):
        given = dict(urllib.parse.parse_qsl(message))
        error = 0 if given.get("package-id") == PACKAGE_ID else 2007
        text = "received and understood" if error == 0 else "package-id is unknown"
        answer = f"error={error}\r\nerror-text={text}\r\nversion=1.0.0\r\npens-data="
        self.say("text/plain", answer.encode())

    def say(self, kind, body):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Catalogue)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    with tempfile.TemporaryDirectory() as home:
        # Within a container a browser has no sandbox and little shared memory. It stays open, as before a user who looks
        # at the answer: a browser asks for the icon of a page that is looked at, after it has shown the page.
        subprocess.run(
            ["chromium", "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-quic",
             "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
             "--user-data-dir=" + home, "http://127.0.0.1:%d/" % server.server_address[1]],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60, check=True,
        )
    serving.join()


if __name__ == "__main__":
    main()
