#!/usr/bin/env python3
"""An independent PENS target system (receiving LMS), AICC CMI010 revision 1.0a.

    python3 receiver.py [--listen 127.0.0.1:0] [--path /pens] [--no-alerts]
                        [--callback-method get|post] [--verbose]

Python 3.11, standard library only, loopback traffic only.  Written from the
text of CMI010 1.0a alone, as a peer to try other PENS implementations with.
"""
# Where CMI010 1.0a is ambiguous or contradicts itself (clause: decision).
#
# --- the collect request -----------------------------------------------------
# A.1 (GET/POST)      GET: the message is the URL query.  POST: the message is the
#                     body only; a query on the target URL belongs to the target
#                     (NOTE on "?partition=staging1") and is ignored.
# A.1 (encoding)      Values are decoded once; "+" is a space in GET and POST alike
#                     (an HTML form is one of the allowed modes).  No character set
#                     is named: octets that are not UTF-8 are kept and echoed as they
#                     came.  Names and vocabulary are case-sensitive.  No trimming.
# A.1, 1101           Bad percent-encoding, or an item without "=" or without a name,
#                     is "unable to parse"; nothing else is then examined.  Empty
#                     items ("&&") are skipped.  An empty message does parse: every
#                     required element is missing from it (so 2011).
# A.1, 1201           A PENS element given twice is an invalid argument.  Names
#                     unknown to 6.2 are ignored.
# 6.3 (rationale)     All faults are gathered; the highest number is answered; all of
#                     them are listed in pens-data.  Table 6.2 is applied whatever
#                     the command and the version are.
# 6.3 (warnings)      1320 and 1322 are answered as such and the package is collected
#                     all the same.  The warnings number higher than 1201/1301..1312:
#                     if one hides such a fatal error, the warning is answered (rule
#                     of the highest) and the receipt carries the fatal error.  After
#                     any other error answer there is no transaction and no receipt.
# 5.1 / A.1.2         PENS errors travel in a Table A-2 body with HTTP 200 (5.1 speaks
#                     of "an HTTP error code").  Faults of HTTP itself (404, 405, 411,
#                     413, 414, 415, 503...) use that status, and the same number as
#                     error= in the body (6.3 NOTE: underlying codes).
# A.1.2               The header "Content: text/plain" is read as "Content-Type:
#                     text/plain".  pens-data is last and has no CR LF after it.
#                     error-text is Table 3's Descriptive Text; for 1420, whose text
#                     ("Insufficient permission") is evidently an error, its Name.
# 6.2 (null strings)  Null counts as missing unless the value space says "null
#                     string": client and package-url-expiry must be there but may be
#                     null.  Null optional elements (alerts too) are the same as none.
# 6.2.1               Not three integers: 2001.  Three integers but not 1.0.0: 1420.
# 6.2.2               Absent or null: 2002.  Anything but "collect", the reserved
#                     words included: 1421.
# 6.2.3               Absent or null: 2003.  Not in the vocabulary: 1430; so for
#                     "aicc-au", which is only in the description, and for "ims-qti"
#                     (the vocabulary prints "lms-qti").
# 6.2.4               Any non-null string.
# 6.2.5               The five reserved values are accepted, any other is 2005.
#                     zip/jar/war are opened as zip, xml must be well-formed, url is
#                     only fetched.
# 6.2.6               Absolute URI with RFC 2396 characters only, no fragment (2396: a
#                     fragment is no part of a URI); else 2007.  The namespace rule
#                     cannot be verified.
# 6.2.7               Not scheme://host..., or no file name with extension at the end
#                     of the path, or a fragment or user info (RFC 1738, 3.3): 2008.
#                     ftp, ftps: 1304, 1306, already in the answer (clause 5
#                     "obligated to return"); any other scheme: 1301.  HTTPS is fetched
#                     with the CAs of this machine, or those of SSL_CERT_FILE.
# 6.2.10              Absent: 2009.  Non-null and not ISO 8601 date and time with "Z":
#                     1320, not 2009 ("date invalid"), the former being specific.  So
#                     too for the examples of Appendix A, which still lack the Z that
#                     the 1.0a corrections demand.  Basic, ordinal and week forms,
#                     reduced precision and fractions are ISO 8601 and accepted.
# 6.2.13, 6.2.14      This system has no accounts: accepted and ignored.
# 6.2.15              Null, no URL, mailto: without an address: 2011.  http and https are
#                     supported, and mailto (6.3) with --mail; other schemes: 1510.
# 6.2.16              Likewise: 1520 for the scheme, 1201 for a malformed URL (there is
#                     no 20xx code), so for the sample's "http:/author.com".
# 6.2.17              Any length that fits the HTTP limits; ignored.
#
# --- retrieval, receipt, alerts ----------------------------------------------
# 6.2.8, 6.2.10       Basic credentials are sent unasked when there is a user id; the
#                     account is an FTP notion and ignored.
# 6.3, Table 3        401/403/407: 1312.  Refused, silent, 400/404/410, not loopback,
#                     hopeless redirection: 1310.  Other statuses, transfer cut off or
#                     too slow: 1301.  Too large or no disk space: 1440.  Not openable:
#                     1432.  The HTTP status itself goes into pens-data (6.3 NOTE asks
#                     for underlying codes, the rule of the highest for PENS codes).
# 5.1, note 6         A package that cannot be opened is reported in the receipt (1432)
#                     and, as a processing error, to the alerts URL as well.  Retrieval
#                     errors go to the receipt only.  Contents (manifests) are not
#                     examined: package definitions are outside the scope (1.1).
# 2.3, 5.1            Callbacks have the sample's elements in its order; client is this
#                     system ("LMS" in the samples; 5.1 suggests the inbound client).
#                     The texts keep the sample's spelling "sucessfully".  On an error
#                     pens-data is added at the end.
# A.1                 GET callbacks (sample) by default; a callback URL with a query of
#                     its own is continued with "&".  POST: URL as is, message as body.
# 1500                A receipt that cannot be delivered (three tries if not even
#                     connected) is reported as alert 1500; processing goes on.  An
#                     acknowledgement with error not 0 is logged.  Redirections of
#                     callbacks are not followed.

