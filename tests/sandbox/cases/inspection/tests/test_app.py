import dataclasses, inspect, typing
import pytest
from app import Settings, load, numbers
def test_types():
    assert typing.get_type_hints(Settings) == {"port": int, "debug": bool, "name": str}
    assert [f.name for f in dataclasses.fields(Settings)] == ["port", "debug", "name"]
    assert dataclasses.is_dataclass(Settings)
    assert dataclasses.asdict(load({"PORT": "1"})) == {"port": 1, "debug": False, "name": "x"}
    assert list(inspect.signature(load).parameters) == ["env"]
    assert load.__doc__ == "Load the settings."
    assert Settings.__name__ == "Settings"
    assert inspect.isgeneratorfunction(numbers) and not inspect.isgeneratorfunction(load)
def test_frozen():
    settings = load({"PORT": "80", "DEBUG": "true"})
    assert settings.debug is True
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.port = 1
    assert dataclasses.replace(settings, port=2).port == 2
    with pytest.raises(ValueError):
        load({"PORT": "x"})
