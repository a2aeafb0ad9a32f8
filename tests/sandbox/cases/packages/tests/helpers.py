def expected():
    return 3.5
