"""A Python process that finds this on its path writes down every host it looks up or connects to, in the file NETWORK_LOG.

With NAMELESS set, its user has no name and no home.
"""

import json
import os
import sys

_LOG = os.open(os.environ["NETWORK_LOG"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)


def _note(event: str, arguments: tuple) -> None:
    if event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        host = arguments[0]
    elif event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        host = arguments[1][0] if isinstance(arguments[1], tuple) else arguments[1]
    else:
        return
    os.write(_LOG, (json.dumps([event, host if host is None else str(host)]) + "\n").encode())


sys.addaudithook(_note)
if "NAMELESS" in os.environ:
    import pwd

    del os.environ["HOME"]
    pwd.getpwuid = {}.__getitem__  # which raises KeyError, as the real one does
