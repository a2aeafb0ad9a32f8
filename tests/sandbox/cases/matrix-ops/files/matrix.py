class Matrix:
    def __init__(self, rows): self.rows = [list(r) for r in rows]
    def __getitem__(self, i): return self.rows[i]
    def __setitem__(self, i, v): self.rows[i] = v
    def __delitem__(self, i): del self.rows[i]
    def __len__(self): return len(self.rows)
    def __matmul__(self, o): return Matrix([[sum(a * b for a, b in zip(r, c)) for c in zip(*o.rows)] for r in self.rows])
    def __mul__(self, k): return Matrix([[x * k for x in r] for r in self.rows])
    __rmul__ = __mul__
    def __neg__(self): return self * -1
    def __eq__(self, o): return self.rows == o.rows
    def __bool__(self): return any(any(r) for r in self.rows)
    def __call__(self, i, j): return self.rows[i][j]
    def __abs__(self): return 7
    def __int__(self): return 3
    def __float__(self): return 2.5
    def __round__(self, n=0): return round(2.567, n)
    def __contains__(self, x): return any(x in r for r in self.rows)
    def __reversed__(self): return iter(self.rows[::-1])
    def __format__(self, spec): return f"<{spec}>"
    def __pow__(self, n): return Matrix(self.rows) if n == 1 else self @ self ** (n - 1)
    def __divmod__(self, n): return (1, n)
    def __iadd__(self, k): self.rows = [[x + k for x in r] for r in self.rows]; return self
    def __index__(self): return 1
