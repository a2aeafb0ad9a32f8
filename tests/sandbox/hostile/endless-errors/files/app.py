import sys

print("the answer is 42", flush=True)
while True:
    sys.stderr.write("x" * 1024)
