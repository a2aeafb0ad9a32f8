import random
import uuid

from flask import Flask

app = Flask(__name__)


def draw():
    return [random.getrandbits(64), uuid.uuid4().hex]