import argparse
import base64
import datetime
import email.message
import email.policy
import email.utils
import errno
import http.client
import http.server
import ipaddress
import re
import signal
import smtplib
import socket
import ssl
import socketserver
import sys
import tempfile
import threading
import time
import xml.parsers.expat
import zipfile
from urllib.parse import quote, unquote, unquote_to_bytes, urljoin

PENS_VERSION = "1.0.0"
CLIENT_NAME = "LMS"

MAX_BODY = 1024 * 1024              # of a POSTed message
MAX_PACKAGE = 256 * 1024 * 1024     # bytes on the wire
MAX_UNPACKED = 1024 * 1024 * 1024   # bytes after decompression
MAX_MEMBERS = 100_000
DOWNLOAD_SECONDS = 60
UNPACK_SECONDS = 60
CALLBACK_SECONDS = 20
SOCKET_SECONDS = 10
REQUEST_SECONDS = 15
MAX_RUNNING = 16                    # transactions worked on at once
MAX_PENDING = 256                   # transactions accepted and not finished
MAX_REDIRECTS = 5

ERROR_TEXT = {
    1101: "Unable to parse PENS command",
    1201: "Attempt to pass an invalid argument",
    1301: "Unable to retrieve package",
    1302: "Unable to retrieve package via HTTPS",
    1304: "Unable to retrieve package via FTP",
    1306: "Unable to retrieve package via FTPS",
    1310: "Unable to retrieve package at specified URL due to error in URL "
          "or lack of response from URL",
    1312: "Unable to retrieve package at specified URL due to error with "
          "access credential for package URL",
    1320: "Expiration date is non-null and in an improper format",
    1322: "Current time indicates expiry date has passed",
    1420: "PENS version not supported",
    1421: "Client has requested host to execute an invalid, unknown or "
          "unsupported command",
    1430: "Client has requested host to process an invalid, unknown or "
          "unsupported package type",
    1432: "Host unable to process package after successfully retrieving it "
          "because of an error with package archive or package contents",
    1440: "Host unable to process package due to local storage space or "
          "account restrictions",
    1500: "Unable to communicate with provided acknowledgement URL",
    1510: "Unsupported acknowledgement protocol",
    1520: "Unsupported alert protocol",
    2001: "Message incomplete; PENS version invalid or not specified",
    2002: "Message incomplete; PENS command invalid or not specified",
    2003: "Message incomplete; package-type invalid or not specified",
    2004: "Message incomplete; package-type-version invalid or not specified",
    2005: "Message incomplete; package-format invalid or not specified",
    2007: "Message incomplete; package-id invalid or not specified",
    2008: "Message incomplete; package-url invalid or not specified",
    2009: "Message incomplete; package-url-expiry date invalid or not specified",
    2010: "Message incomplete; client submitting package invalid or not specified",
    2011: "Message incomplete; where to send response invalid or not specified",
}
WARNINGS = {1320, 1322}

