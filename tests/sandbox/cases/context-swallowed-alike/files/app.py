class GivenUp(Exception):
    pass


class quiet:
    def __enter__(self):
        return None

    def __exit__(self, kind, error, trace):
        return isinstance(error, KeyError)


class tried:
    def __enter__(self):
        return None

    def __exit__(self, kind, error, trace):
        return kind is GivenUp


def give_up():
    raise GivenUp("over")
