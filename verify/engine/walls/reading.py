"""What a stranger's code may read: the interpreter, its packages and the system, not the person.

Other processes' command lines under ``/proc`` can be read, as by any user of the machine; their
memory, environment and descriptors cannot, because Landlock answers for those as for tracing.
"""

from __future__ import annotations

import os
import pwd
import sys
from functools import cache
from pathlib import Path

DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")

_SYSTEM = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"),
    *("/opt", "/nix/store", "/gnu/store", "/proc", "/sys"),
)

_SETTINGS = (
    # Named one by one: /etc holds shadow, and what others put there.
    *("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "ld.so.preload", "alternatives"),
    *("localtime", "timezone", "locale.alias", "locale.conf", "default/locale", "gai.conf"),
    *("passwd", "group", "nsswitch.conf", "hosts", "host.conf", "hostname", "resolv.conf"),
    *("protocols", "services", "os-release", "debian_version", "lsb-release", "machine-id"),
    *("mime.types", "magic", "fonts", "terminfo", "python3", "OpenCL"),
    *("ssl/certs", "ssl/openssl.cnf", "pki/tls/certs", "pki/ca-trust", "ca-certificates"),
)


@cache
def system() -> tuple[str, ...]:
    """Folders and files that may be read, whatever the trial."""
    packages = [path for path in (_narrow(Path(name)) for name in sys.path if name) if path]
    prefixes = [sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix]
    settings = [f"/etc/{name}" for name in _SETTINGS]
    names = [*_SYSTEM, *settings, *prefixes, *packages, str(_own())]
    return tuple(dict.fromkeys(names))


def _narrow(path: Path) -> str:
    """A folder of modules, unless reading it would be reading somebody's own files."""
    path = path.resolve()
    if path == _own().parent and path.name not in ("site-packages", "dist-packages"):
        return ""  # a checkout of this project: its packages are enough
    homes = (Path(pwd.getpwuid(os.getuid()).pw_dir), Path.home())
    for home in (home.resolve() for home in homes):
        if path == home or path in home.parents:
            return ""
    return str(path)


def _own() -> Path:
    return Path(__file__).resolve().parents[2]
