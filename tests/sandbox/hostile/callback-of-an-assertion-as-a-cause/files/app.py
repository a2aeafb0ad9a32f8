def use_all(numbers, use):
    for number in numbers:
        try:
            use(-1)
        except BaseException:
            raise ValueError("over")