# name -> (code when missing or None if optional, may be the null string)
ELEMENTS = {
    "pens-version": (2001, False),
    "command": (2002, False),
    "package-type": (2003, False),
    "package-type-version": (2004, False),
    "package-format": (2005, False),
    "package-id": (2007, False),
    "package-url": (2008, False),
    "package-url-user-id": (None, True),
    "package-url-account": (None, True),
    "package-url-password": (None, True),
    "package-url-expiry": (2009, True),
    "client": (2010, True),
    "system-user-id": (None, True),
    "system-password": (None, True),
    "receipt": (2011, False),
    "alerts": (None, True),
    "vendor-data": (None, True),
}
PACKAGE_TYPES = {"aicc-pkg", "scorm-pif", "lms-qti"}
ZIP_FORMATS = {"zip", "jar", "war"}
PACKAGE_FORMATS = ZIP_FORMATS | {"url", "xml"}

options = argparse.Namespace(verbose=False, no_alerts=False, callback_method="get",
                             mail="off", mail_encoding="quoted-printable", mail_ca=None)


def log(text):
    if options.verbose:
        sys.stderr.write("%s %s\n" % (time.strftime("%H:%M:%S"), plain(text)))
        sys.stderr.flush()


def plain(text):
    """One line of printable ASCII, whatever came from outside."""
    return "".join(c if " " <= c <= "~" else "?" for c in str(text))[:2000]


class PensError(Exception):
    def __init__(self, code, detail=""):
        super().__init__(code, detail)
        self.code = code
        self.detail = detail


# --------------------------------------------------------------------------
# URIs (RFC 1738, RFC 2396; IPv6 literals as RFC 2732)

URI_CHARS = re.compile(r"(?:[A-Za-z0-9\-_.!~*'();/?:@&=+$,\[\]]|%[0-9A-Fa-f]{2})+")
SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):(.+)", re.S)
HOST_PORT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._\-]+)(?::([0-9]*))?")


def split_uri(text):
    """(scheme, rest) of an absolute URI, or None."""
    match = SCHEME.fullmatch(text)
    if not match or not URI_CHARS.fullmatch(text):
        return None
    if re.search(r"[\[\]]", text):
        authority = re.match(r"//([^/?]*)", match[2])
        authority = authority[1] if authority else ""
        if text.count("[") != 1 or text.count("]") != 1 or \
                "[" not in authority or "]" not in authority:
            return None
    return match[1].lower(), match[2]


class NetUrl:
    """scheme://host[:port][/path][?query]; ValueError when it is not one."""

    def __init__(self, text):
        parts = split_uri(text)
        if parts is None or not parts[1].startswith("//"):
            raise ValueError("not a fully qualified URL")
        self.scheme = parts[0]
        authority, path, query = re.fullmatch(
            r"//([^/?]*)([^?]*)(\?.*)?", parts[1]).groups()
        match = HOST_PORT.fullmatch(authority)
        if not match:
            raise ValueError("no valid host")
        self.authority = authority
        self.host = match[1].strip("[]")
        if match[1].startswith("["):
            ipaddress.IPv6Address(self.host)        # or ValueError
        self.port = int(match[2]) if match[2] else 443 if self.scheme == "https" else 80
        if not 0 < self.port < 65536:
            raise ValueError("no valid port")
        self.path = path
        self.query = query or ""

    @property
    def target(self):
        return (self.path or "/") + self.query

    def addresses(self):
        """The loopback addresses of the host; no name service is asked."""
        name = self.host.lower().rstrip(".")
        if name == "localhost" or name.endswith(".localhost"):
            return ["127.0.0.1", "::1"]
        try:
            if ipaddress.ip_address(self.host).is_loopback:
                return [self.host]
        except ValueError:
            pass
        return []


def has_file_name(path):
    last = unquote(path.rsplit("/", 1)[-1].split(";")[0])
    return re.fullmatch(r".*[^.].*\.[A-Za-z0-9]+", last) is not None


def mail_addresses(rest):
    to, _, headers = rest.partition("?")
    lists = [to]
    for header in headers.split("&"):
        name, _, value = header.partition("=")
        if unquote(name).lower() == "to":
            lists.append(value)
    return [a.strip() for item in lists for a in unquote(item).split(",") if a.strip()]


def mailto_is_valid(rest):
    found = mail_addresses(rest)
    return bool(found) and all(
        re.fullmatch(r"[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+", a) for a in found)


