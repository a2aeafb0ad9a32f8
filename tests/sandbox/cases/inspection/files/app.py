import dataclasses
@dataclasses.dataclass(frozen=True)
class Settings:
    port: int
    debug: bool = False
    name: str = "x"
def load(env) -> Settings:
    """Load the settings."""
    return Settings(int(env["PORT"]), env.get("DEBUG") == "true")
def numbers():
    yield 1
