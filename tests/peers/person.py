"""A person at a terminal, who serves `penspec test client`: publishes with a mock client, sees an address again, leaves
one case out, and answers what is asked.

Called with the penspec binary and a report directory; ends with the status that penspec ends with.
"""

import os
import pty
import re
import subprocess
import sys
import time

PENSPEC, REPORTS = sys.argv[1:]
PATIENCE = 60
ADDRESS = re.compile(rb"http://[\d.:]+/[0-9a-f]+-\d+/pens")
# With the end of its line: what is answered before that is echoed into it.
QUESTION = re.compile(rb"y or n, and behind it[^\n]*\n")


def publish(address):
    command = [PENSPEC, "mock", "client", "--once", "--for", "20s", address.decode()]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def main():
    person, terminal = pty.fork()
    if person == 0:
        limits = ["--limit", "collect=30s", "--limit", "quiet=300ms"]
        os.execv(PENSPEC, [PENSPEC, "test", "client", "--report-dir", REPORTS, *limits])
    said, asked, addresses, clients = b"", 0, [], []
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            said += os.read(terminal, 4096)
        except OSError:
            break  # the other end is closed
        for address in ADDRESS.findall(said):
            if address in addresses:
                continue
            addresses.append(address)
            if len(addresses) == 2:
                os.write(terminal, b"r\ns\n")
            else:
                clients.append(publish(address))
        if len(QUESTION.findall(said)) > asked:
            asked += 1
            os.write(terminal, b"y it says so\n")
    for client in clients:
        client.kill()
        client.wait()
    sys.stdout.buffer.write(said)
    shown_again = said.count(addresses[1]) == 2 if len(addresses) > 1 else False
    print(f"\naddresses: {len(addresses)}, questions: {asked}, shown again: {shown_again}")
    _, status = os.waitpid(person, 0)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main())
