def words():
    with open('words.txt') as f:
        return f.read().split()
def write(name, text):
    with open(name, 'w') as f: f.write(text)
