"""granian's main process, which listens as gunicorn's does."""

import logging
import socket
from pathlib import Path
from typing import Any

from granian import Granian
from granian._granian import SocketHolder
from gunicorn.sock import create_sockets
from gunicorn.systemd import SD_LISTEN_FDS_START, listen_fds

logger = logging.getLogger("granian")


class Server(Granian):  # type: ignore[misc, valid-type]  # one of two classes, by the kind of Python
    """granian on one listening socket, which its processes share.

    By itself granian opens one for each process on the same port. Then another server could join them unnoticed, the
    kernel deals connections out by chance, those that wait for a process that ends are lost, and systemd's socket is
    not used.
    """

    def __init__(self, target: str, address: str, **options: Any) -> None:
        super().__init__(target, **options)
        self.listen_address = address

    def serve(self, *arguments: Any, **options: Any) -> None:
        """Serve. Granian's own method does no more than to warn of so many threads, and call this one."""
        super(Granian, self).serve(*arguments, **options)  # type: ignore[arg-type]

    def _init_shared_socket(self) -> None:
        listener, is_systemds = listen(self.listen_address, self.backlog)
        is_unix = listener.family == socket.AF_UNIX
        if not is_unix:
            self.bind_addr, self.bind_port, *_ = listener.getsockname()
        elif not is_systemds:
            self.bind_uds = Path(listener.getsockname())  # removed at the end
        self._shd = SocketHolder(listener.fileno(), is_unix, self.backlog)  # type: ignore[call-arg]  # untyped
        self._sso = listener  # closed by this process when it stops


def listen(address: str, backlog: int) -> tuple[socket.socket, bool]:
    """The listening socket as gunicorn makes it, and whether systemd made it.

    Raises:
        SystemExit: the address cannot be used; the log says why.
    """
    from gunicorn.config import Config  # noqa: PLC0415  (its import reads WEB_CONCURRENCY, checked by now)

    config = Config()
    config.set("bind", address)
    config.set("backlog", backlog)
    count = listen_fds()
    listener = create_sockets(config, logger, range(SD_LISTEN_FDS_START, SD_LISTEN_FDS_START + count))[0]
    server_socket: socket.socket = listener.sock
    return server_socket, count > 0
