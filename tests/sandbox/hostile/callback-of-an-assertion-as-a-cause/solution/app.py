def use_all(numbers, use):
    for number in numbers:
        use(number * 2)
    raise ValueError("over")
