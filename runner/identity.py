"""Which process it is: one that can be told from a later one of its number."""

from pathlib import Path

from runner import boot_clock
from runner.frozen import Frozen


class Identity(Frozen):
    """`started` are the kernel's ticks since boot: no other process of that boot has both. 0: it was gone already."""

    pid: int
    started: int
    boot: str

    def is_there(self) -> bool:
        """Say whether it is alive now."""
        return self.started > 0 and identify(self.pid) == self


def identify(pid: int) -> Identity:
    """Say which process has this number now; one that has ended and that nobody has buried is none (proc(5))."""
    try:
        # The name, in brackets, may hold anything; fields 3 (state) and 22 (start time) are after it.
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        fields = ["X"]
    return Identity(pid=pid, started=0 if fields[0] in {"Z", "X"} else int(fields[19]), boot=boot_clock.boot_id())
