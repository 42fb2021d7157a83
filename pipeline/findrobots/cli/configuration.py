"""Read the configuration files: values of options that are not given on the command line."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import click

from findrobots.cli.errors import ConfigurationError
from findrobots.formats.suggest import suggestion

__all__ = ["Configuration", "Setting", "config_option", "configuration_of", "read_configuration"]

FILE_NAME = "config.toml"
META = "findrobots.configuration"
# Options of the command line alone.
NOT_CONFIGURED = {"config", "help", "version"}

# The options of a command, by their names in a file.
Options = Mapping[str, click.Option]


class Setting(NamedTuple):
    """The value of an option, as it is ``given`` in a file and as click takes it.

    The value is None for a flag that is false, where several flags set one parameter.
    ``command`` is empty for the command ``findrobots`` itself, and has several words for one of a
    group, such as ``lists update``.
    """

    command: tuple[str, ...]
    option: str
    given: object
    parameter: str
    value: object
    path: Path


class Configuration(NamedTuple):
    """What the configuration files say.

    Attributes
    ----------
    files
        The files that are looked for, each with whether it exists, the most important last.
    settings
        The values that apply, each once.
    """

    files: tuple[tuple[Path, bool], ...] = ()
    settings: tuple[Setting, ...] = ()

    @property
    def default_map(self) -> dict[str, Any]:
        """The values as click takes them: by parameter, those of a command below its name."""
        defaults = dict[str, Any]()
        for setting in self.settings:
            place = defaults
            for name in setting.command:
                place = place.setdefault(name, {})
            if setting.value is not None:
                place[setting.parameter] = setting.value
        return defaults


def read_configuration(root: click.Command, file: Path | None = None) -> Configuration:
    """Read the configuration, and check it against the commands.

    Parameters
    ----------
    root
        The command ``findrobots``.
    file
        The only file to read; by default that of the system and that of the user, whose values
        come first.

    Raises
    ------
    ConfigurationError
        A file cannot be read, is not TOML, or has an unknown key or an invalid value.
    """
    options = {path: _options_of(command) for path, command in _commands_of(root)}
    paths = [file] if file else _default_files()
    found, settings = list[tuple[Path, bool]](), dict[tuple[tuple[str, ...], str], Setting]()
    for path in paths:
        content = _load(path, required=file is not None)
        found.append((path, content is not None))
        for setting in _settings(content or {}, (), options, path):
            # The last one comes last: options such as --hosts and --violations set one parameter.
            settings.pop((setting.command, setting.option), None)
            settings[setting.command, setting.option] = setting
    return Configuration(tuple(found), tuple(settings.values()))


def _default_files() -> list[Path]:
    # Imported late: --help does not need it.
    from platformdirs import site_config_path, user_config_path

    return [path("findrobots") / FILE_NAME for path in (site_config_path, user_config_path)]


def _commands_of(
    command: click.Command, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from _commands_of(inner, (*path, name))


def _options_of(command: click.Command) -> Options:
    options = [each for each in command.params if isinstance(each, click.Option)]
    named = {max(option.opts, key=len).lstrip("-"): option for option in options}
    return {name: option for name, option in named.items() if name not in NOT_CONFIGURED}


def _load(path: Path, *, required: bool) -> Mapping[str, object] | None:
    """Return the content of a file; None if it does not exist and need not."""
    try:
        text = path.read_bytes()
    except FileNotFoundError as error:
        if not required:
            return None
        raise ConfigurationError(path, "No such file.") from error
    except OSError as error:
        raise ConfigurationError(path, f"Cannot read it: {error.strerror}.") from error
    import tomllib

    try:
        return tomllib.loads(text.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(path, f"Not valid TOML: {error}.") from error


def _settings(
    content: Mapping[str, object],
    command: tuple[str, ...],
    options: Mapping[tuple[str, ...], Options],
    path: Path,
) -> Iterator[Setting]:
    """Yield the values of a table: first those of its own, then those of the commands in it."""
    for key, value in content.items():
        if not isinstance(value, Mapping):
            yield from _values(key, value, command, options, path)
    for key, value in content.items():
        if isinstance(value, Mapping):
            inner = (*command, key)
            if inner not in options:
                known = [each[-1] for each in options if each[:-1] == command and each]
                reason = f"[{'.'.join(inner)}] is not a command.{suggestion(key, known)}"
                raise ConfigurationError(path, reason)
            yield from _settings(value, inner, options, path)


def _values(
    key: str,
    value: object,
    command: tuple[str, ...],
    options: Mapping[tuple[str, ...], Options],
    path: Path,
) -> Iterator[Setting]:
    """Yield the value of one key: outside of a table, for each command with such an option."""
    places = [each for each in options if each == command or not command]
    having = [each for each in places if key in options[each]]
    if not having:
        known = sorted({name for each in places for name in options[each]})
        where = f"[{'.'.join(command)}] " if command else ""
        reason = f"{where}{key} is not an option.{suggestion(key, known)}"
        raise ConfigurationError(path, reason)
    for each in having:
        option = options[each][key]
        checked = _checked(value, option, " ".join([*each, key]), path)
        if option.is_flag and not option.is_bool_flag:  # one of several that set one parameter
            checked = option.flag_value if checked else None
        yield Setting(each, key, value, option.name or key, checked, path)


def _checked(value: object, option: click.Option, name: str, path: Path) -> object:
    """Return a value as click takes it."""
    if isinstance(value, date | datetime):
        value = value.isoformat()
    if option.is_flag:
        if not isinstance(value, bool):
            reason = f"{name} = {value!r}: expected true or false."
            raise ConfigurationError(path, reason)
        return value
    if option.multiple:
        value = value if isinstance(value, list) else [value]
    if isinstance(value, bool) or (isinstance(value, list) and not option.multiple):
        reason = f"{name} = {value!r}: expected one number or text."
        raise ConfigurationError(path, reason)
    try:
        option.type_cast_value(click.Context(click.Command("findrobots")), value)
    except click.BadParameter as error:
        reason = f"{name}: {error.message}"
        raise ConfigurationError(path, reason) from error
    return value


def _configure(context: click.Context, _: click.Parameter, file: Path | None) -> None:
    """Take the values of options from the configuration, where the command line has none."""
    if context.resilient_parsing:  # a shell completes a word
        return
    configuration = read_configuration(context.command, file)
    context.meta[META] = configuration
    context.default_map = configuration.default_map


def configuration_of(context: click.Context) -> Configuration:
    """Return the configuration that was read for a command."""
    configuration: Configuration = context.meta.get(META, Configuration())
    return configuration


config_option = click.option(
    "--config",
    metavar="FILE",
    type=click.Path(path_type=Path),
    is_eager=True,
    expose_value=False,
    callback=_configure,
    help="Take options from this TOML file only; findrobots config shows the usual ones.",
)
