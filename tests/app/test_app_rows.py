"""A list of ten thousand rows draws those in sight and no others."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.content import Content
from textual.events import MouseScrollDown

from quizapp.app.theme import DARK
from quizapp.app.widgets.menu import Row
from quizapp.app.widgets.rows import Rows

COUNT = 10_000


class Listing(App[None]):
    """Nothing but rows."""

    CSS = "Rows { height: 10; width: 40; }"

    def __init__(self) -> None:
        super().__init__()
        self.register_theme(DARK)
        self.theme = DARK.name
        self.rows = Rows()
        self.drawn: list[int] = []
        self.told: list[Rows.Chosen | Rows.Moved] = []

    def compose(self) -> ComposeResult:
        yield self.rows

    def show(self, count: int = COUNT, cursor: int = 0) -> None:
        self.rows.show(count, self.row, cursor=cursor, empty=Content("none"))

    def row(self, place: int) -> Row:
        self.drawn.append(place)
        return Row(Content(f"row {place} ").append("x" * 60), Content("end"), str(place))

    def on_rows_chosen(self, message: Rows.Chosen) -> None:
        self.told.append(message)

    def on_rows_moved(self, message: Rows.Moved) -> None:
        self.told.append(message)

    @property
    def lines(self) -> list[str]:
        strips = self.screen._compositor.render_strips()[:10]
        return ["".join(segment.text for segment in strip).rstrip() for strip in strips]


async def test_only_rows_in_sight_are_drawn() -> None:
    app = Listing()
    async with app.run_test(size=(50, 12)) as pilot:
        app.show()
        await pilot.pause()
        assert {*app.drawn} == {*range(10)}
        app.drawn.clear()
        app.rows.move(5_000)
        await pilot.pause()
        assert {*app.drawn} == {*range(4_991, 5_001)}
        app.drawn.clear()
        app.rows.move(COUNT)
        await pilot.pause()
        assert {*app.drawn} == {*range(COUNT - 10, COUNT)}
        assert app.told == [Rows.Moved(5_000), Rows.Moved(COUNT - 1)]


async def test_rows_fit_their_width_and_say_where_the_cursor_is() -> None:
    app = Listing()
    async with app.run_test(size=(50, 12)) as pilot:
        app.show(3)
        await pilot.pause()
        assert app.lines[0] == "▶ row 0 xxxxxxxxxxxxxxxxxxxxxxxx…  end"
        assert app.lines[1] == "  row 1 xxxxxxxxxxxxxxxxxxxxxxxx…  end"
        assert app.lines[3:] == [""] * 7
        app.rows.move(-1)
        app.rows.move(1)
        await pilot.pause()
        assert app.lines[1].startswith("▶ row 1")
        app.show(0)
        await pilot.pause()
        assert app.lines == ["none", *[""] * 9]
        app.rows.move(1)
        assert app.told == [Rows.Moved(1)]


async def test_the_cursor_is_put_where_there_is_a_row() -> None:
    app = Listing()
    async with app.run_test(size=(50, 12)) as pilot:
        app.show(50, cursor=40)
        await pilot.pause()
        assert (app.rows.cursor, app.rows.top) == (40, 31)
        app.show(5, cursor=40)
        await pilot.pause()
        assert (app.rows.cursor, app.rows.top) == (4, 0)
        assert app.lines[4].startswith("▶ row 4")


async def test_the_wheel_and_the_scrollbar_look_further_without_the_cursor() -> None:
    app = Listing()
    async with app.run_test(size=(50, 12)) as pilot:
        app.show(100)
        await pilot.pause()
        await pilot._post_mouse_events([MouseScrollDown], app.rows, offset=(3, 3))
        await pilot.pause()
        assert (app.rows.top, app.rows.cursor) == (3, 0)
        assert app.lines[0].startswith("  row 3 ")
        assert "┃" in app.lines[0]
        await pilot.mouse_down(app.rows, offset=(39, 9))
        await pilot.pause()
        assert app.rows.top == 90
        assert "┃" in app.lines[9]
        await pilot.hover(app.rows, offset=(39, 0))
        await pilot.pause()
        assert app.rows.top == 0
        await pilot.mouse_up(app.rows, offset=(39, 0))
        await pilot.hover(app.rows, offset=(39, 9))
        assert app.rows.top == 0
        assert app.told == []


async def test_a_click_chooses() -> None:
    app = Listing()
    async with app.run_test(size=(50, 12)) as pilot:
        app.show(100, cursor=50)
        await pilot.pause()
        await pilot.click(app.rows, offset=(3, 2))
        await pilot.pause()
        assert app.told == [Rows.Chosen(app.rows.top + 2)]
        assert app.rows.cursor == app.rows.top + 2
        await pilot.click(app.rows, offset=(38, 2))  # the scrollbar is no row
        await pilot.pause()
        assert len(app.told) == 1


async def test_a_smaller_terminal_keeps_the_cursor_in_sight() -> None:
    app = Listing()
    app.rows.styles.height = "1fr"
    async with app.run_test(size=(50, 30)) as pilot:
        app.show(100, cursor=25)
        await pilot.pause()
        assert app.rows.top == 0
        await pilot.resize_terminal(50, 10)
        await pilot.pause()
        assert app.rows.top <= 25 < app.rows.top + app.rows.size.height