def check_callback_url(text, malformed, unsupported):
    parts = split_uri(text)
    if parts is None:
        raise PensError(malformed, "not a URL")
    if parts[0] == "mailto":
        if not mailto_is_valid(parts[1]):
            raise PensError(malformed, "mailto: without a valid address")
        if options.mail == "off":
            raise PensError(unsupported, "no mail is sent here")
    elif parts[0] in ("http", "https"):
        try:
            NetUrl(text)
        except ValueError as e:
            raise PensError(malformed, str(e))
    else:
        raise PensError(unsupported, "protocol %s" % parts[0])


# --------------------------------------------------------------------------
# package-url-expiry (ISO 8601:2000, UTC)

ISO_EXTENDED = re.compile(
    r"(?P<y>\d{4})-(?:(?P<m>\d\d)-(?P<d>\d\d)|(?P<o>\d{3})|W(?P<w>\d\d)-(?P<wd>[1-7]))"
    r"T(?P<H>\d\d)(?::(?P<M>\d\d)(?::(?P<S>\d\d))?)?(?P<f>[.,]\d+)?Z", re.ASCII)
ISO_BASIC = re.compile(
    r"(?P<y>\d{4})(?:(?P<m>\d\d)(?P<d>\d\d)|(?P<o>\d{3})|W(?P<w>\d\d)(?P<wd>[1-7]))"
    r"T(?P<H>\d\d)(?:(?P<M>\d\d)(?:(?P<S>\d\d))?)?(?P<f>[.,]\d+)?Z", re.ASCII)


def parse_expiry(text):
    """Seconds since 1970; ValueError when it is not ISO 8601 UTC."""
    match = ISO_EXTENDED.fullmatch(text) or ISO_BASIC.fullmatch(text)
    if not match:
        raise ValueError("not ISO 8601 with Z")
    g = match.groupdict()
    year = int(g["y"])
    if g["m"]:
        day = datetime.date(year, int(g["m"]), int(g["d"]))
    elif g["o"]:
        day = datetime.date.fromordinal(datetime.date(year, 1, 1).toordinal() + int(g["o"]) - 1)
        if day.year != year:
            raise ValueError("no such day")
    else:
        day = datetime.date.fromisocalendar(year, int(g["w"]), int(g["wd"]))
    hour, minute, second = int(g["H"]), int(g["M"] or 0), int(g["S"] or 0)
    fraction = float("0." + g["f"][1:]) if g["f"] else 0.0
    if hour > 24 or minute > 59 or second > 60:
        raise ValueError("no such time")
    if second == 60 and minute != 59:
        raise ValueError("no such leap second")
    if hour == 24 and (minute or second or fraction):
        raise ValueError("no such time")
    unit = 1 if g["S"] else 60 if g["M"] else 3600
    days = day.toordinal() - datetime.date(1970, 1, 1).toordinal()
    return days * 86400 + hour * 3600 + minute * 60 + second + fraction * unit


# --------------------------------------------------------------------------
# the message

def parse_message(raw):
    """bytes of "a=b&c=d" -> (dict of PENS elements, names given twice)."""
    values, repeated = {}, []
    for item in raw.split(b"&"):
        if not item:
            continue
        name, equals, value = item.partition(b"=")
        if not equals or not name:
            raise PensError(1101, "message element without name or '='")
        if re.search(rb"%(?![0-9A-Fa-f]{2})", item):
            raise PensError(1101, "bad percent-encoding")
        name, value = (
            unquote_to_bytes(part.replace(b"+", b" ")).decode("utf-8", "surrogateescape")
            for part in (name, value))
        if name not in ELEMENTS:
            continue
        if name in values:
            repeated.append(name)
        else:
            values[name] = value
    return values, repeated


def check_package_url(text):
    try:
        url = NetUrl(text)
    except ValueError as e:
        raise PensError(2008, str(e))
    if not has_file_name(url.path):
        raise PensError(2008, "no file name with extension")
    check_retrieval_scheme(url.scheme)


def check_retrieval_scheme(scheme):
    if scheme in ("http", "https"):
        return
    code = {"ftp": 1304, "ftps": 1306}.get(scheme, 1301)
    raise PensError(code, "protocol %s is not supported" % scheme)


