"""A terminal of 60 columns in which `penspec test target` runs: its progress is one line, written anew, and gone at the end.

Called with the penspec binary, a target system URL and a report directory.
"""

import fcntl
import os
import pty
import re
import struct
import sys
import termios

PENSPEC, URL, REPORTS = sys.argv[1:]
COLUMNS = 60


def main():
    child, terminal = pty.fork()
    if child == 0:
        # The parent may set the size only after we have begun.
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, COLUMNS, 0, 0))
        limits = ["--limit", "quiet=2s"]
        os.execv(PENSPEC, [PENSPEC, "test", "target", URL, "target/acknowledgement/*", "--report-dir", REPORTS, *limits])
    said = b""
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            break  # the other end is closed
        if not piece:
            break
        said += piece
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    drawn = [line.strip("\r") for line in re.split(r"\r\x1b\[2K|\n", said.decode()) if " of 6 cases in " in line]
    widest = max(len(line) for line in drawn)
    slowest = any(re.search("; target/acknowledgement/[a-z]+ for [12] s", line) for line in drawn)
    # What is written for keeps stands on lines of its own.
    kept = said.decode().split("\x1b[2K")[-1]
    print(f"status: {status}, drawn: {len(drawn) > 3}, widest: {widest}, slowest named: {slowest}, gone: {' cases in ' not in kept}")


main()
