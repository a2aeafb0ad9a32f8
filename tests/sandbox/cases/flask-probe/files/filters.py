def money(v): return f'{v:,.2f}'