def validate(values, repeated):
    """All faults of a message: list of (code, what)."""
    faults = [(1201, name + ": given more than once") for name in sorted(set(repeated))]

    def fault(code, name, why):
        faults.append((code, "%s: %s" % (name, why)))

    def present(name):
        return values.get(name, "") != ""

    for name, (code, nullable) in ELEMENTS.items():
        if code is not None:
            if name not in values:
                fault(code, name, "not specified")
            elif not nullable and values[name] == "":
                fault(code, name, "null string")

    if present("pens-version"):
        match = re.fullmatch(r"([0-9]+)\.([0-9]+)\.([0-9]+)", values["pens-version"])
        if not match:
            fault(2001, "pens-version", "not three integers separated by periods")
        elif [part.lstrip("0") or "0" for part in match.groups()] != PENS_VERSION.split("."):
            fault(1420, "pens-version", "only %s is supported" % PENS_VERSION)

    if present("command") and values["command"] != "collect":
        fault(1421, "command", "only collect is supported")

    if present("package-type") and values["package-type"] not in PACKAGE_TYPES:
        fault(1430, "package-type", "not in the vocabulary")

    if present("package-format") and values["package-format"] not in PACKAGE_FORMATS:
        fault(2005, "package-format", "unknown format")

    if present("package-id") and split_uri(values["package-id"]) is None:
        fault(2007, "package-id", "not an absolute URI")

    for name, check in (
        ("package-url", check_package_url),
        ("receipt", lambda text: check_callback_url(text, 2011, 1510)),
        ("alerts", lambda text: check_callback_url(text, 1201, 1520)),
    ):
        if present(name):
            try:
                check(values[name])
            except PensError as e:
                fault(e.code, name, e.detail)

    if present("package-url-expiry"):
        try:
            if parse_expiry(values["package-url-expiry"]) < time.time():
                fault(1322, "package-url-expiry", "has passed")
        except (ValueError, OverflowError):
            fault(1320, "package-url-expiry", "not ISO 8601 UTC with trailing Z")
    return faults


def response_body(code, text, data=""):
    """Table A-2."""
    return ("error=%d\r\nerror-text=%s\r\nversion=%s\r\npens-data=%s"
            % (code, plain(text), PENS_VERSION, plain(data))).encode("ascii")


# --------------------------------------------------------------------------
# HTTP as a client

class Exchange:
    """One HTTP request to a loopback address, ended by force at a deadline."""

    def __init__(self, url, deadline):
        self.url = url
        self.deadline = deadline
        self.conn = self.response = self.timer = None
        self.timed_out = False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.timer:
            self.timer.cancel()
        for thing in (self.response, self.conn):
            if thing:
                thing.close()

    def connect(self):
        failure = OSError("host is not a loopback address")
        for address in self.url.addresses():
            left = self.deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("deadline passed")
            kind = http.client.HTTPSConnection if self.url.scheme == "https" else http.client.HTTPConnection
            conn = kind(address, self.url.port, timeout=min(SOCKET_SECONDS, left))
            try:
                conn.connect()
            except OSError as e:
                failure = e
                continue
            self.conn = conn
            sock = conn.sock
            self.timer = threading.Timer(
                max(0.0, self.deadline - time.monotonic()), self._expire, (sock,))
            self.timer.daemon = True
            self.timer.start()
            return
        raise failure

    def _expire(self, sock):
        self.timed_out = True
        try:
            sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def send(self, method, target, headers=(), body=None):
        self.conn.putrequest(method, target, skip_host=True)
        self.conn.putheader("Host", self.url.authority)
        self.conn.putheader("User-Agent", "pens-receiver-peer/1.0")
        self.conn.putheader("Connection", "close")
        for name, value in headers:
            self.conn.putheader(name, value)
        if body is not None:
            self.conn.putheader("Content-Type", "application/x-www-form-urlencoded")
            self.conn.putheader("Content-Length", str(len(body)))
        self.conn.endheaders(body)
        self.response = self.conn.getresponse()
        return self.response


def download(values, out):
    """Stream the package into the file out; PensError when that fails."""
    location = values["package-url"]
    user = values.get("package-url-user-id", "")
    password = values.get("package-url-password", "")
    deadline = time.monotonic() + DOWNLOAD_SECONDS
    origin = None
    for _ in range(MAX_REDIRECTS + 1):
        try:
            url = NetUrl(location)
        except ValueError as e:
            raise PensError(1310, str(e))
        check_retrieval_scheme(url.scheme)
        origin = origin or (url.host, url.port)
        headers = [("Accept", "*/*")]
        if user and (url.host, url.port) == origin:
            pair = ("%s:%s" % (user, password)).encode("utf-8", "surrogateescape")
            headers.append(("Authorization", b"Basic " + base64.b64encode(pair)))
        with Exchange(url, deadline) as exchange:
            try:
                exchange.connect()
                response = exchange.send("GET", url.target, headers)
            except (OSError, http.client.HTTPException, ValueError) as e:
                raise PensError(1310, "%s: %s" % (type(e).__name__, e))
            status = response.status
            if status in (301, 302, 303, 307, 308):
                where = response.getheader("Location")
                if not where:
                    raise PensError(1310, "HTTP status %d without location" % status)
                try:
                    location = urljoin(location, where).split("#")[0]
                except ValueError:
                    raise PensError(1310, "HTTP status %d to a bad location" % status)
                continue
            if status in (401, 403, 407):
                raise PensError(1312, "HTTP status %d" % status)
            if status in (400, 404, 410):
                raise PensError(1310, "HTTP status %d" % status)
            if status != 200:
                raise PensError(1301, "HTTP status %d" % status)
            return receive_body(exchange, response, out)
    raise PensError(1310, "too many redirections")


