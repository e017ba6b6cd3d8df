"""From text of the bank and of programs to what may be drawn."""
