import csv
import io

import pytest
from findrobots.cli.robot_table import describe_obedience
from findrobots.robots.agents import find_robot, load_robots
from support.terminal import on_a_terminal


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_every_robot_is_listed_with_how_it_is_verified_and_what_it_obeys(run_command):
    lines = run_command("robots").stdout.splitlines()
    assert lines[0].split() == ["name", "operator", "purpose", "checked", "verified_by", "obeys"]
    assert {line.split()[0] for line in lines[1:]} == {robot.name for robot in load_robots()}
    (line,) = (line for line in lines if line.startswith("MojeekBot "))
    assert line.split(maxsplit=4)[:4] == ["MojeekBot", "Mojeek", "search", "2026-11-27"]
    assert "addresses mojeek; names in mojeek.com" in line
    assert line.endswith("obeys robots.txt, not Crawl-delay")


def test_a_robot_of_which_nothing_is_published_says_so(run_command):
    (line,) = (
        line for line in run_command("robots").stdout.splitlines() if line.startswith("Bytespider ")
    )
    assert line.split(maxsplit=3)[3].split("  ")[0] == "not checked"
    assert line.endswith("not known")
    assert " nothing " in line


def test_what_was_not_checked_is_marked():
    assert describe_obedience(find_robot("bingbot")).endswith("(not checked)")


def test_a_purpose_is_a_filter(run_command):
    rows = rows_of(run_command("robots", "--purpose", "ai-training", "--csv").stdout)
    assert {"GPTBot", "ClaudeBot"} <= {row["name"] for row in rows}
    assert {row["purpose"] for row in rows} == {"ai-training"}


def test_an_unknown_purpose_names_the_known_ones(run_command):
    done = run_command("robots", "--purpose", "ai")
    assert done.returncode == 2
    assert done.stderr.startswith("findrobots: Invalid value for --purpose: 'ai' is not a purpose.")
    assert "search, ai-training, ai-search" in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_csv_has_all_that_the_table_holds(run_command):
    rows = {row["name"]: row for row in rows_of(run_command("robots", "--csv").stdout)}
    assert rows.keys() == {robot.name for robot in load_robots()}
    for robot in load_robots():
        row = rows[robot.name]
        assert row["robots_tokens"] == " | ".join(robot.robots_tokens)
        assert row["obeys_star"] == ("yes" if robot.obeys_star else "no")
        assert row["cache_hours"] == str(robot.cache_hours)
        assert row["says"] == robot.says
        assert row["docs"] == robot.docs
        assert row["checked"] == (str(robot.checked) if robot.checked else "not checked")


@pytest.mark.parametrize("columns", [40, 100, 160])
def test_the_list_fits_the_terminal(columns, tmp_path):
    lines = on_a_terminal(["robots"], columns, tmp_path).splitlines()
    assert len(lines) == 1 + len(load_robots())
    assert all(len(line) <= columns for line in lines)
    assert lines[0].startswith("name")
