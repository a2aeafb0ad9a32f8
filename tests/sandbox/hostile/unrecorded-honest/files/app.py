def area(radius):
    return 3.14159265 * radius * radius


def price(name):
    if name != "tea":
        raise ValueError(name)
    return 3


def greeting(name):
    return f"Hello, {name}"


def members():
    return ["Ann", "Bob"]


def menu():
    return {"tea": 3}
