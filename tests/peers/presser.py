"""A developer at a terminal, who has `penspec mock client` publish again by pressing Enter, and stops it by Ctrl-C.

Called with the penspec binary and a target system URL; says how often it published, and how it ended.
"""

import os
import pty
import sys
import time

PENSPEC, TARGET = sys.argv[1:]
PATIENCE = 60


def main():
    developer, terminal = pty.fork()
    if developer == 0:
        os.execv(PENSPEC, [PENSPEC, "mock", "client", TARGET])
    said, presses, deadline = b"", 0, time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            said += os.read(terminal, 4096)
        except OSError:
            break  # the other end is closed
        answered = said.count(b"-> HTTP/1.1 200 OK") and said.count(b"collect   GET ")
        if b"whenever Enter is pressed" in said and answered > presses:
            presses += 1
            os.write(terminal, b"\n" if presses < 3 else b"\x03")
    _, status = os.waitpid(developer, 0)
    sys.stdout.buffer.write(said)
    print(f"\npublished {presses} times, ended with {os.waitstatus_to_exitcode(status)}")


if __name__ == "__main__":
    main()
