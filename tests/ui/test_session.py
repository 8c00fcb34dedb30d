"""What is picked and open, and who hears of it."""

from ui.session import Aspect, Session


def listening() -> tuple[Session, list[Aspect]]:
    session, heard = Session(), list[Aspect]()
    session.subscribe(heard.append)
    return session, heard


def test_a_selection_is_told_once_and_only_when_it_changes() -> None:
    session, heard = listening()
    session.select(["a", "b"])
    session.select(["b", "a"])
    assert heard == ["selection"] and session.selection == {"a", "b"}


def test_one_picked_thing_has_the_focus() -> None:
    session, _ = listening()
    session.select(["a"])
    assert session.focus == "a"
    session.add(["b"], focus="b")
    assert session.focus == "b" and session.selection == {"a", "b"}
    session.toggle(["b"])
    assert session.selection == {"a"} and session.focus == "a"


def test_what_is_gone_is_forgotten_everywhere() -> None:
    session, heard = listening()
    session.select(["a"])
    session.point_at("a")
    heard.clear()
    session.forget(["a", "other"])
    assert not session.selection and session.focus is None and session.hover is None
    assert set(heard) == {"selection", "focus", "hover"}
    heard.clear()
    session.forget(["a"])
    assert heard == []


def test_opening_another_module_drops_the_selection_and_another_call_of_it_does_not() -> None:
    session, heard = listening()
    session.open("block", ("one",))
    session.select(["inner"])
    heard.clear()
    session.open("block", ("two",))
    assert session.selection == {"inner"} and heard == ["open"]
    session.open("main", ())
    assert not session.selection and (session.module, session.path) == ("main", ())


def test_a_listener_can_stop_listening() -> None:
    session = Session()
    heard: list[Aspect] = []
    stop = session.subscribe(heard.append)
    stop()
    session.select(["a"])
    assert heard == []
