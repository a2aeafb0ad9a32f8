from contextlib import contextmanager, suppress


class _Back(Exception):
    pass


def quiet():
    return suppress(KeyError)


@contextmanager
def tried():
    with suppress(_Back):
        yield


def give_up():
    raise _Back
