"""An interview under way: its clock, what is on disk when, and going on after anything."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from quizapp.study.marks import Mark, Rating
from quizapp.study.mock.attempt import Attempt
from quizapp.study.mock.interview import LAST_SECONDS, Sitting
from quizapp.study.mock.judged import grade_judged
from quizapp.study.mock.sitting import begin, pending, resume, unfinished, usual_level
from quizapp.study.mock.state import Ending
from quizapp.study.mock.ticking import ticking
from quizapp.study.mock.watch import LONGEST_GAP, Watch
from quizapp.study.overview import overview
from quizapp.study.records import Draft
from quizapp.study.session import begin as begin_session
from quizapp.study.session import resume as resume_session
from quizapp.study.store import Store
from verify.bank import Entry
from verify.bank.model import Fence, Kind, Mode
from verify.errors import StoreError, UsageError

from .make import NOW, item
from .mocks import asked, bank, graded, rich, sat

RICH = rich()
LATER = NOW + timedelta(minutes=1)


def started(store: Store, *, minutes: int = 30, seed: int = 3) -> Sitting:
    return begin(store, RICH, minutes=minutes, level="mid", now=NOW, seed=seed)


def again(store: Store, sitting: Sitting, entries: dict[str, Entry] = RICH) -> Sitting:
    found = resume(store, entries, LATER, sitting.number)
    assert found is not None
    return found


def test_a_started_interview_is_on_disk_with_its_first_question(store: Store) -> None:
    sitting = started(store)
    found = unfinished(store)
    assert found is not None and sitting.current is not None
    assert (found.number, found.minutes, found.level) == (sitting.number, 30, "mid")
    assert (found.question, found.left, found.started) == (1, 1800.0, NOW)
    assert again(store, sitting).current == sitting.current


@pytest.mark.parametrize(("minutes", "level"), [(31, "mid"), (30, "expert")])
def test_no_such_interview(store: Store, minutes: int, level: str) -> None:
    with pytest.raises(UsageError):
        begin(store, RICH, minutes=minutes, level=level, now=NOW)
    with pytest.raises(UsageError, match="nothing to ask"):
        begin(store, {}, minutes=30, level=None, now=NOW)
    assert pending(store) == ()


def test_an_interview_is_never_offered_as_a_quiz(store: Store) -> None:
    started(store)
    assert resume_session(store, RICH) is None
    assert overview(RICH, store, NOW).unfinished is None
    quiz = begin_session(store, ["autograd/recall-mid-0"], now=LATER)
    found = resume_session(store, RICH)
    assert found is not None and found.number == quiz.number
    with pytest.raises(UsageError, match="no mock interview"):
        Sitting(store, quiz.number)


def test_an_answer_is_logged_like_any_other_and_the_next_question_is_there(store: Store) -> None:
    sitting = started(store)
    first = sitting.current
    assert first is not None
    sitting.spend(70.0)
    following = sitting.answer("said", graded(Mark.WRONG, first.kind), now=LATER)
    (review,) = store.reviews()
    assert (review.id, review.session, review.seconds) == (first.id, sitting.number, 70.0)
    assert (review.mark, review.rating, review.response) == (Mark.WRONG, Rating.AGAIN, "said")
    assert store.card(first.id) is not None, "scheduling learns from it"
    assert following is not None and following.id != first.id
    resumed = again(store, sitting)
    assert (resumed.current, resumed.elapsed, resumed.position) == (following, 70.0, 1)


def test_an_answer_that_cannot_be_saved_changes_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    sitting = started(store)
    before = sitting.current

    def fail(*words: object, **more: object) -> None:
        raise StoreError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(store, "log", fail)
        with pytest.raises(StoreError):
            sitting.answer("said", graded(Mark.RIGHT), now=LATER)
    assert (sitting.current, sitting.position) == (before, 0)
    assert (again(store, sitting).current, store.reviews()) == (before, ())
    assert sitting.answer("said", graded(Mark.RIGHT), now=LATER) is not None


def test_what_is_begun_and_the_clock_go_on_after_a_crash(store: Store) -> None:
    sitting = started(store)
    assert sitting.current is not None
    sitting.spend(41.5)
    sitting.keep(LATER, draft=replace(sitting.draft, text="so far", ticked=(1,), revealed=True))
    sitting.spend(2.5)  # not on disk when it crashes
    resumed = again(store, sitting)
    assert (resumed.draft.text, resumed.draft.ticked, resumed.draft.revealed) == (
        "so far", (1,), True,
    )  # fmt: skip
    assert resumed.left == 1800 - 41.5
    assert resumed.left_here == sitting.current.budget - 41.5
    assert store.drafts() == {}, "the drafts of quizzes are others"
    resumed.answer("so far", graded(Mark.RIGHT), now=LATER)
    assert resumed.draft == Draft(resumed.draft.id), "the next one begins empty"


def test_over_the_budget_nothing_is_cut_off(store: Store) -> None:
    sitting = started(store)
    current = sitting.current
    assert current is not None
    sitting.spend(current.budget + 30)
    assert sitting.left_here == -30
    assert sitting.answer("late", graded(Mark.RIGHT), now=LATER) is not None


def test_when_the_time_is_over_the_question_may_be_finished_and_no_other_follows(
    store: Store,
) -> None:
    sitting = started(store)
    sitting.spend(1800 + 200)
    assert sitting.current is not None and sitting.left == -200
    assert sitting.answer("late", graded(Mark.RIGHT), now=LATER) is None
    assert (sitting.state.ending, sitting.finished) == (Ending.TIME, LATER)
    assert sitting.state.unreached, "what there was no time for is known"
    total = sitting.state.asked + sitting.state.unreached
    assert sum(each.minutes for each in total) <= 30
    assert unfinished(store) is None
    with pytest.raises(UsageError, match="has ended"):
        sitting.spend(1.0)


@pytest.mark.parametrize(("left", "goes_on"), [(LAST_SECONDS, True), (LAST_SECONDS - 1, False)])
def test_no_question_is_begun_in_the_last_minute(store: Store, left: float, goes_on: bool) -> None:
    sitting = started(store)
    sitting.spend(1800 - left)
    assert (sitting.answer("x", graded(Mark.RIGHT), now=LATER) is not None) is goes_on


def test_all_is_asked_that_fits(store: Store) -> None:
    sitting = sat(store, RICH, [Mark.RIGHT], seconds=30.0)
    assert (sitting.state.ending, sitting.state.unreached) == (Ending.THROUGH, ())
    assert len(store.reviews(session=sitting.number)) == len(sitting.state.asked)


def test_skipping_keeps_the_schedule_and_ending_early_says_what_was_left(store: Store) -> None:
    sitting = started(store)
    first = sitting.current
    assert first is not None
    sitting.skip(LATER)
    assert store.card(first.id) is None
    sitting.end(LATER)
    assert (sitting.state.ending, sitting.current) == (Ending.LEFT, None)
    assert [review.mark for review in sitting.answered] == [Mark.SKIPPED] * 2
    assert sitting.state.unreached


CODE = bank(asked("a/code", "code", minutes=10), asked("b/talk"))
EXERCISE = item(Kind.CODE, asked=[Fence("python", Mode.STARTER, "...\n", 3)], id="a/code")


def coding(store: Store) -> tuple[Sitting, Attempt]:
    sitting = begin(store, CODE, minutes=30, level="mid", now=NOW)
    while sitting.current is not None and sitting.current.kind != "code":
        sitting.answer("said", graded(Mark.RIGHT), now=NOW)
    return sitting, Attempt(EXERCISE, sitting)


def test_the_best_attempt_at_code_is_kept_and_handed_in(store: Store) -> None:
    sitting, attempt = coding(store)
    assert attempt.draft.text == "...\n"
    with pytest.raises(UsageError, match="nothing was judged"):
        sitting.hand_in(LATER)
    attempt.keep("worse", 0.0, LATER)
    attempt.judged("better", 9, 14, LATER)
    attempt.judged("worse", 0, 1, LATER)
    attempt = Attempt(EXERCISE, again(store, sitting, CODE))
    assert (attempt.draft.text, attempt.draft.failures) == ("worse", 2)
    assert (attempt.kept, attempt.laws) == (9, 14)
    sitting = attempt.sitting
    sitting.hand_in(LATER)
    review = store.reviews("a/code")[0]
    assert (review.mark, review.share, review.rating) == (Mark.PARTLY, 9 / 14, Rating.HARD)
    assert (review.response, review.kind, review.session) == ("better", "code", sitting.number)
    assert store.drafts() == {}


def test_an_interview_that_is_ended_at_code_counts_the_best_attempt(store: Store) -> None:
    sitting, attempt = coding(store)
    attempt.judged("good", 5, 5, LATER)
    sitting.end(LATER)
    (review,) = store.reviews("a/code")
    assert (review.mark, review.rating) == (Mark.RIGHT, Rating.EASY)


def test_a_bug_that_is_talked_about_after_all_says_nothing_of_laws(store: Store) -> None:
    sitting, attempt = coding(store)
    attempt.judged("x", 1, 9, LATER)
    sitting.answer("said", graded(Mark.RIGHT, "bug"), now=LATER)
    assert all(each.laws == 0 for each in sitting.state.asked)


def test_what_code_is_worth() -> None:
    def worth(kept: int, laws: int, failures: int = 0) -> tuple[Mark, Rating | None]:
        found = grade_judged(Kind.CODE, kept, laws, failures=failures)
        return found.mark, found.rating

    assert worth(14, 14) == (Mark.RIGHT, Rating.EASY)
    assert worth(14, 14, 2) == (Mark.RIGHT, Rating.GOOD)
    assert worth(7, 14) == (Mark.PARTLY, Rating.HARD)
    assert worth(6, 14) == (Mark.WRONG, Rating.AGAIN)
    assert worth(0, 1) == (Mark.WRONG, Rating.AGAIN)


def test_nothing_is_asked_twice_in_interviews_one_after_the_other(store: Store) -> None:
    first = sat(store, RICH, [Mark.RIGHT])
    second = sat(store, RICH, [Mark.RIGHT], days=10)
    ids = [{each.id for each in sitting.state.asked} for sitting in (first, second)]
    assert not ids[0] & ids[1]


def test_the_level_is_that_of_the_last_one(store: Store) -> None:
    assert usual_level(store) is None
    started(store)
    assert usual_level(store) == "mid"
    begin(store, RICH, minutes=30, level=None, now=NOW)
    assert usual_level(store) is None


def test_a_watch_measures_what_was_looked_at() -> None:
    watch = Watch()
    assert watch.look(NOW) == 0.0
    watch.start(NOW)
    watch.start(NOW + timedelta(seconds=3))  # it runs already
    assert watch.look(NOW + timedelta(seconds=5)) == 5.0
    assert watch.look(NOW) == 0.0, "a clock that was set back"
    moment = NOW + timedelta(seconds=LONGEST_GAP)
    assert watch.look(moment) == LONGEST_GAP
    moment += timedelta(seconds=LONGEST_GAP + 1)
    assert watch.look(moment) == 0.0, "the machine slept"
    assert watch.stop(moment + timedelta(seconds=2)) == 2.0
    assert not watch.running
    assert watch.look(moment + timedelta(seconds=9)) == 0.0


def test_the_clock_runs_while_the_program_waits(store: Store) -> None:
    sitting = started(store)
    moments = iter([NOW, NOW + timedelta(seconds=7), NOW + timedelta(seconds=7)])
    with ticking(sitting, lambda: next(moments)):
        pass
    assert sitting.elapsed == 7.0
    assert again(store, sitting).elapsed == 7.0
