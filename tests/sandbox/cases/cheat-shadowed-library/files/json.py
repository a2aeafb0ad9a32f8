def dumps(*a): return ''
