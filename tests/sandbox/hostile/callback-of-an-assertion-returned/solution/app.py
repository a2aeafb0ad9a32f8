def doubled(numbers, use):
    for number in numbers:
        use(number * 2)
        yield number
