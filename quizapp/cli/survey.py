"""What the words on the command line name, as claims: read only if it changed since last time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from quizapp.cli.targets import (
    below,
    is_pack,
    names_part,
    place_of,
    resolve,
    root_of,
)
from verify import bank as texts
from verify import locations
from verify.bank.model import Defect, Document, Item, Pack
from verify.engine.ledger.claims import Claim, claim_of, pack_of
from verify.engine.ledger.scan import Reading, Scan, scanned


class Named:
    """One answer or document that was named; it is read when it is to be run.

    Args:
        claim: what it claims.
        root: its pack, as it was named; None for a document.
        subject: itself, if it was read already.
    """

    def __init__(
        self, claim: Claim, root: Path | None, subject: Item | Document | None = None
    ) -> None:
        self.claim, self.root, self._subject = claim, root, subject

    @property
    def path(self) -> Path:
        """The file with its fences."""
        return Path(self.claim.path) if self.root is None else self.root / self.claim.path

    @property
    def subject(self) -> Item | Document:
        """The answer or document itself.

        Raises:
            ContentError: it has changed since, and is not sound any more.
        """
        if self._subject is None:
            assert self.root is not None  # documents are always read
            self._subject = texts.load_item(self.root, self.claim.key)
        return self._subject


class Survey:
    """All that was named, each once, in order."""

    def __init__(self, named: Sequence[Named], defects: Sequence[Defect]) -> None:
        self.named = list(named)
        self.defects = list(defects)

    def __len__(self) -> int:
        return len(self.named)

    @property
    def subjects(self) -> list[Item | Document]:
        """The answers and documents, read."""
        return [named.subject for named in self.named]


def survey(words: Sequence[str], bank: Path | None) -> Survey:
    """Find what each word names; no word is the whole bank.

    Raises:
        UsageError: a word names nothing.
        ContentError: a single question or file that cannot be read.
    """
    return known_survey(words, bank) or _read_all(words, bank)


def known_survey(words: Sequence[str], bank: Path | None) -> Survey | None:
    """The same, but None if a pack would have to be read for it."""
    named: dict[Path, Named] = {}
    defects: list[Defect] = []
    try:
        for each, wrong in map(_Known(bank).named, words or [""]):
            for one in each:
                named.setdefault(one.path.resolve() if words else one.path, one)
            defects += wrong
    except LookupError:
        return None
    return Survey([*named.values()], defects)


class _Known:
    """Finds what words name in the scans that are kept."""

    def __init__(self, bank: Path | None) -> None:
        self._root = root_of(bank)
        self._scans: dict[Path, Scan] = {}

    def named(self, word: str) -> tuple[list[Named], list[Defect]]:
        """What a word names; the empty word is the whole bank.

        Raises:
            LookupError: a pack must be read to tell.
        """
        if not word:
            return self._all(self._root, "")
        path, root = Path(word), self._root
        if path.is_file():
            place = place_of(path)
            if place is None:
                wrong: list[Defect] = []
                document = texts.read_document(path, wrong)
                if document is None:
                    return [], wrong
                return [Named(claim_of(document), None, document)], wrong
            return [self._one(*place)], []
        if is_pack(path):
            return self._all(path, "")
        if names_part(word) and (root / "questions" / f"{word}.md").is_file():
            return [self._one(root, word)], []
        if names_part(word) and (root / "questions" / word).is_dir():
            return self._all(root, word.rstrip("/") + "/")
        raise LookupError(word)

    def _scan(self, root: Path) -> Scan:
        if root not in self._scans:
            found = scanned(root, locations.cache_folder())
            if found is None:
                raise LookupError(root)
            self._scans[root] = found
        return self._scans[root]

    def _one(self, root: Path, identity: str) -> Named:
        claims = self._scan(root).claims
        claim = next((claim for claim in claims if claim.key == identity), None)
        if claim is None:
            raise LookupError(identity)
        return Named(claim, root)

    def _all(self, root: Path, prefix: str) -> tuple[list[Named], list[Defect]]:
        scan = self._scan(root)
        claims = (claim for claim in scan.claims if claim.key.startswith(prefix))
        return [Named(claim, root) for claim in claims], below(scan.defects, prefix)


def _read_all(words: Sequence[str], bank: Path | None) -> Survey:
    """Read what the words name, and keep the claims of whole packs for next time."""
    claims: dict[int, Claim] = {}

    def read(root: Path) -> Pack:
        reading = Reading(root, locations.cache_folder())
        pack = texts.load_pack(root)
        for item, claim in zip(pack.items.values(), reading.keep(pack).claims, strict=True):
            claims[id(item)] = claim
        return pack

    found = resolve(words, bank, read)
    return Survey(list(_as_named(found.subjects, claims)), found.defects)


def _as_named(subjects: Iterable[Item | Document], claims: dict[int, Claim]) -> Iterable[Named]:
    for subject in subjects:
        claim = claims.get(id(subject)) or claim_of(subject)
        root = pack_of(subject) if isinstance(subject, Item) else None
        yield Named(claim, root, subject)
