import locale
import sys

print("é – 日本 – 😀")
with open("text.txt", "w") as file:
    file.write("é日😀")
print(open("text.txt").read() == "é日😀", len(open("text.txt", "rb").read()))
print(sys.getdefaultencoding(), sys.getfilesystemencoding(), locale.getpreferredencoding(False), sys.stdout.encoding, sys.flags.utf8_mode)
print(sorted(["b", "A", "a", "ä", "Z"], key=locale.strxfrm))
open("é.txt", "w").close()
import os
print([name for name in os.listdir() if name.endswith("é.txt")])
