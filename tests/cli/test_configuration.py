"""Configuration files: which values apply, where they come from, and what is wrong with one."""

import pytest
from findrobots.cli import configuration
from findrobots.cli.configuration import read_configuration
from findrobots.cli.main import cli

SAMPLE_HOSTS = "192.0.2.1\n192.0.2.2\n192.0.2.3\n2001:db8::1\n"


@pytest.fixture
def places(tmp_path):
    """The folders of the user's and of the system's configuration, and the environment for them."""
    user, system = tmp_path / "user", tmp_path / "system"
    for folder in (user, system):
        (folder / "findrobots").mkdir(parents=True)
    environment = {"XDG_CONFIG_HOME": str(user), "XDG_CONFIG_DIRS": str(system)}
    return user / "findrobots/config.toml", system / "findrobots/config.toml", environment


def test_options_come_from_the_users_file(run_command, logs, places):
    user, _, environment = places
    user.write_text('[scan]\nquiet = true\npath = ["/nothing"]\n')
    done = run_command("scan", logs, env=environment)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_command_line_comes_first_then_the_user_then_the_system(run_command, logs, places):
    user, system, environment = places
    system.write_text('[scan]\nscheduler = "none"\nquiet = true\n')
    assert "Unknown scheduler 'none'" in run_command("scan", logs, env=environment).stderr
    user.write_text('[scan]\nscheduler = "sync"\n')
    done = run_command("scan", logs, env=environment)
    assert (done.stdout, done.stderr) == (SAMPLE_HOSTS, "")
    done = run_command("scan", logs, "--scheduler", "neither", env=environment)
    assert "Unknown scheduler 'neither'" in done.stderr


def test_a_named_file_is_the_only_one(run_command, logs, places, tmp_path):
    user, _, environment = places
    user.write_text('[scan]\nscheduler = "none"\n')
    (tmp_path / "own.toml").write_text("quiet = true\n")
    done = run_command("--config", "own.toml", "scan", logs, env=environment)
    assert (done.stdout, done.stderr) == (SAMPLE_HOSTS, "")
    done = run_command("--config", "/dev/null", "scan", logs, env=environment)
    assert done.stdout == SAMPLE_HOSTS
    assert done.stderr


def test_config_shows_the_files_the_values_and_from_where(run_command, places):
    user, system, environment = places
    done = run_command("config", env=environment)
    assert done.stdout.splitlines() == [
        f"{system}: no such file",
        f"{user}: no such file",
        "no option is configured",
    ]
    system.write_text('timezone = "Europe/Berlin"\n[scan]\nworkers = 3\n')
    user.write_text('[scan]\nworkers = 2\n[show]\nviolations = true\n[lists.update]\nlists = "x"\n')
    done = run_command("config", env=environment)
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert lines == [
        f"{system}: read",
        f"{user}: read",
        "",
        f'audit --timezone "Europe/Berlin" {system}',
        f'doctor --timezone "Europe/Berlin" {system}',
        f'lists update --lists "x" {user}',
        f'scan --timezone "Europe/Berlin" {system}',
        f"scan --workers 2 {user}",
        f"show --violations true {user}",
    ]


def test_config_shows_no_password(run_command, places):
    user, _, environment = places
    user.write_text('[scan]\noutput = "sftp://me:secret@host/a.parquet"\n')
    text = run_command("config", env=environment).stdout
    assert "secret" not in text
    assert '"sftp://host/a.parquet"' in text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("formt = 'json'", "formt is not an option. Did you mean 'format'?"),
        ("[scan]\nformt = 'json'", "[scan] formt is not an option. Did you mean 'format'?"),
        ("[scan]\nrobots = 'x'", "[scan] robots is not an option."),
        ("[scna]\nformat = 'json'", "[scna] is not a command. Did you mean 'scan'?"),
        ("[lists.updat]\n", "[lists.updat] is not a command. Did you mean 'update'?"),
        ("[scan.update]\n", "[scan.update] is not a command."),
        ("[scan]\nquiet = 1", "scan quiet = 1: expected true or false."),
        ("[scan]\nworkers = 'x'", "scan workers: 'x' is not a valid integer"),
        ("[scan]\nworkers = 0", "scan workers: 0 is not in the range x>=1."),
        ("[scan]\nworkers = true", "scan workers = True: expected one number or text."),
        ("[scan]\nsince = ['x']", "scan since = ['x']: expected one number or text."),
        ("[audit]\nverify = 'dsn'", "audit verify: 'dsn' is not one of"),
        ("[scan\n", "Not valid TOML: "),
        ("config = 'x'", "config is not an option."),
        ("help = true", "help is not an option."),
    ],
)
def test_an_error_is_one_line_that_names_the_file_and_the_key(
    run_command, logs, places, text, message
):
    user, _, environment = places
    user.write_text(text)
    done = run_command("scan", logs, env=environment)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"findrobots: {user}: {message}")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["nowhere.toml", "."])
def test_a_file_that_cannot_be_read_is_named(run_command, name):
    done = run_command("--config", name, "formats")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"findrobots: {name}: ")


def test_a_broken_file_does_not_keep_the_help_away(run_command, places):
    user, _, environment = places
    user.write_text("[")
    assert run_command("--help", env=environment).returncode == 0


def test_a_day_may_be_written_as_toml_has_it(run_command, logs, places):
    user, _, environment = places
    user.write_text("[scan]\nsince = 2030-01-01\nquiet = true\n")
    assert run_command("scan", logs, env=environment).stdout == ""


@pytest.mark.parametrize(
    ("system", "user", "what"),
    [
        ("violations = true", "", "violations"),
        ("violations = true", "hosts = false", "violations"),
        ("violations = true", "violations = false", None),
        ("violations = true", "hosts = true", "hosts"),
        ("hosts = true", "violations = true", "violations"),
        ("hosts = true\nimpostors = false", "", "hosts"),
    ],
)
def test_of_flags_that_set_one_parameter_the_last_true_one_counts(
    tmp_path, monkeypatch, system, user, what
):
    paths = tmp_path / "system.toml", tmp_path / "user.toml"
    for path, text in zip(paths, (system, user), strict=True):
        path.write_text(f"[show]\n{text}\n")
    monkeypatch.setattr(configuration, "_default_files", lambda: [*paths])
    assert read_configuration(cli).default_map.get("show", {}).get("what") == what


EVERY_OPTION = [
    (context_path, name)
    for context_path, command in [
        ((), cli),
        *(((name,), each) for name, each in cli.commands.items()),
        *((("lists", name), each) for name, each in cli.commands["lists"].commands.items()),
    ]
    for name in [max(each.opts, key=len) for each in command.params if each.opts[0].startswith("-")]
    if name not in {"--config", "--version"}
]


@pytest.mark.parametrize(("command", "option"), EVERY_OPTION)
def test_each_option_of_each_command_can_be_configured(tmp_path, command, option):
    param = next(each for each in _command(command).params if option in each.opts)
    value = "true" if param.is_flag else _sample(param)
    table = f"[{'.'.join(command)}]\n" if command else ""
    file = tmp_path / "config.toml"
    file.write_text(f"{table}{option.removeprefix('--')} = {value}\n")
    (setting, *_) = [
        each for each in read_configuration(cli, file).settings if each.command == command
    ]
    assert setting.parameter == param.name


def _command(path):
    command = cli
    for name in path:
        command = command.commands[name]
    return command


def _sample(param):
    choices = getattr(param.type, "choices", None)
    if choices:
        return f'"{choices[0]}"'
    return "1" if hasattr(param.type, "min") else '"x"'
