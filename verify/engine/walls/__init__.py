"""Walls for code from strangers: what a pack that is not built in cannot do.

The parent asks :func:`demand` for a :class:`Walls` and puts it into the order; the child calls
``verify.engine.walls.raising.raise_walls`` before it runs the first fence.  A wall holds for the
child and for all it starts or executes, and cannot be taken down again.

Two depths, by what the kernel gives:

* *base*: Landlock and seccomp (Linux 5.13).  No socket but a connected pair, no change of a mode,
  an owner or a time, not even in the child's own folder, because Landlock does not tell them apart
  by path.  ``multiprocessing`` works with pipes and processes, not with locks and queues, which
  need the ``/dev/shm`` that everybody shares.
* *room*: where user namespaces may be made as well, the child gets a root folder that holds only
  what it may read, mounted read-only, a ``/dev/shm`` and a loopback of its own.  Modes, locks,
  queues, DataLoader workers and gloo over 127.0.0.1 then work, and reach nothing outside.

Not stopped: reading what may be read (see ``reading``), using processor time and disk below the
limits of size, exploiting a defect of the kernel.
"""

from verify.engine.walls.asking import available, demand, missing, required
from verify.engine.walls.model import COULD_NOT, Wall, WallError, Walls

__all__ = [
    "COULD_NOT",
    "Wall",
    "WallError",
    "Walls",
    "available",
    "demand",
    "missing",
    "required",
]
