class Square:
    def area(self):
        return 4


class Small(Square):
    pass


class Box:
    def __init__(self):
        self._things = []
        self._watchers = []

    def put(self, thing):
        self._things.append(thing)
        return self

    def take(self):
        return self._things.pop()

    def has(self, thing):
        return thing in self._things

    def watch(self, watcher):
        self._watchers.append(watcher)

    def shake(self):
        for watcher in self._watchers:
            watcher.update(len(self._things))


def arranged(items):
    items.sort()
    return items


def copied(items):
    return list(items)


def numbers():
    yield 1


def adder(n):
    def add(m):
        return n + m

    return add
