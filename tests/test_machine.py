from __future__ import annotations

from hillflow.machine import memory_in_use, memory_of_machine


def test_a_process_has_some_of_the_memory_of_its_machine():
    machine = memory_of_machine()
    assert machine is None or 1e6 < memory_in_use() < machine


def test_a_container_may_have_less(monkeypatch, tmp_path):
    group = tmp_path / "memory.max"
    group.write_text("1048576\n")
    monkeypatch.setattr("hillflow.machine._GROUPS", (str(group),))
    assert memory_of_machine() == 1048576
    group.write_text("max\n")
    assert memory_of_machine() > 1048576
