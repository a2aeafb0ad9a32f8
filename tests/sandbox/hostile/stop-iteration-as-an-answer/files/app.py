import sys

from flask import Flask

app = Flask(__name__)


def stop(*_args, **_more):
    raise StopIteration


frame = sys._getframe()
while frame is not None:
    if frame.f_code.co_name == "perform":
        type(frame.f_locals["self"]).do_wsgi = stop
        break
    frame = frame.f_back
