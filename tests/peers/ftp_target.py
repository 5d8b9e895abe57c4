#!/usr/bin/env python3
"""A PENS target (AICC CMI010 1.0a) that fetches packages over FTP and FTPS, with a client that is not penspec's.

    python3 ftp_target.py ftplib|curl|curl-implicit

Over FTPS ftplib and curl ask for TLS with AUTH; with curl-implicit they begin with it.

A collect is answered first; then the package is fetched by ftplib or by the curl command,
and the receipt is sent.  Packages at http URLs are fetched by urllib.  Python's standard
library alone, loopback only.
"""
import base64
import ftplib
import http.server
import io
import os
import signal
import ssl
import subprocess
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request
import zipfile

# Table 3, "parameter missing".
REQUIRED = {
    "pens-version": 2001, "command": 2002, "package-type": 2003,
    "package-type-version": 2004, "package-format": 2005, "package-id": 2007,
    "package-url": 2008, "package-url-expiry": 2009, "client": 2010, "receipt": 2011,
}
# What the sample of a receipt repeats of the collect (A.1.1).
ECHOED = ("package-type", "package-type-version", "package-format", "package-id",
          "package-url", "package-url-expiry")


class Failed(Exception):
    """The code that the receipt is to tell."""


def by_ftplib(url, user, password, account):
    parts = urllib.parse.urlsplit(url)
    body = io.BytesIO()
    is_secure = parts.scheme == "ftps"
    try:
        with ftplib.FTP_TLS(timeout=10, context=TRUST) if is_secure else ftplib.FTP(timeout=10) as ftp:
            ftp.connect(parts.hostname, parts.port or 21)
            ftp.login(user, password, account)
            if is_secure:
                ftp.prot_p()
            directory, _, name = urllib.parse.unquote(parts.path).rpartition("/")
            ftp.cwd(directory)
            ftp.retrbinary("RETR " + name, body.write)
    except ftplib.error_perm as error:
        raise Failed(1312 if str(error)[:3] in ("530", "532") else 1310)
    except (ftplib.error_temp, EOFError):
        raise Failed(1301)
    except ftplib.Error:
        raise Failed(1312)  # 332 where no account was given
    except ssl.SSLError:
        raise Failed(1306)
    except OSError:
        raise Failed(1310)
    return body.getvalue()


def by_curl_implicit(url, user, password, account):
    return by_curl(url, user, password, account, implicit=True)


def by_curl(url, user, password, account, implicit=False):
    if url.lower().startswith("ftps:") and not implicit:
        url = "ftp" + url[4:]
        tls = ["--ssl-reqd"]
    else:
        tls = []
    line = ["curl", "--silent", "--max-time", "10", "--write-out", "%{stderr}%{response_code}", url]
    if user:
        line += ["--user", "%s:%s" % (user, password)]
    if account:
        line += ["--ftp-account", account]
    trusted = os.environ.get("SSL_CERT_FILE")
    if trusted:
        line += ["--cacert", trusted]
    line += tls
    ended = subprocess.run(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if ended.returncode:
        by_reply = {"332": 1312, "530": 1312, "532": 1312, "550": 1310}
        by_status = {7: 1310, 11: 1312, 35: 1306, 60: 1306, 64: 1306, 67: 1312, 78: 1310}
        reply = ended.stderr.decode()[-3:]
        raise Failed(by_reply.get(reply) or by_status.get(ended.returncode, 1301))
    return ended.stdout


def fetch(values):
    url = values["package-url"]
    user, password, account = (
        values.get("package-url-" + name, "") for name in ("user-id", "password", "account"))
    if url.lower().startswith(("ftp:", "ftps:")):
        return BY(url, user, password, account)
    try:
        request = urllib.request.Request(url)
        if user:
            basic = base64.b64encode(("%s:%s" % (user, password)).encode()).decode()
            request.add_header("Authorization", "Basic " + basic)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read()
    except (OSError, urllib.error.URLError):
        raise Failed(1310)


def collect(values):
    code, text = 0, "package successfully collected"
    try:
        body = fetch(values)
        if not zipfile.is_zipfile(io.BytesIO(body)):
            code, text = 1432, "internal package error"
    except Failed as failed:
        code, text = failed.args[0], "package not collected"
    fields = {"command": "receipt", "pens-version": "1.0.0"}
    fields.update((name, values[name]) for name in ECHOED)
    fields.update({"client": "ftp_target", "error": str(code), "error-text": text})
    query = urllib.parse.urlencode(fields, quote_via=urllib.parse.quote)
    url = values["receipt"]
    urllib.request.urlopen(url + ("&" if "?" in url else "?") + query, timeout=10).read()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        values = {}
        query = urllib.parse.urlsplit(self.path).query
        for name, value in urllib.parse.parse_qsl(query, keep_blank_values=True):
            values.setdefault(name, value)
        missing = [code for name, code in REQUIRED.items() if not values.get(name)]
        code = max(missing, default=0)
        text = "parameter missing" if missing else "collect command received and understood"
        body = "error=%d\r\nerror-text=%s\r\nversion=1.0.0\r\npens-data=" % (code, text)
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode("ascii"))
        self.wfile.flush()
        if not missing:
            threading.Thread(target=collect, args=(values,), daemon=True).start()

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    BY = {"ftplib": by_ftplib, "curl": by_curl, "curl-implicit": by_curl_implicit}[sys.argv[1]]
    TRUST = ssl.create_default_context()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        print("listening on http://127.0.0.1:%d/pens" % server.server_address[1], flush=True)
        server.serve_forever()
