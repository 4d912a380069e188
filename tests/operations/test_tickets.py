"""Places in the queue at a remote: who goes first, who is passed over, and what nobody can make of a name."""

from __future__ import annotations

import pytest

from gitregistry.operations.tickets import FOLDER, Line, Ticket, next_ticket, tickets_in


def seen(line: Line, *tickets: Ticket, tip: str = "a", at: float = 0.0) -> None:
    """The remote shows these tickets, at a time, after a look of a tenth of a second."""
    line.see(tip, [ticket.ref for ticket in tickets], (at - 0.1, at))


def test_a_new_ticket_stands_behind_all_others() -> None:
    queue = [Ticket(3, "a" * 12, 5), Ticket(7, "b" * 12, 5)]
    mine = next_ticket(queue, 1.26)
    assert (mine.number, mine.tenths) == (8, 13)
    assert tickets_in([mine.ref, *(ticket.ref for ticket in queue)]) == [*queue, mine]


def test_two_who_took_the_same_number_agree_on_who_goes_first() -> None:
    first, second = Ticket(4, "a" * 12, 900), Ticket(4, "b" * 12, 1)
    hers, his = Line(), Line()
    hers.hold(first)
    his.hold(second)
    for line in (hers, his):
        seen(line, second, first)
    assert hers.ahead == []
    assert his.ahead == [first]


@pytest.mark.parametrize(
    "name",
    [
        "1-5-abc",
        "000001-005-abcdefabcde",
        "000001-005-ABCDEFABCDEF",
        "-00001-005-abcdefabcdef",
        "000001-005-abcdefabcdef/x",
        "origin/000001-005-abcdefabcdef",
        "000001-005-abcdefabcdef\n",
        "\u0660\u0660\u0660\u0660\u0660\u0661-005-abcdefabcdef",
        "",
    ],
)
def test_what_is_no_ticket_is_nobodys_turn(name: str) -> None:
    assert tickets_in([FOLDER + name, "refs/heads/" + name, name]) == []


def test_who_shows_no_life_for_longer_than_asked_is_passed_over() -> None:
    line, dead, slow = Line(), Ticket(1, "a" * 12, 20), Ticket(2, "b" * 12, 200)
    line.hold(Ticket(3, "c" * 12, 1))
    everybody = (dead, slow, Ticket(3, "c" * 12, 1))
    seen(line, *everybody, at=0.0)
    seen(line, *everybody, at=3.9)
    assert line.ahead == [dead, slow]
    seen(line, *everybody, at=4.1)
    assert line.ahead == [slow]
    seen(line, *everybody, at=5.0)
    seen(line, *everybody, at=44.0)
    assert line.ahead == [slow], "who says that it needs longer is given longer"
    seen(line, *everybody, at=46.0)
    assert line.ahead == []
    assert line.spent == list(everybody), "whoever lands clears them away, and its own"


def test_a_branch_that_moves_is_a_sign_of_life() -> None:
    line, front = Line(), Ticket(1, "a" * 12, 10)
    for second in range(60):
        seen(line, front, tip=str(second), at=float(second))
    assert line.ahead == [front]


def test_no_ticket_asks_for_more_than_a_minute() -> None:
    assert Ticket(1, "a" * 12, 999).patience == 60
    assert next_ticket([], 1e9).patience == 60


def test_whoever_was_taken_for_dead_starts_again_at_the_end() -> None:
    line, mine, other = Line(), Ticket(1, "a" * 12, 10), Ticket(2, "b" * 12, 10)
    line.hold(mine)
    seen(line, other)
    assert line.mine is None
    assert line.ahead == [other]
    assert line.spent == []


def test_the_last_number_is_never_passed() -> None:
    """A forger who takes the highest number leaves everybody with that number, and the id decides."""
    mine = next_ticket([Ticket(999_999, "0" * 12, 1)], 1.0)
    assert tickets_in([mine.ref]) == [mine]


def test_a_writer_in_line_looks_before_others_give_it_up() -> None:
    line, mine = Line(), Ticket(50, "f" * 12, 30)
    line.hold(mine)
    ahead = [Ticket(number, "a" * 12, 900) for number in range(1, 50)]
    seen(line, *ahead, mine, at=0.0)
    seen(line, *ahead[1:], mine, at=20.0)
    assert line.pause(len(line.ahead)) <= mine.patience / 2


def test_losers_without_tickets_do_not_wait_for_ever() -> None:
    line = Line()
    for _ in range(9):
        line.lost(30.0)
    assert 0 <= line.back_off() <= 10