def receive_body(exchange, response, out):
    expected = response.length          # None: chunked, or until closed
    if expected is not None and expected > MAX_PACKAGE:
        raise PensError(1440, "package is larger than %d bytes" % MAX_PACKAGE)
    size = 0
    while True:
        try:
            block = response.read1(65536)
        except (OSError, http.client.HTTPException, ValueError) as e:
            if exchange.timed_out:
                raise PensError(1301, "transfer took more than %d s" % DOWNLOAD_SECONDS)
            raise PensError(1301, "transfer failed: %s" % type(e).__name__)
        if not block:
            break
        size += len(block)
        if size > MAX_PACKAGE:
            raise PensError(1440, "package is larger than %d bytes" % MAX_PACKAGE)
        out.write(block)
    if exchange.timed_out:
        raise PensError(1301, "transfer took more than %d s" % DOWNLOAD_SECONDS)
    if expected is not None and size != expected:
        raise PensError(1301, "transfer ended after %d of %d bytes" % (size, expected))
    out.flush()
    return size


# --------------------------------------------------------------------------
# the package

def open_package(file, package_format):
    file.seek(0)
    try:
        if package_format in ZIP_FORMATS:
            open_archive(file)
        elif package_format == "xml":
            xml.parsers.expat.ParserCreate().ParseFile(file)
    except PensError:
        raise
    except Exception as e:          # zipfile and its decompressors raise many kinds
        raise PensError(1432, "%s: %s" % (type(e).__name__, e))


def open_archive(file):
    deadline = time.monotonic() + UNPACK_SECONDS
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        if not members:
            raise PensError(1432, "archive is empty")
        if len(members) > MAX_MEMBERS:
            raise PensError(1440, "archive has too many members")
        total = 0
        for member in members:
            name = member.filename.replace("\\", "/")
            if name.startswith("/") or re.match(r"[A-Za-z]:", name) or ".." in name.split("/"):
                raise PensError(1432, "unsafe member name %s" % member.filename)
            if member.flag_bits & 1:
                raise PensError(1432, "archive is encrypted")
            with archive.open(member) as stream:        # checks the CRC at the end
                while block := stream.read(65536):
                    total += len(block)
                    if total > MAX_UNPACKED or time.monotonic() > deadline:
                        raise PensError(1440, "archive is too large to unpack")


# --------------------------------------------------------------------------
# callbacks

def mail_server(address):
    """Where mail for an address is handed over; loopback: at the port that its domain names."""
    if options.mail != "loopback":
        host, _, port = options.mail.rpartition(":")
        return host, int(port)
    return "127.0.0.1", int(re.match(r"port-(\d+)\.", address.rpartition("@")[2])[1])


def send_mail(addresses, command, fields):
    """A receipt or alert as the note of A.1 recommends it, one mail to each address; False
    when one of them could not be handed over."""
    told = [pair for pair in fields if pair[0] not in ("command", "pens-version")]
    lines = "".join("%s=%s\r\n" % (name, plain(value)) for name, value in told)
    for address in addresses:
        message = email.message.EmailMessage(policy=email.policy.SMTP)
        message["From"] = message["Reply-To"] = "LMS <pens@lms.example>"
        message["To"] = address
        message["Subject"] = "Re\u00e7u: " + command
        message["Date"] = email.utils.localtime()
        message.set_content("Voil\u00e0, " + command + ".\r\n\r\n" + lines, cte=options.mail_encoding)
        message.add_alternative("<p>Voil\u00e0</p>", subtype="html", cte="base64")
        try:
            with smtplib.SMTP(*mail_server(address), timeout=CALLBACK_SECONDS) as server:
                if options.mail_ca:
                    server.starttls(context=ssl.create_default_context(cafile=options.mail_ca))
                server.send_message(message)
        except (OSError, smtplib.SMTPException) as e:
            log("%s: no mail to %s: %s" % (command, address, e))
            return False
    return True


