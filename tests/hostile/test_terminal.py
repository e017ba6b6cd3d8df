"""What a document holds or prints never acts on the terminal of the person who runs it."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.hostile.cases import PACK
from tests.hostile.watching import acts
from tests.packs import fence, write
from tests.terminals import MAIN, Terminal

ESCAPE, BELL = "\x1b]0;title", "\x07\x1b[2J"

WORDS = f"""\
{ESCAPE}{BELL} begins with what is shown nowhere.

```python needs="no{ESCAPE}{BELL}"
assert True
```

```python not-run="no{ESCAPE}{BELL}"
assert True
```

```python raises="KeyError: {ESCAPE}{BELL}"
raise KeyError
```

```python warns="UserWarning: {ESCAPE}{BELL}"
assert True
```

```python {ESCAPE}{BELL}
assert "{ESCAPE}{BELL}" == ""
```

```python property
def test_never():
    assert "{ESCAPE}{BELL}" == ""
```

```python {ESCAPE}{BELL} is never closed
"""
"""Every place of a document that a report might repeat."""


def test_nothing_of_a_document_acts_on_the_terminal(tmp_path: Path) -> None:
    prints = tmp_path / "prints.md"
    shutil.copy(PACK / "prints-escapes.md", prints)
    words = write(tmp_path, "words.md", WORDS)
    named = write(tmp_path, f"na{ESCAPE}{BELL}\x9b5Amed.md", fence("assert 1 + 1 == 3"))
    command = (*MAIN, "verify", str(prints), str(words), str(named))
    environment = {"TORCHDRILL_HOME": str(tmp_path / "home"), "NO_COLOR": "1"}
    with Terminal(command, columns=200, environment=environment) as terminal:
        assert terminal.end() != 0
    assert "never printed" in terminal.seen and "AssertionError" in terminal.seen
    # Our own: begin a line anew.  Nothing else of the kind is written without colour.
    seen = terminal.seen.replace("\r\x1b[K", "").replace("\r\n", "\n")
    assert {letter for letter in seen if acts(letter)} == set(), seen
