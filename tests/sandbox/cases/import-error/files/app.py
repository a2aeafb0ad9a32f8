import nothing_like_this
def f(): return 1
