#!/usr/bin/env python3
"""An independent PENS client system (an authoring tool), AICC CMI010 revision 1.0a.

    python3 sender.py TARGET_URL [--get] [--no-alerts] [--for SECONDS] [--timeout SECONDS]
                      [--credentials USER:PASSWORD] [--id NAMESPACE] [--package FILE]
    python3 sender.py --web PORT [the same options]

Publishes one course: serves a small SCORM 1.2 package on 127.0.0.1, sends `collect` to
TARGET_URL, and listens for the receipt and the alerts.  Exit status:
  0  the collect was accepted and a receipt with error 0 came;
  1  the target refused, or the receipt reports an error;
  2  no answer or no receipt came in time (also: a fault in the command line).
With --web it stays up, publishes to the URL in the body of each `POST /publish`, and
answers 200 when the collect was answered (accepted or not), else 502.

Standard library only, loopback only.  Written from the text of CMI010 1.0a alone, as a
peer to try other PENS implementations with.
"""
# Where CMI010 1.0a is ambiguous or contradicts itself (clause: decision).
#
# A.1 (encoding)      Spaces are %20, never "+", in the query and in the POST body alike.
#                     In what comes in, "+" is a space.  No character set is named: UTF-8,
#                     and what is not UTF-8 is read as Latin-1.
# A.1 NOTE (two "?")  A POST leaves the query of the target URL alone; a GET appends to it
#                     with "&".
# 6.2 optional        Elements that say nothing are left out, not sent empty.
# 6.2.6               NAMESPACE + ":" + a UUID, as in the sample; nothing is put between
#                     them if NAMESPACE ends in ":", "/", "=" or "?".
# 6.2.11              The example in A.1 lacks the "Z" that 1.0a added: the "Z" is sent.
#                     The time is what is true: when this process would give up (--web: an
#                     hour from now).
# 5.1 "HTTP error"    A collect answered with an HTTP error and no PENS response is refused
#                     with that status for its code ("underlying codes").  Redirections are
#                     not followed: RFC 2616 forbids it for a POST.
# 6.3 warnings        1320 and 1322 as the answer to a collect may not be fatal: the receipt
#                     is waited for; without one in time they were a refusal.
# 5.1 receipt         "Not fully defined": only command, package-id and error are insisted
#                     on.  What is echoed wrongly is noted, not refused.  `client` is not
#                     compared: the text says it is echoed, the examples say "LMS".
# 6.3 answers         Faults in a callback are told in the PENS response; its HTTP status is
#                     200.  An unknown package-id is 2007 ("invalid or not specified"), the
#                     highest number that fits; a bad `error` has no code of its own: 1201.
# Table A-2           No CR LF after pens-data.  "Content: text/plain" is taken to mean
#                     Content-Type.
# Repeated receipts   Each is acknowledged; the first decides.
import argparse
import base64
import datetime
import email.parser
import email.policy
import hmac
import http.client
import http.server
import io
import math
import os
import re
import socket
import socketserver
import sys
import threading
import time
import urllib.parse
import uuid
import zipfile

VERSION = "1.0.0"
CLIENT = "sender.py"
LIMIT = 1 << 20         # octets of an answer, or of a callback, that are read
KEPT = 1000             # publications remembered (--web)
WEB_EXPIRY = 3600
WARNINGS = (1320, 1322)
ECHOED = ("package-type", "package-type-version", "package-format", "package-url",
          "package-url-expiry")

MANIFEST = """<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="sender-course" version="1.0"
    xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2"
    xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
    xsi:schemaLocation="http://www.imsproject.org/xsd/imscp_rootv1p1p2 imscp_rootv1p1p2.xsd
                        http://www.adlnet.org/xsd/adlcp_rootv1p2 adlcp_rootv1p2.xsd">
  <metadata>
    <schema>ADL SCORM</schema>
    <schemaversion>1.2</schemaversion>
  </metadata>
  <organizations default="course">
    <organization identifier="course">
      <title>A small course</title>
      <item identifier="item-1" identifierref="page-1" isvisible="true">
        <title>The only page</title>
      </item>
    </organization>
  </organizations>
  <resources>
    <resource identifier="page-1" type="webcontent" adlcp:scormtype="sco" href="index.html">
      <file href="index.html"/>
    </resource>
  </resources>
</manifest>
"""

PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>A small course</title>
<script>
function api() {
  for (var w = window, i = 0; i < 10; w = w.parent, i++) {
    if (w.API) return w.API;
    if (w.parent === w) break;
  }
  return window.opener && window.opener.API;
}
window.onload = function () {
  var a = api();
  if (!a) return;
  a.LMSInitialize("");
  a.LMSSetValue("cmi.core.lesson_status", "completed");
  a.LMSCommit("");
  a.LMSFinish("");
};
</script></head>
<body><h1>A small course</h1><p>That was all of it.</p></body>
</html>
"""

SAYING = threading.Lock()


def say(line, stream=None):
    """One line, whatever the peer put into it."""
    line = "".join(c if c.isprintable() else "\\x%02x" % ord(c) for c in line)
    line = line if len(line) <= 2000 else line[:2000] + "..."
    stream = stream or sys.stdout
    with SAYING:
        try:
            stream.write(line + "\n")
            stream.flush()
        except (OSError, ValueError):
            pass        # nobody reads it any more


def note(line):
    say("note: " + line, sys.stderr)


def text_of(octets):
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("latin-1")


def error_code(value):
    """An integer "in the range of 0 to 65,535" (6.3), or None."""
    value = (value or "").strip()
    if re.fullmatch("[0-9]{1,9}", value) and int(value) <= 65535:
        return int(value)
    return None


# --- the package --------------------------------------------------------------------


class Package:
    """An archive, and what the collect says of it."""

    def __init__(self, path=None):
        self.kind, self.version, self.format = "scorm-pif", "1.2", "zip"
        if path is None:
            self.name = "course.zip"
            buffer = io.BytesIO()
            with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("imsmanifest.xml", MANIFEST)
                archive.writestr("index.html", PAGE)
            self.octets = buffer.getvalue()
            return
        with open(path, "rb") as file:
            self.octets = file.read()
        self.name = os.path.basename(path)
        stem, extension = os.path.splitext(self.name)
        if len(extension) < 2:      # 6.2.7: "filename including extension"
            self.name = (stem.rstrip(".") or "package") + ".zip"
        elif extension[1:].lower() in ("jar", "war"):
            self.format = extension[1:].lower()
        self.look_inside()

    def look_inside(self):
        """Another archive may be of another type; a broken one is sent as it is."""
        try:
            with zipfile.ZipFile(io.BytesIO(self.octets)) as archive:
                names = archive.namelist()
                if "imsmanifest.xml" in names:
                    with archive.open("imsmanifest.xml") as file:
                        manifest = file.read(LIMIT)
                    found = re.search(rb"<(?:\w+:)?schemaversion[^>]*>\s*([^<]*)<", manifest)
                    if found and re.search(rb"2004|1\.3", found[1]):
                        self.version = "2004"
                elif any(name.lower().endswith((".crs", ".au")) for name in names):
                    self.kind, self.version = "aicc-pkg", "1.0"
        except Exception as fault:  # zipfile raises much on archives that are none
            note("the package cannot be opened here: %r" % fault)


# --- one publication ----------------------------------------------------------------


class Publication:
    """One package offered to one target, and what came back."""

    def __init__(self, station, alerts, namespace, lasts):
        number = str(uuid.uuid4())
        package = station.package
        self.path = "/packages/%s/%s" % (number, package.name)
        self.expiry = math.ceil(time.time() + lasts)
        between = "" if namespace.endswith((":", "/", "=", "?")) else ":"
        self.id = namespace + between + number
        self.elements = {
            "pens-version": VERSION,
            "command": "collect",
            "package-type": package.kind,
            "package-type-version": package.version,
            "package-format": package.format,
            "package-id": self.id,
            "package-url": station.url + urllib.parse.quote(self.path),
            "package-url-expiry": datetime.datetime.fromtimestamp(
                self.expiry, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "client": CLIENT,
            "receipt": station.url + "/receipt",
        }
        if station.credentials:
            user, password = station.credentials
            self.elements["package-url-user-id"] = user
            self.elements["package-url-password"] = password
        if alerts:
            self.elements["alerts"] = station.url + "/alerts"
        self.changed = threading.Condition()
        self.settled = False    # the collect came to an end, one way or the other
        self.answer = None      # (code, text), once the collect was answered
        self.is_pens = False    # the answer was a PENS response
        self.receipt = None     # (code, text, when), the first that came
        self.alerts = 0
        self.sock = None

    def settle(self, answer, is_pens=False):
        with self.changed:
            if self.settled:
                return
            self.settled, self.answer, self.is_pens = True, answer, is_pens
            if answer:
                say("collect: error=%d %s" % answer)
            self.changed.notify_all()

    def called_back(self, command, code, text, data):
        line = "%s: error=%d %s%s" % (command, code, text, data and " [%s]" % data)
        with self.changed:
            if command == "alert":
                if not self.receipt:
                    note("an alert before the receipt (6.2.16 has it after)")
                self.alerts += 1
            elif self.receipt:
                line += " (again)"
                if self.receipt[0] != code:
                    note("another receipt said error=%d; the first counts" % self.receipt[0])
            else:
                self.receipt = (code, text, time.monotonic())
            say(line)
            self.changed.notify_all()

    def wait(self, condition, until):
        """Whether the condition came true before that moment of the monotonic clock."""
        with self.changed:
            return self.changed.wait_for(condition, max(0, until - time.monotonic()))

    def give_up(self):
        """Ends a collect that is not answered."""
        self.settle(None)
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except (AttributeError, OSError):
            pass


# --- sending the collect ------------------------------------------------------------


class Target:
    def __init__(self, url):
        """Raises ValueError if that is not an absolute http or https URL."""
        found = re.fullmatch(r"(https?)://([^/?#]+)([^?#]*)(\?[^#]*)?(#.*)?", url, re.I)
        if not found or not re.fullmatch("[!-~]+", url):
            raise ValueError("not a fully qualified http or https URL: %r" % url)
        split = urllib.parse.urlsplit(url)
        self.secure = split.scheme == "https"
        self.host, self.port = split.hostname, split.port
        if not self.host:
            raise ValueError("no host in %r" % url)
        self.user, self.password = split.username, split.password
        self.path, self.query = found[3] or "/", found[4] or ""

    def request(self, elements, get):
        """Method, request target, headers and body of a message for this target."""
        message = urllib.parse.urlencode(elements, quote_via=urllib.parse.quote, safe="")
        headers = {"User-Agent": CLIENT, "Accept": "text/plain, */*;q=0.1",
                   "Connection": "close"}
        if self.user is not None:
            pair = "%s:%s" % (urllib.parse.unquote(self.user),
                              urllib.parse.unquote(self.password or ""))
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        if not get:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            return "POST", self.path + self.query, headers, message.encode("ascii")
        query = self.query or "?"
        between = "" if query == "?" or query.endswith("&") else "&"
        return "GET", self.path + query + between + message, headers, None

    def connect(self, timeout):
        if self.secure:
            return http.client.HTTPSConnection(self.host, self.port, timeout=timeout)
        return http.client.HTTPConnection(self.host, self.port, timeout=timeout)


def read_pens_response(text, complete=True):
    """The values of a response in the form of Table A-2, or None.

    Lines before `error=` are passed over.  pens-data goes on to the end.  Of a body that
    was cut short the first three lines are believed only if pens-data has begun.
    """
    start = re.search(r"(?:\A\ufeff?|[\r\n])[ \t]*(?=error[ \t]*=)", text, re.I)
    if not start:
        return None
    if text[:start.start()].strip():
        note("something stands before error= in the answer")
    values, rest = {}, text[start.end():]
    while rest:
        line = re.match(r"([^\r\n=]*)(=?)", rest)
        name, after = line[1].strip().lower(), rest[line.end():]
        if line[2] and name == "pens-data":
            values[name] = after
            break
        parts = re.split(r"\r\n|\r|\n", after, maxsplit=1)
        if line[2] and name in ("error", "error-text", "version"):
            values.setdefault(name, parts[0].strip())
        elif (line[1] + parts[0]).strip():
            note("not a line of Table A-2: %r" % (line[0] + parts[0])[:200])
        rest = parts[1] if len(parts) == 2 else ""
    if error_code(values.get("error")) is None or not complete and "pens-data" not in values:
        return None
    for name in ("error-text", "version", "pens-data"):
        if name not in values:
            note("the answer has no %s=" % name)
    if values.get("version", VERSION) != VERSION:
        note("the answer is of version %r" % values["version"])
    return values


def send_collect(publication, target, get, timeout):
    """Sends it and settles the publication; runs on a thread of its own."""
    answer, is_pens = None, False
    until = time.monotonic() + timeout
    try:
        connection = target.connect(timeout)
        try:
            connection.connect()
            publication.sock = connection.sock
            method, path, headers, body = target.request(publication.elements, get)
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            octets, complete = read_body(response, until)
            if publication.settled:
                return      # too late
            answer, is_pens = judge(response, octets, complete)
        finally:
            connection.close()
    except Exception as fault:  # http.client raises more than it tells of
        if not publication.settled:
            say("collect: no answer: %s" % (str(fault) or repr(fault)), sys.stderr)
    publication.settle(answer, is_pens)


def read_body(response, until):
    """The body, and whether it is all there."""
    octets = b""
    try:
        while len(octets) < LIMIT and time.monotonic() < until:
            more = response.read1(65536)
            if not more:
                return octets, response.length in (None, 0)
            octets += more
    except (OSError, ValueError, http.client.HTTPException) as fault:
        note("the answer breaks off: %s" % (str(fault) or repr(fault)))
    return octets, False


def judge(response, octets, complete):
    """(code, text) or None of an HTTP response to the collect; whether it was PENS."""
    status = response.status
    values = read_pens_response(text_of(octets), complete)
    if not complete:
        note("the answer is not complete")
    if values is None:
        if 200 <= status < 300:
            say("collect: HTTP %d, but no PENS response" % status, sys.stderr)
            return None, False
        return (status, "HTTP %d %s" % (status, response.reason)), False
    kind = response.headers.get_content_type()
    if "content-type" not in response.headers or kind != "text/plain":
        note("the Content-Type of the answer is %s, not text/plain"
             % response.headers.get("content-type", "missing"))
    code, text = error_code(values["error"]), values.get("error-text", "")
    data = values.get("pens-data", "").strip()
    if data:
        note("pens-data: " + data)
    if code == 0 and not 200 <= status < 300:
        note("error=0 in an answer with HTTP status %d" % status)
        code = status
    return (code, text), True


# --- serving the package, listening for receipt and alerts ---------------------------


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port, handler):
        super().__init__(("127.0.0.1", port), handler)
        self.url = "http://127.0.0.1:%d" % self.server_address[1]
        self.busy = 0
        self.idle = threading.Condition()

    def start(self):
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def finish(self):
        """Accepts no more, and lets what is being answered be answered."""
        self.shutdown()
        with self.idle:
            self.idle.wait_for(lambda: not self.busy, 1)

    def handle_error(self, request, client_address):
        fault = sys.exc_info()[1]
        if not isinstance(fault, OSError):
            note("while answering %s: %r" % (client_address[0], fault))


class Station(Server):
    """The staging server of the package and the two URLs for callbacks."""

    def __init__(self, package, credentials):
        super().__init__(0, Handler)
        self.package, self.credentials = package, credentials
        self.lock = threading.Lock()
        self.by_id, self.by_path = {}, {}
        self.alerts = True

    def offer(self, publication):
        with self.lock:
            self.by_id[publication.id] = publication
            self.by_path[publication.path] = publication
            while len(self.by_id) > KEPT:
                oldest = self.by_id.pop(next(iter(self.by_id)))
                del self.by_path[oldest.path]


class Refusal(Exception):
    """An HTTP status instead of an answer."""


class Base(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    server_version = CLIENT
    error_content_type = "text/plain"
    error_message_format = "%(code)d %(message)s\n"

    def log_message(self, *_):
        pass

    def handle_one_request(self):
        self.counted = False
        try:
            super().handle_one_request()
        finally:
            if self.counted:
                with self.server.idle:
                    self.server.busy -= 1
                    self.server.idle.notify_all()

    def parse_request(self):
        with self.server.idle:
            self.server.busy += 1
            self.counted = True
        return super().parse_request()

    def reply(self, status, kind, body, headers=()):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def body(self):
        """The body of the request; Refusal if it is too long or cannot be read."""
        if "transfer-encoding" in self.headers:
            if self.headers["transfer-encoding"].strip().lower() != "chunked":
                raise Refusal(501)
            return self.chunks()
        length = (self.headers.get("content-length") or "0").strip()
        if not re.fullmatch("[0-9]{1,18}", length):
            raise Refusal(400)
        if int(length) > LIMIT:
            raise Refusal(413)
        octets = self.rfile.read(int(length))
        if len(octets) < int(length):
            raise ConnectionAbortedError("the request breaks off")
        return octets

    def chunks(self):
        octets = b""
        while True:
            size = self.rfile.readline(1000).split(b";")[0].strip()
            if not re.fullmatch(b"[0-9A-Fa-f]{1,8}", size):
                raise Refusal(400)
            size = int(size, 16)
            if len(octets) + size > LIMIT:
                raise Refusal(413)
            if size == 0:
                break
            octets += self.rfile.read(size)
            self.rfile.readline(1000)
        for _ in range(100):        # trailers
            if self.rfile.readline(65536).strip() == b"":
                return octets
        raise Refusal(400)

    def split(self):
        """Path (decoded) and query (not decoded) of the request."""
        target = re.sub(r"\Ahttps?://[^/?]*", "", self.path, flags=re.I)
        path, _, query = target.partition("?")
        return urllib.parse.unquote(path) or "/", query

    def guarded(self, act):
        try:
            act()
        except Refusal as refusal:
            self.close_connection = True
            self.send_error(refusal.args[0])


class Handler(Base):
    def do_GET(self):
        self.guarded(self.serve)

    do_HEAD = do_POST = do_GET

    def serve(self):
        path, query = self.split()
        octets = self.body()
        if path == "/receipt" or path == "/alerts" and self.server.alerts:
            if self.command == "HEAD":
                self.reply(405, "text/plain", b"", [("Allow", "GET, POST")])
            else:
                self.called_back("receipt" if path == "/receipt" else "alert", query, octets)
            return
        with self.server.lock:
            publication = self.server.by_path.get(path)
        if not publication:
            self.reply(404, "text/plain", b"nothing here\n")
        elif self.command == "POST":
            self.reply(405, "text/plain", b"", [("Allow", "GET, HEAD")])
        elif not self.authorized():
            self.reply(401, "text/plain", b"credentials, please\n",
                       [("WWW-Authenticate", 'Basic realm="packages", charset="UTF-8"')])
        elif time.time() > publication.expiry:
            self.reply(410, "text/plain", b"expired\n")
        else:
            self.reply(200, "application/zip", self.server.package.octets)

    def authorized(self):
        if not self.server.credentials:
            return True
        scheme, _, given = (self.headers.get("authorization") or "").strip().partition(" ")
        try:
            given = base64.b64decode(given.strip(), validate=True)
        except ValueError:
            return False
        wanted = ":".join(self.server.credentials).encode()
        return scheme.lower() == "basic" and hmac.compare_digest(given, wanted)

    def called_back(self, command, query, octets):
        """Acknowledges a callback (6.3, Table A-2); counts it if nothing is wrong with it."""
        given = self.elements(query, octets)
        with self.server.lock:
            publication = self.server.by_id.get(given.get("package-id"))
        error, text = self.fault(command, given, publication)
        body = "\r\n".join(("error=%d" % error, "error-text=" + text,
                            "version=" + VERSION, "pens-data="))
        try:
            self.reply(200, "text/plain", body.encode("ascii"))
        finally:
            if error:
                say("%s: answered error=%d %s" % (command, error, text), sys.stderr)
            else:
                self.compare(given, publication)
                publication.called_back(command, error_code(given["error"]),
                                        given.get("error-text", ""),
                                        given.get("pens-data", ""))

    def fault(self, command, given, publication):
        """The highest error that fits (6.3, "Rationale"), or 0."""
        if not given:
            return 1101, "Unable to parse PENS command"
        if not given.get("package-id"):
            return 2007, "Message incomplete; package-id not specified"
        if not publication:
            return 2007, "package-id invalid; no such package was offered"
        if not given.get("command"):
            return 2002, "Message incomplete; PENS command not specified"
        if given["command"] != command:
            return 1421, "Command not supported; %s expected here" % command
        if given.get("pens-version", VERSION) != VERSION:
            return 1420, "PENS version not supported"
        if error_code(given.get("error")) is None:
            return 1201, "error is not an integer in the range of 0 to 65535"
        return 0, command + " command received and understood"

    def compare(self, given, publication):
        for name in ("pens-version", "client", "error-text") + ECHOED:
            if name not in given:
                note("%s without %s" % (given["command"], name))
            elif name in ECHOED and given[name] != publication.elements[name]:
                note("%s with another %s: %r" % (given["command"], name, given[name][:200]))

    def elements(self, query, octets):
        """Names and values of the message; of a name that is repeated, the first."""
        if self.command == "POST" and octets.strip():
            if self.headers.get_content_maintype() == "multipart":
                return self.multipart(octets)
            query = octets.decode("latin-1").strip()
        given = {}
        for item in query.split("&"):
            name, equals, value = item.partition("=")
            if equals and name:
                name, value = (text_of(urllib.parse.unquote_to_bytes(
                    part.replace("+", " ").encode("latin-1"))) for part in (name, value))
                given.setdefault(name, value)
        return given

    def multipart(self, octets):
        given = {}
        try:
            head = "Content-Type: %s\r\n\r\n" % self.headers["content-type"]
            message = email.parser.BytesParser(policy=email.policy.compat32).parsebytes(
                head.encode("latin-1", "replace") + octets)
            for part in message.get_payload() if message.is_multipart() else ():
                name = part.get_param("name", header="content-disposition")
                if isinstance(name, str) and name and not part.is_multipart():
                    given.setdefault(name, text_of(part.get_payload(decode=True) or b""))
        except Exception as fault:  # the email package has no list of what it raises
            note("a multipart message that cannot be read: %r" % fault)
        return given


# --- publishing ---------------------------------------------------------------------


def begin(station, target, options, lasts):
    publication = Publication(station, options.alerts, options.id, lasts)
    station.offer(publication)
    threading.Thread(target=send_collect, daemon=True,
                     args=(publication, target, options.get, options.timeout)).start()
    return publication


def publish(options):
    """Publishes once; the exit status."""
    station = Station(options.package, options.credentials)
    station.alerts = options.alerts
    station.start()
    until = time.monotonic() + options.timeout
    publication = begin(station, options.target, options, options.timeout)
    try:
        return outcome(publication, options, until)
    finally:
        publication.give_up()
        station.finish()


def outcome(publication, options, until):
    if not publication.wait(lambda: publication.settled, until):
        say("collect: no answer within %g s" % options.timeout, sys.stderr)
    with publication.changed:
        answer, receipt = publication.answer, publication.receipt
    if not answer:
        return 1 if receipt and receipt[0] else 2
    code, text = answer
    if code and code not in WARNINGS:
        say("refused: %d %s" % (code, text))
        return 1
    if not publication.wait(lambda: publication.receipt, until):
        if code:
            say("refused: %d %s" % (code, text))
            return 1
        say("receipt: none within %g s" % options.timeout, sys.stderr)
        return 2
    error, text, when = publication.receipt
    if error:
        say("not collected: %d %s" % (error, text))
        return 1
    if options.alerts:
        publication.wait(lambda: False, when + options.window)
    say("published: %s, %d alert(s)" % (publication.id, publication.alerts))
    return 0


class Hook(Server):
    """The web hook (--web)."""

    def __init__(self, port, station, options):
        super().__init__(port, HookHandler)
        self.station, self.options = station, options


class HookHandler(Base):
    def do_POST(self):
        self.guarded(self.serve)

    def do_GET(self):
        self.guarded(self.serve)

    do_HEAD = do_GET

    def serve(self):
        path, _ = self.split()
        octets = self.body()
        if path != "/publish":
            self.reply(404, "text/plain", b"nothing here\n")
        elif self.command != "POST":
            self.reply(405, "text/plain", b"", [("Allow", "POST")])
        else:
            status, line = self.publish(text_of(octets).strip())
            self.reply(status, "text/plain; charset=utf-8",
                       (line + "\n").encode("utf-8", "backslashreplace"))

    def publish(self, url):
        options = self.server.options
        try:
            target = Target(url)
        except ValueError as fault:
            return 502, str(fault)
        until = time.monotonic() + options.timeout
        publication = begin(self.server.station, target, options, WEB_EXPIRY)
        publication.wait(lambda: publication.settled, until)
        publication.give_up()
        if publication.is_pens:
            return 200, "%d %s" % publication.answer
        if publication.answer:
            return 502, publication.answer[1]
        return 502, "the collect was not answered"


def web(options):
    station = Station(options.package, options.credentials)
    station.alerts = options.alerts
    hook = Hook(options.web, station, options)
    station.start()
    say("listening on %s/publish" % hook.url)
    hook.serve_forever()


# --- the command line ---------------------------------------------------------------


def seconds(value):
    number = float(value)
    if not 0 <= number <= 86400:
        raise ValueError
    return number


def port(value):
    number = int(value)
    if not 0 <= number <= 65535:
        raise ValueError
    return number


def pair(value):
    user, colon, password = value.partition(":")
    if not colon or not value.isprintable():     # surrogates are not printable either
        raise ValueError
    return user, password


def namespace(value):
    """RFC 2396, absoluteURI: a fragment is no part of it."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:"
                        r"(?:[A-Za-z0-9;/?:@&=+$,_.!~*'()-]|%[0-9A-Fa-f]{2})*", value):
        raise ValueError
    return value


