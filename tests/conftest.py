"""What the whole suite relies on."""

from __future__ import annotations

import signal

# A shell ignores SIGINT in its background jobs, and whatever is started from one inherits that.
# A handled signal is not inherited: the programs that the tests interrupt can be interrupted.
signal.signal(signal.SIGINT, signal.default_int_handler)
