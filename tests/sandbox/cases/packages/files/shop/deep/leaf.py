def leaf():
    return __name__
