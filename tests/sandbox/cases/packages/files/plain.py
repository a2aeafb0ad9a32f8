import shop
from shop import deep
def version(): return shop.VERSION
