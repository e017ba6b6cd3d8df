"""Text that was written elsewhere, made safe for a terminal.

What a program prints, and what a pack says, may hold escape sequences that move the cursor, set
the title or fill the clipboard, and marks that turn the direction of reading.  None of them may
reach the terminal; each is shown as a sign instead, so that nothing is hidden either.
"""

from __future__ import annotations

_DIRECTION = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_UNSEEN = (0x00AD, 0x200B, 0x2028, 0x2029, 0x2060, 0xFEFF)

_SIGNS: dict[int, str] = {
    **{code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\n\t"},
    0x7F: "\u2421",
    **{code: f"‹{code:02X}›" for code in range(0x80, 0xA0)},
    **{code: f"‹U+{code:04X}›" for code in (*_DIRECTION, *_UNSEEN)},
    **dict.fromkeys(range(55296, 57344), "�"),
}


def clean(text: str, *, tab: int = 4) -> str:
    """Return ``text`` with line ends as ``\\n``, tabs as spaces, and no control characters."""
    return text.replace("\r\n", "\n").translate(_SIGNS).expandtabs(tab)


def one_line(text: str) -> str:
    """Return ``text`` cleaned, on one line, white space collapsed."""
    return " ".join(clean(text).split())
