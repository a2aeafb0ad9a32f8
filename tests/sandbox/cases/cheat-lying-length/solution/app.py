def total(numbers): return sum(numbers)
def names(text): return sorted(text.split())
