def counted(things):
    number = 0
    for thing in things:
        yield thing
        number += 1
    return number
