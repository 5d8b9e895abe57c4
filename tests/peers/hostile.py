#!/usr/bin/env python3
"""A PENS target that tries the patience of its client.

    python3 hostile.py wordy|endless|restless

wordy: conforms as eager.py does, with 200 kB of pens-data in every answer, in chunks.
endless: its answers begin as they should and never end.
restless: sends the receipt again and again, for ever.
Standard library only, loopback only.
"""
import http.server
import signal
import sys
import threading
import time
import urllib.parse

sys.dont_write_bytecode = True
import eager  # noqa: E402: nothing is to be left beside these files

MODE = sys.argv[1]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


def repeat_receipt(values):
    while True:
        eager.call_back(values["receipt"], "receipt", values, 0, eager.TEXT[0])
        time.sleep(0.1)


class Handler(eager.Handler):
    def answer(self, message):
        values = dict(urllib.parse.parse_qsl(message, keep_blank_values=True))
        code, text = eager.process(message)
        self.close_connection = True
        answer = "error=%d\r\nerror-text=%s\r\nversion=1.0.0\r\npens-data=" % (code, text)
        self.wfile.write(HEAD + chunk(answer.encode("ascii")))
        try:
            for _ in range({"wordy": 50, "endless": 1 << 18, "restless": 0}[MODE]):
                self.wfile.write(chunk(b"trace " * 682))
            self.wfile.write(b"0\r\n\r\n")
        except OSError:
            return
        if MODE == "restless" and code == 0:
            threading.Thread(target=repeat_receipt, args=(values,), daemon=True).start()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        print("listening on http://127.0.0.1:%d/pens" % server.server_address[1], flush=True)
        server.serve_forever()