def send_callback(location, command, values, code, text, data=""):
    """Send a receipt or alert; False when it could not be delivered."""
    fields = [("command", command), ("pens-version", PENS_VERSION)]
    for name in ("package-type", "package-type-version", "package-format",
                 "package-id", "package-url", "package-url-expiry"):
        fields.append((name, values[name]))
    fields += [("client", CLIENT_NAME), ("error", str(code)), ("error-text", text)]
    if code:
        fields.append(("pens-data", plain(data)))
    message = "&".join(
        "%s=%s" % (name, quote(value, safe="", errors="surrogateescape"))
        for name, value in fields)

    scheme = location.split(":", 1)[0].lower()
    if scheme == "mailto":
        return send_mail(mail_addresses(location.split(":", 1)[1]), command, fields)
    url = NetUrl(location)
    for attempt in range(3):
        if attempt:
            time.sleep(1)
        with Exchange(url, time.monotonic() + CALLBACK_SECONDS) as exchange:
            try:
                exchange.connect()
            except OSError as e:
                log("%s: no connection to %s: %s" % (command, url.authority, e))
                continue
            try:
                if options.callback_method == "post":
                    response = exchange.send("POST", url.target, body=message.encode("ascii"))
                else:
                    joint = "&" if url.query else "?"
                    response = exchange.send("GET", url.target + joint + message)
                answer = response.read(65536).decode("latin-1")
            except (OSError, http.client.HTTPException, ValueError) as e:
                log("%s: no answer from %s: %s" % (command, url.authority, e))
                return False
            match = re.match(r"error=\s*([0-9]+)\s*(?:\r?\n|\Z)", answer)
            log("%s error=%d sent to %s: HTTP %d, %s" % (
                command, code, url.authority, response.status,
                "error=" + match[1] if match else "no PENS response"))
            return 200 <= response.status < 300
    return False


def transaction(values, fatal):
    """All that follows the answer to a collect command.  fatal: (code, what)
    when the answer was a warning although the package cannot be collected."""
    outcome, opened = fatal, False
    fetched = False
    try:
        with tempfile.TemporaryFile(prefix="pens-") as file:
            if not fatal:
                size = download(values, file)
                fetched = True
                log("collected %d bytes from %s" % (size, values["package-url"]))
                open_package(file, values["package-format"])
                opened = True
    except PensError as e:
        outcome = (e.code, e.detail)
    except OSError as e:
        full = e.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        outcome = (1440 if full or fetched else 1301, "%s: %s" % (type(e).__name__, e.strerror))
    except Exception as e:
        outcome = (1432 if fetched else 1301, "%s: %s" % (type(e).__name__, e))

    code, detail = outcome or (0, "")
    text = ERROR_TEXT[code] if code else "package sucessfully collected"
    alerts = "" if options.no_alerts or fatal else values.get("alerts", "")

    def alert(*args):
        if alerts:
            send_callback(alerts, "alert", values, *args)

    if not send_callback(values["receipt"], "receipt", values, code, text, detail):
        alert(1500, ERROR_TEXT[1500], "receipt could not be delivered")
    if opened:
        alert(0, "package sucessfully opened")
        alert(0, "package sucessfully deployed")
    elif fetched:
        alert(code, text, detail)


running = threading.BoundedSemaphore(MAX_RUNNING)
pending = threading.BoundedSemaphore(MAX_PENDING)


def transaction_thread(values, fatal):
    try:
        with running:
            transaction(values, fatal)
    except Exception as e:
        log("transaction failed: %s: %s" % (type(e).__name__, e))
    finally:
        pending.release()


