from shop.prices import total
VERSION = '1.2'
