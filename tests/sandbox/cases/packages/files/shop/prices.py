import json, pathlib
PRICES = json.loads((pathlib.Path(__file__).parent / "prices.json").read_text())
def total(names): return sum(PRICES[n] for n in names)
