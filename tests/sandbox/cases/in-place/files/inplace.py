def add_all(target, extra):
    target.extend(extra)
def shuffle(grid):
    grid[0], grid[-1] = grid[-1], grid[0]
    grid[0].append(99)
def put(mapping, key, value):
    mapping[key] = value
    mapping.pop("gone", None)
def drop(numbers):
    numbers.clear()
def same(a, b):
    a.append(1)
    return a is b
def wipe(data): data[:] = b"\0" * len(data)
def write(file): file.write("line\n")
TABLE = {"a": [1]}
def change_table(): TABLE["a"].append(2); return TABLE
