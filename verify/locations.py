"""Every path the program uses by itself, in one place.

``TORCHDRILL_HOME`` overrides the user's folders: data and cache then lie below it.
"""

from __future__ import annotations

import os
from pathlib import Path


def _home() -> Path | None:
    value = os.environ.get("TORCHDRILL_HOME")
    return Path(value).expanduser().absolute() if value else None


def data_folder() -> Path:
    """Where progress lives; not created here."""
    home = _home()
    if home is not None:
        return home / "data"
    from platformdirs import user_data_path  # 10 ms that `--help` does not need

    return user_data_path("torchdrill", appauthor=False)


def cache_folder() -> Path:
    """Where things live that can be made again; not created here."""
    home = _home()
    if home is not None:
        return home / "cache"
    from platformdirs import user_cache_path

    return user_cache_path("torchdrill", appauthor=False)


def config_file() -> Path:
    """The file by which a person changes keys and looks; not created here."""
    home = _home()
    if home is not None:
        return home / "config.toml"
    from platformdirs import user_config_path

    return user_config_path("torchdrill", appauthor=False) / "config.toml"


def progress_file() -> Path:
    """The one SQLite file that holds a person's progress."""
    return data_folder() / "progress.sqlite3"


def facts_file() -> Path:
    """What was proved on this machine: content and versions to verdict."""
    return cache_folder() / "facts.json"


def built_in_pack() -> Path:
    """The folder that holds ``questions/`` and ``answers/`` of the built-in bank.

    They lie beside this package, in a checkout and in an installed wheel alike.
    """
    return Path(__file__).resolve().parent.parent
