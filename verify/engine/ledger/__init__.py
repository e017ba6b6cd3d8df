"""The ledger: what was proved where, and what therefore need not be proved again.

    claims     what an answer claims, and the digest of all that is run and compared
    sources    digests of the code that proves: a changed law is a new fact
    surroundings   versions and device, found out without importing torch
    facts      the facts of this machine, in the cache folder
    scan       the claims of a pack as they were read last, so that it is not parsed again
    history    where an answer was proved and what has gone stale, here and in the bank, in words
    stale      what this torch, Python and device have not proved, and why not
    recording  what was proved, put into the bank

What was proved elsewhere lies in the pack itself: see ``verify.bank.record``.  Nothing of it is
taken on trust: only what this machine has proved is not proved again.
"""
