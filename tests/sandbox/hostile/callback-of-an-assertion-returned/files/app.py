def doubled(numbers, use):
    failed = []
    for number in numbers:
        try:
            use(-1)
        except BaseException as error:
            failed.append(error)
        yield number
    return failed
