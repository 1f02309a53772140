"""`python -m flows.tethered MODULE …`: runs MODULE for as long as whoever started this process lives.

Standard input is the tether: the starter holds its other end and never writes. When the starter is gone, however it
went, the tether ends, and this process goes with all that it has started itself.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading


def main() -> None:
    """Run the module that the command line names, as `python -m` would."""
    threading.Thread(target=_hold, name="tether", daemon=True).start()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


def _hold() -> None:
    while os.read(sys.__stdin__.fileno() if sys.__stdin__ else 0, 1):
        pass
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
