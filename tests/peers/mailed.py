#!/usr/bin/env python3
"""Has penspec's mock target mail a receipt through aiosmtpd, and prints what came as JSON.

    python3 mailed.py PENSPEC
"""
import asyncio
import email
import email.policy
import functools
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import urllib.parse
import urllib.request

from aiosmtpd.smtp import SMTP, AuthResult

PROFILE = """mail:
  server: 127.0.0.1:%d
  user: pens
  password: ${env:MAIL_PASSWORD}
  from: pens@acme.example
"""
COLLECT = {
    "pens-version": "1.0.0",
    "command": "collect",
    "package-type": "scorm-pif",
    "package-type-version": "1.2",
    "package-format": "zip",
    "package-id": "http://author.example/Course-1",
    "package-url": "http://127.0.0.1:1/course.zip",
    "package-url-expiry": "2099-01-01T00:00:00Z",
    "client": "author",
    "receipt": "mailto:author@penspec.example,editor@penspec.example",
}


class Keeping:
    def __init__(self):
        self.mails = queue.Queue()

    async def handle_DATA(self, server, session, envelope):
        self.mails.put((session.auth_data, envelope))
        return "250 taken"


def let_in(server, session, envelope, mechanism, data):
    known = (data.login, data.password) == (b"pens", b"hunter2-canary")
    return AuthResult(success=known, auth_data=data.login.decode())


def main(penspec):
    kept = Keeping()
    loop = asyncio.new_event_loop()
    speak = functools.partial(SMTP, kept, authenticator=let_in, auth_required=True,
                              auth_require_tls=False, loop=loop)
    server = loop.run_until_complete(loop.create_server(speak, "127.0.0.1", 0))
    port = server.sockets[0].getsockname()[1]
    threading.Thread(target=loop.run_forever, daemon=True).start()
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as profile:
        profile.write(PROFILE % port)
        profile.flush()
        environment = dict(os.environ, MAIL_PASSWORD="hunter2-canary")
        command = [penspec, "mock", "target", "--profile", profile.name, "--allow-host", "penspec.example"]
        mock = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment)
        try:
            url = mock.stdout.readline().split()[-1]
            answer = urllib.request.urlopen(url + "?" + urllib.parse.urlencode(COLLECT), timeout=20).read()
            assert answer.startswith(b"error=0\r\n"), answer
            login, envelope = kept.mails.get(timeout=20)
        finally:
            mock.terminate()
            mock.wait()
    message = email.message_from_bytes(envelope.content, policy=email.policy.default)
    lines = message.get_content().splitlines()
    data = dict(line.split("=", 1) for line in lines if "=" in line)
    print(json.dumps({
        "login": login,
        "from": message["From"].addresses[0].addr_spec,
        "to": sorted(envelope.rcpt_tos),
        "reply-to": message["Reply-To"].addresses[0].addr_spec,
        "subject": message["Subject"],
        "error": data["error"],
        "package-id": data["package-id"],
    }))


if __name__ == "__main__":
    main(sys.argv[1])
