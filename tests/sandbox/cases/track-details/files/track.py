import io


def accumulate(values, function):
    return [function(value) for value in values]


def letters(count):
    for number in range(count):
        yield "ABCD"[number % 4]


def grep(pattern, name):
    with open(name) as file:
        return [line.strip() for line in file if pattern in line]


class Alien:
    total = 0

    def __init__(self, x, y):
        Alien.total += 1
        self.x, self.y = x, y

    def hit(self):
        """Take a hit."""


def aliens(positions):
    return [Alien(*position) for position in positions]


def read_all(file):
    return file.read()


def buffer():
    return io.StringIO("text")
