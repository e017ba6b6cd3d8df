"""The verdict, and below it the answer, section by section, with its proof."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from quizapp.app.clipboard import copy_and_say
from quizapp.app.kinds import TICKED, VERDICT, Reply, Verdict
from quizapp.app.kinds.prose import Said
from quizapp.app.proofs import Proof, ProofChanged, State
from quizapp.app.screens.answer_commands import COMMANDS
from quizapp.app.screens.answer_parts import AnswerText, head_of_ticking, head_of_verdict
from quizapp.app.screens.snippets import Snippets, SnippetsPage
from quizapp.app.text.clean import clean
from quizapp.app.widgets.blocks import drawn
from quizapp.app.widgets.line import Line
from quizapp.app.widgets.rubric import Rubric
from quizapp.app.widgets.stamp import Stamp
from quizapp.study.grading import grade_points, rubric, with_hints
from quizapp.study.marks import Rating
from verify.bank.model import Kind
from verify.errors import TorchdrillError

if TYPE_CHECKING:
    from quizapp.app.quiz import Quiz
    from quizapp.study.grading import Graded
    from quizapp.study.records import Draft
    from quizapp.study.session import Answered
    from verify.bank.model import Item, Option


class AnswerScreen(SnippetsPage):
    """How the answer went, then what is true, with its proof. `r` runs it before your eyes.

    tab goes from program to program, a click marks one too. With one marked, `r` runs the answer
    up to there, `x` opens it in an editor, to be changed and run, and `y` copies it.

    Args:
        quiz: the session it belongs to; None where an old answer is read again.
        item: the question.
        reply: what was answered.
        options: (choice) in the order they were shown.
        graded: the verdict; None while the rubric is not ticked.
        answered: what is on disk; None while nothing is.
        draft: what was kept of ticking.
    """

    CSS_PATH = "answer.tcss"

    BINDINGS: ClassVar[list[BindingType]] = COMMANDS

    def __init__(
        self,
        quiz: Quiz | None,
        item: Item,
        reply: Reply,
        *,
        options: Sequence[Option] = (),
        graded: Graded | None = None,
        answered: Answered | None = None,
        draft: Draft | None = None,
    ) -> None:
        super().__init__()
        self.quiz = quiz
        self.item = item
        self.reply = reply
        self.options = options
        self.graded = graded
        self.answered = answered
        self.before = draft.seconds if draft is not None else 0.0
        self.hints = draft.hints if draft is not None else 0
        self.reporting = False
        self.snippets = Snippets(self, item)
        ticked = frozenset(draft.ticked) if draft is not None else frozenset()
        if graded is not None:
            ticked = frozenset(i for i, point in enumerate(graded.points) if point.made)
        kind = item.question.head.kind
        self.rubric: Rubric | None = None
        if kind in TICKED:
            points = [point.text for point in graded.points] if graded is not None else []
            self.rubric = Rubric(points or rubric(item), ticked, opened=self.ticking)

    @property
    def ticking(self) -> bool:
        """True while the reader says which points were made."""
        return self.graded is None

    @property
    def reviewing(self) -> bool:
        """True if an old answer is read again."""
        return self.quiz is None

    # -- what is shown ----------------------------------------------------------------------

    def content(self) -> Iterable[Widget]:
        """The widgets of the column."""
        question = self.item.question
        yield Static(id="title")
        prompt = Vertical(*drawn(question.prompt), id="prompt")
        prompt.display = question.head.kind is Kind.CHOICE
        yield prompt
        if self.rubric is not None:
            if self.reply.text.strip():
                yield Said(self.reply)
            yield Line(Content("Points an interviewer ticks").stylize("bold"), id="points")
            yield self.rubric
        if self.graded is not None or self.rubric is not None:
            told = VERDICT.get(question.head.kind, Verdict)
            yield told(self.item, self.options, self.reply, self.graded)
        self.stamp = Stamp(self.item, self.torchdrill.desk)
        yield self.stamp
        self.text = AnswerText(self.item, self.torchdrill.desk.entries)
        yield from self.text.first()

    def on_mount(self) -> None:
        """Show the first section; the rest follows when it is painted."""
        self._show_title()
        self._show_head()
        self.stamp.show(self.proof)
        if self.rubric is not None and self.ticking:
            self.set_focus(self.rubric, scroll_visible=False)
        self.call_after_refresh(self._mount_rest)

    async def _mount_rest(self) -> None:
        await self.column.mount_all(self.text.rest())
        await self.stamp.show_elsewhere(self.proof)
        self.torchdrill.proofs.prove(self.item, again=False)
        self._show_reports()
        self.call_after_refresh(self.refresh_foot)

    def _show_title(self) -> None:
        title = Content(clean(self.item.question.head.title))
        if self.bookmarked:
            title = Content.assemble(title, ("  ★", "$accent"))
        self.query_one("#title", Static).update(title)

    @property
    def bookmarked(self) -> bool:
        """Whether the reader has set a bookmark here."""
        from quizapp.study.bookmarks import bookmarks

        with self.torchdrill.telling_trouble():
            return self.item.id in bookmarks(self.torchdrill.desk.store)
        return False

    def _show_head(self) -> None:
        made: frozenset[int] = frozenset()
        if self.rubric is not None:
            made = self.rubric.made
            told = f"{len(made)} of {len(self.rubric.points)} made"
            self.query_one("#points", Line).show(right=Content(told))
        if self.graded is None:
            proposed = with_hints(grade_points(self.item, made), self.hints)
            self.head.show(*head_of_ticking(proposed))
        else:
            now = self.torchdrill.desk.now()
            self.head.show(*head_of_verdict(self.graded, self.answered, self.item.id, now))

    # -- proof ------------------------------------------------------------------------------

    @property
    def proof(self) -> Proof:
        """What is known of the proof of this answer."""
        return self.torchdrill.proofs.of(self.item.id)

    def _show_reports(self) -> None:
        proof = self.proof
        if proof.verdict is not None:
            for told_above in self.query(Verdict):
                told_above.tell(proof.verdict)
        if self.reporting:
            self.snippets.tell(proof)

    async def on_proof_changed(self, message: ProofChanged) -> None:
        """The worker has news."""
        if not self.is_mounted:
            return
        identity, _, upto = message.identity.partition("#")
        if upto and identity == self.item.id:
            self.snippets.tell_one(int(upto), message.proof)
        elif message.identity == self.item.id:
            self.stamp.show(self.proof)
            self._show_reports()
            if message.proof.state is State.DONE:
                await self.stamp.show_elsewhere(self.proof)

    # -- commands ---------------------------------------------------------------------------

    def labels(self) -> Mapping[str, str]:
        """Labels that differ now."""
        back = "back" if self.reviewing else "pause"
        more = "next" if self.at_end else "read on"
        marked = self.snippets.marked is not None
        return {
            "answer.next": "back" if self.reviewing else "next",
            "answer.more": "" if marked or (self.at_end and not self.reviewing) else more,
            "answer.run": "run to here" if marked else "run",
            "answer.digit": "tick points" if self.ticking else "change the grade",
            "page.back": back,
        }

    @property
    def at_end(self) -> bool:
        """True if nothing is left below."""
        return self.body.scroll_y >= self.body.max_scroll_y

    def allows(self, action: str, parameters: tuple[object, ...]) -> bool:
        """Say whether a command makes sense now."""
        number = parameters[0] if parameters and isinstance(parameters[0], int) else 0
        match action:
            case "take":
                return self.ticking
            case "next" | "more":
                return not self.ticking
            case "digit":
                if self.rubric is not None and self.ticking:
                    return number <= len(self.rubric.points)
                return self.answered is not None and number <= len(Rating)
            case "mark" | "run" | "play":
                return any(fence.language == "python" for fence in self.item.answer.fences)
            case "copy":
                return self.snippets.marked is not None
            case "copy_id":
                return self.snippets.marked is None
            case "undo":
                return self.quiz is not None and self.answered is not None and not self.ticking
            case "again":
                return self.rubric is not None and self.answered is not None
            case "follow":
                return (
                    not self.ticking and not self.reviewing and number <= len(self.text.follow_ups)
                )
            case "references":
                return bool(self.item.answer.head.references)
        return True

    def action_digit(self, number: int) -> None:
        """Tick a point, or change the grade."""
        if self.rubric is not None and self.ticking:
            self.rubric.toggle(number - 1)
        elif self.quiz is not None and self.answered is not None:
            try:
                self.answered = self.quiz.amend(rating=Rating(number))
            except TorchdrillError as error:
                self.torchdrill.tell_trouble(error)
            self._show_head()

    def action_take(self) -> None:
        """Put the grade that the ticks propose on disk."""
        assert self.quiz is not None and self.rubric is not None
        graded = grade_points(self.item, self.rubric.made)
        try:
            if self.answered is None:
                self.answered = self.quiz.record(self.reply, graded, self.before)
            else:
                self.answered = self.quiz.amend(graded=graded)
        except TorchdrillError as error:
            self.torchdrill.tell_trouble(error)
            return
        self.graded = graded
        self.rubric.open(False)
        self.set_focus(self.body)
        self._show_head()
        self.refresh_foot()

    def action_again(self) -> None:
        """Open the ticks again; taking them changes the grade."""
        assert self.rubric is not None
        self.graded = None
        self.rubric.open(True)
        self.set_focus(self.rubric)
        self._show_head()
        self.refresh_foot()

    def action_more(self) -> None:
        """A page further; at the end, on."""
        if self.at_end:
            self.action_next()
        else:
            self.body.scroll_page_down(animate=False)
            self.call_after_refresh(self.refresh_foot)

    def action_next(self) -> None:
        """The next question, the summary, or back."""
        if self.quiz is None:
            self.app.pop_screen()
        else:
            self.quiz.go_on()

    def action_run(self) -> None:
        """Run it now and show what the programs really print: all, or those up to the mark."""
        marked = self.snippets.marked
        if marked is None:
            self.reporting = True
            self.torchdrill.proofs.prove(self.item)
        else:
            self.torchdrill.proofs.prove(self.item, upto=marked.number)

    def action_copy_id(self) -> None:
        """Copy the id."""
        copy_and_say(self.app, self.item.id, self.item.id)

    def action_bookmark(self) -> None:
        """Set a bookmark, or take it away."""
        from quizapp.study.bookmarks import toggle_bookmark

        desk = self.torchdrill.desk
        with self.torchdrill.telling_trouble():
            toggle_bookmark(desk.store, self.item.id, desk.now())
        self._show_title()

    def action_undo(self) -> None:
        """Take the answer back and ask the question again."""
        from quizapp.study.session import load
        from quizapp.study.withdrawal import undo_last

        assert self.quiz is not None and self.answered is not None
        desk, session = self.torchdrill.desk, self.quiz.session
        with self.torchdrill.telling_trouble():
            if undo_last(desk.store, desk.now(), self.answered.review.number) is None:
                self.torchdrill.say("Another answer was given since, so this one stays.")
                return
            self.quiz.session = load(desk.store, session.number)
            self.torchdrill.say("Taken back: the schedule is as it was before.")
            self.quiz.go_on()

    def action_follow(self, number: int) -> None:
        """Ask a follow-up."""
        assert self.quiz is not None
        try:
            self.quiz.follow(self.text.follow_ups[number - 1])
        except TorchdrillError as error:
            self.torchdrill.tell_trouble(error)

    def action_references(self) -> None:
        """Show the sources."""
        from quizapp.app.screens.references import ReferencesScreen

        self.app.push_screen(ReferencesScreen(self.item))

    def action_prompt(self) -> None:
        """Show or hide the question."""
        prompt = self.query_one("#prompt")
        prompt.display = not prompt.display
        if prompt.display:
            self.body.scroll_home(animate=False)

    def action_back(self) -> None:
        """Pause; ticks are kept."""
        if self.quiz is None:
            self.app.pop_screen()
            return
        self.keep()
        if self.quiz.session.done:
            self.quiz.go_on()
        else:
            self.quiz.leave()

    # -- ticks ------------------------------------------------------------------------------

    def keep(self) -> None:
        """Put the ticks on disk as a draft; a taken grade is there already."""
        if self.quiz is None or self.rubric is None or self.answered is not None:
            return
        try:
            self.quiz.keep(self.reply, seconds=self.before, ticked=self.rubric.made, revealed=True)
        except TorchdrillError as error:
            self.torchdrill.tell_trouble(error)

    def on_rubric_ticked(self, message: Rubric.Ticked) -> None:
        """Keep the ticks and say what they propose."""
        self._show_head()
        self.keep()