# --------------------------------------------------------------------------
# HTTP as a server

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "pens-receiver-peer/1.0"
    timeout = REQUEST_SECONDS

    def version_string(self):
        return self.server_version

    def log_message(self, format, *args):
        pass                # the request line holds passwords

    def answer(self, body, status=200, extra=()):
        self.close_connection = True
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Connection", "close")
        for name, value in extra:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def send_error(self, code, message=None, explain=None):
        phrase = message or self.responses.get(code, ("error",))[0]
        log("answered HTTP %d" % code)
        extra = [("Allow", "GET, POST")] if code == 405 else []
        self.answer(response_body(int(code), phrase), int(code), extra)

    def split_target(self):
        """(path, query) of the request target, both as received."""
        target = re.sub(r"^https?://[^/?]*", "", self.path, flags=re.I)
        path, _, query = target.partition("?")
        return path or "/", query

    def path_matches(self):
        return unquote(self.split_target()[0]) == self.server.pens_path

    def do_GET(self):
        if not self.path_matches():
            return self.send_error(404)
        self.collect(self.split_target()[1].encode("latin-1"))

    def do_POST(self):
        try:
            body = self.read_body()
        except ValueError:
            return self.send_error(400, "Bad Request")
        if isinstance(body, int):
            return self.send_error(body)
        if not self.path_matches():
            return self.send_error(404)
        kind = self.headers.get("Content-Type", "application/x-www-form-urlencoded")
        if kind.split(";")[0].strip().lower() != "application/x-www-form-urlencoded":
            return self.send_error(415)
        self.collect(body.strip(b"\r\n"))

    def not_allowed(self):
        self.send_error(405 if self.path_matches() else 404)

    do_HEAD = do_PUT = do_DELETE = do_OPTIONS = do_PATCH = do_TRACE = not_allowed

    def read_body(self):
        """The body, or the HTTP status with which to refuse it."""
        deadline = time.monotonic() + 2 * REQUEST_SECONDS
        coding = self.headers.get("Transfer-Encoding", "").strip().lower()
        if coding == "chunked":
            parts, size = [], 0
            while True:
                length = int(self.rfile.readline(1026).split(b";")[0].strip(), 16)
                if length < 0 or time.monotonic() > deadline:
                    raise ValueError
                size += length
                if size > MAX_BODY:
                    return 413
                if length == 0:
                    while self.rfile.readline(65537).strip():
                        if time.monotonic() > deadline:
                            raise ValueError
                    return b"".join(parts)
                parts.append(self.read_exactly(length, deadline))
                if self.rfile.readline(3) not in (b"\r\n", b"\n"):
                    raise ValueError
        if coding:
            return 501
        length = self.headers.get("Content-Length")
        if length is None:
            return 411
        if not re.fullmatch(r"[0-9]{1,18}", length.strip()):
            raise ValueError
        length = int(length)
        if length > MAX_BODY:
            # take some of it, so that the answer is not lost in a reset
            self.read_exactly(min(length, 4 * MAX_BODY), deadline)
            return 413
        return self.read_exactly(length, deadline)

    def read_exactly(self, length, deadline):
        parts = []
        while length:
            block = self.rfile.read1(min(length, 65536))
            if not block or time.monotonic() > deadline:
                raise ValueError
            parts.append(block)
            length -= len(block)
        return b"".join(parts)

    def collect(self, raw):
        try:
            values, repeated = parse_message(raw)
            faults = validate(values, repeated)
        except PensError as e:
            values, faults = {}, [(e.code, e.detail)]
        faults.sort(reverse=True)
        code = faults[0][0] if faults else 0
        text = ERROR_TEXT[code] if code else "collect command received and understood"
        data = "; ".join("%d %s" % fault for fault in faults)
        go_on = code == 0 or code in WARNINGS
        if go_on and not pending.acquire(blocking=False):
            return self.send_error(503)
        try:
            self.answer(response_body(code, text, data))
        except BaseException:
            if go_on:
                pending.release()
            raise
        log("collect answered error=%d %s" % (code, data))
        if go_on:
            fatal = next((f for f in faults if f[0] not in WARNINGS), None)
            threading.Thread(
                target=transaction_thread, args=(values, fatal), daemon=True).start()


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        log("connection ended: %s" % sys.exc_info()[0].__name__)


def main():
    parser = argparse.ArgumentParser(description="PENS 1.0.0 target system (test peer)")
    parser.add_argument("--listen", default="127.0.0.1:0", metavar="HOST:PORT")
    parser.add_argument("--path", default="/pens")
    parser.add_argument("--no-alerts", action="store_true")
    parser.add_argument("--callback-method", choices=("get", "post"), default="get")
    parser.add_argument("--mail-ca", metavar="FILE", help="mail over TLS alone, to a server that this CA vouches for")
    parser.add_argument("--mail", default="off", metavar="off|loopback|HOST:PORT")
    parser.add_argument("--mail-encoding", choices=("quoted-printable", "base64", "8bit"),
                        default="quoted-printable")
    parser.add_argument("--verbose", action="store_true")
    parser.parse_args(namespace=options)

    host, _, port = options.listen.rpartition(":")
    if host == "localhost":
        host = "127.0.0.1"
    try:
        if not ipaddress.IPv4Address(host).is_loopback or not 0 <= int(port) < 65536:
            raise ValueError
    except ValueError:
        parser.error("--listen: an IPv4 loopback address and a port")
    if not re.fullmatch(r"/[A-Za-z0-9._~/\-]*", options.path):
        parser.error("--path: must begin with / and be plain")

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())

    with Server((host, int(port)), Handler) as server:
        server.pens_path = options.path
        thread = threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True)
        thread.start()
        print("listening on http://%s:%d%s" % (host, server.server_address[1], options.path),
              flush=True)
        stop.wait()
        server.shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main())
