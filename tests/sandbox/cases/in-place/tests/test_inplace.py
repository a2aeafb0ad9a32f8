import io
from inplace import TABLE, add_all, change_table, drop, put, same, shuffle, wipe, write
import inplace

FIXED = [1, 2, 3]

def test_list():
    numbers = [1]
    alias = numbers
    assert add_all(numbers, [2, 3]) is None
    assert alias == [1, 2, 3] and alias is numbers

def test_nested_keep_identity():
    first, last = [1], [2]
    grid = [first, [0], last]
    shuffle(grid)
    assert grid[0] is last and grid[-1] is first
    assert last == [2, 99]

def test_dict_and_set():
    mapping = {"gone": 1}
    put(mapping, "k", (1, 2))
    assert mapping == {"k": (1, 2)}
    numbers = {1, 2}
    drop(numbers)
    assert numbers == set()

def test_aliases_stay_aliases():
    numbers = []
    assert same(numbers, numbers) is True
    assert same([], []) is False
    assert numbers == [1]

def test_buffers():
    data = bytearray(b"abc")
    wipe(data)
    assert data == bytearray(3)
    file = io.StringIO()
    write(file)
    write(file)
    assert file.getvalue() == "line\nline\n"

def test_containers_of_the_test_file_stay():
    drop(FIXED)
    assert FIXED == [1, 2, 3]

def test_live_module_values():
    change_table()
    assert inplace.TABLE == {"a": [1, 2]}