def arguments():
    parser = argparse.ArgumentParser(
        allow_abbrev=False, description="Publishes a course to a PENS target (CMI010 1.0a).")
    parser.add_argument("target", metavar="TARGET_URL", nargs="?")
    parser.add_argument("--get", action="store_true", help="send the collect by GET, not POST")
    parser.add_argument("--no-alerts", dest="alerts", action="store_false",
                        help="name no alerts URL, and wait for none")
    parser.add_argument("--for", dest="window", metavar="SECONDS", type=seconds, default=2,
                        help="wait for alerts that long after the receipt (default 2)")
    parser.add_argument("--timeout", metavar="SECONDS", type=seconds, default=20,
                        help="wait that long for the answer and the receipt (default 20)")
    parser.add_argument("--credentials", metavar="USER:PASSWORD", type=pair,
                        help="guard the package by HTTP Basic")
    parser.add_argument("--id", metavar="NAMESPACE", type=namespace,
                        default="http://sender.example/courses",
                        help="a URI that the package-id is to begin with")
    parser.add_argument("--package", metavar="FILE", help="serve this archive")
    parser.add_argument("--web", metavar="PORT", type=port,
                        help="stay up, and publish on POST /publish")
    options = parser.parse_args()
    if (options.target is None) == (options.web is None):
        parser.error("either TARGET_URL or --web PORT")
    try:
        if options.target is not None:
            options.target = Target(options.target)
        options.package = Package(options.package)
    except (OSError, ValueError) as fault:
        parser.error(str(fault))
    return options


def main():
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")
    options = arguments()
    try:
        status = publish(options) if options.web is None else web(options)
    except KeyboardInterrupt:
        status = 130
    except OSError as fault:
        say("sender.py: %s" % fault, sys.stderr)
        status = 2
    # Threads may still be at work for peers that never end: leave without them.
    with SAYING:
        os._exit(status)


if __name__ == "__main__":
    main()
